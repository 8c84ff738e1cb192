package data_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/ashlar-go/ashlar/data"
)

func ExampleReadTableFile() {
	flats, err := data.ReadTableFile("testdata/flats.csv", data.TableOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(flats)
	// Output:
	// 200 rows, 7 columns; separator ',', decimal point, header
	// column   kind      missing  values
	// date     text            0  175 different, such as 2024-08-22
	// city     category        1  Berlin 63, Hamburg 46, Cologne 41, 2 more
	// area     number         11  32.6 to 119.3, mean 78.8153
	// rooms    number          7  1 to 5, mean 3.14508
	// built    number         23  1900 to 2022, mean 1962.38
	// balcony  category        0  yes 108, no 92
	// price    number          0  99500 to 939000, mean 404673
}

// A file as a spreadsheet in Germany writes it; the postal codes are no numbers to reckon with.
func ExampleReadTable() {
	file := "Stadt;PLZ;Fläche\nLeipzig;04109;63,5\nBerlin;10115;\nLeipzig;04177;80,25\n"
	flats, err := data.ReadTable(strings.NewReader(file), data.TableOptions{
		Kinds: map[string]data.Kind{"Stadt": data.KindCategory, "PLZ": data.KindText}})
	fmt.Print(flats)
	fmt.Println(flats.Column("Fläche").Numbers, err)

	_, err = data.ReadTable(strings.NewReader(file+"Bonn;53111\n"), data.TableOptions{})
	fmt.Println(err)
	// Output:
	// 3 rows, 3 columns; separator ';', decimal comma, header
	// column  kind      missing  values
	// Stadt   category        0  Leipzig 2, Berlin 1
	// PLZ     text            0  3 different, such as 04109
	// Fläche  number          1  63.5 to 80.25, mean 71.875
	// [63.5 NaN 80.25] <nil>
	// data: line 5, column 2: the row has 2 columns, want 3 as in the first
}

// Whoever knows the file says so, and nothing is inferred but the kinds.
func ExampleTableOptions() {
	file := "# two probes\n1;2,5\n-999;3,5\n"
	table, err := data.ReadTable(strings.NewReader(file), data.TableOptions{Comma: ';', Decimal: ',', Comment: '#',
		Header: data.HeaderNo, Names: []string{"probe", "pH"}, Missing: []string{"-999"}})
	fmt.Println(table.Column("probe").Numbers, table.Column("pH").Numbers, err)
	// Output: [1 NaN] [2.5 3.5] <nil>
}

func ExampleTableFormat() {
	table, err := data.ReadTable(strings.NewReader("1\t2,5\n3\t4,5\n"), data.TableOptions{})
	fmt.Println(table.Format(), err)
	// Output: separator '\t', decimal comma, no header <nil>
}

// ReadTable takes the digits of a class for numbers; the option makes categories of them.
func ExampleKind() {
	table, err := data.ReadTable(strings.NewReader("digit\n3\n10\n3\n"),
		data.TableOptions{Kinds: map[string]data.Kind{"digit": data.KindCategory}})
	digit := table.Column("digit")
	fmt.Println(digit.Kind, digit.Levels, digit.Codes, err)
	// Output: category [10 3] [1 0 1] <nil>
}

func ExampleNewTable() {
	table, err := data.NewTable(
		data.TextColumn("name", []string{"Ada", "Grace", "Emmy"}),
		data.NumberColumn("born", []float64{1815, 1906, 1882}))
	fmt.Println(table.Rows(), table.Column("born").Numbers, err)

	_, err = data.NewTable(table.Column("name"), data.NumberColumn("born", []float64{1815}))
	fmt.Println(err)
	// Output:
	// 3 [1815 1906 1882] <nil>
	// data: column "born" has 1 rows, want 3 as in "name"
}

func ExampleCategoryColumn() {
	city := data.CategoryColumn("city", []string{"Rome", "", "Paris", "Rome"})
	fmt.Println(city.Levels, city.Codes, city.MissingCount())
	// Output: [Paris Rome] [1 -1 0 1] 1
}

func ExampleNumberColumn() {
	area := data.NumberColumn("area", []float64{63.5, 80})
	fmt.Println(area.Kind, area.Len(), area.Text(0))
	// Output: number 2 63.5
}

func ExampleTextColumn() {
	date := data.TextColumn("date", []string{"2024-05-01", ""})
	fmt.Println(date.Kind, date.IsMissing(0), date.IsMissing(1))
	// Output: text false true
}

// Features and targets of two arrays make one table.
func ExampleTableFromArray() {
	x, err := data.ReadNPZFile[float64]("testdata/flowers.npz", "x")
	if err != nil {
		fmt.Println(err)
		return
	}
	y, err := data.ReadNPZFile[int]("testdata/flowers.npz", "y")
	if err != nil {
		fmt.Println(err)
		return
	}
	features, err := data.TableFromArray(x, []string{"length", "width"})
	if err != nil {
		fmt.Println(err)
		return
	}
	classes, err := data.TableFromArray(y, []string{"class"})
	if err != nil {
		fmt.Println(err)
		return
	}
	table, err := data.NewTable(append(features.Columns(), classes.Columns()...)...)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(table)
	// Output:
	// 4 rows, 3 columns
	// column  kind      missing  values
	// length  number          0  4.9 to 7, mean 5.825
	// width   number          0  3 to 3.5, mean 3.25
	// class   number          0  0 to 2, mean 0.75
}

func ExampleTableFromIDX() {
	images, err := data.ReadIDXFile("testdata/tiny-images.idx.gz")
	if err != nil {
		fmt.Println(err)
		return
	}
	table, err := data.TableFromIDX(images, nil)
	fmt.Println(table.Rows(), len(table.Columns()), table.Column("column2").Numbers, err)
	// Output: 3 4 [51 255 0] <nil>
}

func ExampleTableFromMatrix() {
	x := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	table, err := data.TableFromMatrix(x, []string{"x1", "x2"})
	fmt.Println(table.Column("x2").Numbers, err)
	// Output: [2 4] <nil>
}

func ExampleTableFromRows() {
	table, err := data.TableFromRows([][]float64{{1, 2}, {3, 4}}, []string{"x1", "x2"})
	fmt.Println(table.Column("x2").Numbers, err)
	// Output: [2 4] <nil>
}

func ExampleTableFromStructs() {
	type flat struct {
		City  string   `column:"city"`
		Area  *float64 `column:"area"`
		Price float64  `column:"price" data:"value"`
		Notes string   `data:"-"`
	}
	area := 63.5
	table, err := data.TableFromStructs([]flat{
		{"Leipzig", &area, 198000, "sold"},
		{"Berlin", nil, 350000, ""},
	}, map[string]data.Kind{"city": data.KindCategory})
	fmt.Println(table.Column("city").Levels, table.Column("area").Numbers, err)
	// Output: [Berlin Leipzig] [63.5 NaN] <nil>
}

// The rows of a client's JSON become a table, or an error that the client can understand.
func ExampleTableFromMaps() {
	columns := []data.Column{{Name: "city", Kind: data.KindCategory}, {Name: "area", Kind: data.KindNumber}}
	for _, body := range []string{
		`[{"city": "Leipzig", "area": 63.5}, {"city": "Berlin", "area": null}]`,
		`[{"city": "Leipzig", "area": "large"}]`,
		`[{"city": "Leipzig"}]`,
	} {
		var rows []map[string]any
		if err := json.Unmarshal([]byte(body), &rows); err != nil {
			fmt.Println(err)
			continue
		}
		table, err := data.TableFromMaps(rows, columns)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(table.Column("city").Levels, table.Column("area").Numbers)
	}
	// Output:
	// [Berlin Leipzig] [63.5 NaN]
	// data: row 0: column "area" is "large", want a number
	// data: row 0: column "area" is not in the map, which has ["city"]
}

// flats returns the table of the examples.
func flats() *data.Table {
	table, err := data.ReadTableFile("testdata/flats.csv", data.TableOptions{})
	if err != nil {
		panic(err)
	}
	return table
}

// rowsWith counts the rows with a text in a column.
func rowsWith(t *data.Table, column, text string) (n int) {
	c := t.Column(column)
	for i := range c.Len() {
		if c.Text(i) == text {
			n++
		}
	}
	return n
}

// Select leaves out the flats whose area is missing.
func ExampleTable_Select() {
	table := flats()
	area := table.Column("area")
	var known []int
	for i := range table.Rows() {
		if !area.IsMissing(i) {
			known = append(known, i)
		}
	}
	fmt.Println(table.Rows(), table.Select(known).Rows())
	// Output: 200 189
}

func ExampleTable_Choose() {
	table, err := flats().Choose("price", "area")
	fmt.Println(table.Columns()[0].Name, table.Columns()[1].Name, err)

	_, err = flats().Choose("prize")
	fmt.Println(err)
	// Output:
	// price area <nil>
	// data: the table has no column "prize", it has "date", "city", "area", "rooms", "built", "balcony", "price"
}

func ExampleTable_Drop() {
	table, err := flats().Drop("date", "built")
	fmt.Println(len(table.Columns()), err)
	// Output: 5 <nil>
}

func ExampleTable_DropMissing() {
	t, err := data.ReadTable(strings.NewReader("area,price\n70,900\n80,\n,850\n"), data.TableOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	known, err := t.DropMissing("price")
	fmt.Println(known.Column("price").Numbers, err)
	// Output: [900 850] <nil>
}

func ExampleTable_WriteCSV() {
	table, err := flats().Select([]int{6, 18}).Choose("city", "built", "price")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(table.WriteCSV(os.Stdout))
	// Output:
	// city,built,price
	// Munich,,917500
	// Munich,1997,489500
	// <nil>
}

func ExampleTable_WriteCSVFile() {
	path := filepath.Join(os.TempDir(), "flats-copy.csv")
	defer os.Remove(path)
	fmt.Println(flats().WriteCSVFile(path))
	table, err := data.ReadTableFile(path, data.TableOptions{})
	fmt.Println(table.Rows(), err)
	// Output:
	// <nil>
	// 200 <nil>
}

func ExampleTable_Split() {
	train, test, err := flats().Split(0.8, 1)
	fmt.Println(train.Rows(), test.Rows(), err)
	// Output: 160 40 <nil>
}

func ExampleTable_SplitStratified() {
	train, test, err := flats().SplitStratified("city", 0.8, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Rows(), test.Rows())
	for _, city := range train.Column("city").Levels {
		fmt.Println(city, rowsWith(train, "city", city), rowsWith(test, "city", city))
	}
	// Output:
	// 160 40
	// Berlin 50 13
	// Cologne 33 8
	// Hamburg 37 9
	// Leipzig 20 5
	// Munich 19 5
}

// Flats of one city are in one part only: the test asks how well a new city is predicted.
func ExampleTable_SplitGrouped() {
	train, test, err := flats().SplitGrouped("city", 0.7, 1)
	fmt.Println(train.Column("city").Levels, test.Column("city").Levels, err)
	// Output: [Berlin Cologne Hamburg] [Leipzig Munich] <nil>
}

// The last sales are those to predict.
func ExampleTable_SplitSorted() {
	train, test, err := flats().SplitSorted("date", 0.9)
	if err != nil {
		fmt.Println(err)
		return
	}
	past, future := train.Column("date").Texts, test.Column("date").Texts
	fmt.Println(past[0], past[len(past)-1], future[0], future[len(future)-1])
	// Output: 2023-01-03 2024-10-01 2024-10-05 2024-12-16
}

func ExampleFold() {
	table := flats()
	folds, err := table.Folds(5, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, f := range folds {
		train, test := table.Select(f.Train), table.Select(f.Test)
		fmt.Println("fold", i+1, train.Rows(), test.Rows())
	}
	// Output:
	// fold 1 160 40
	// fold 2 160 40
	// fold 3 160 40
	// fold 4 160 40
	// fold 5 160 40
}

func ExampleTable_Folds() {
	table, err := data.TableFromRows([][]float64{{0}, {1}, {2}, {3}, {4}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	folds, err := table.Folds(2, 1)
	fmt.Println(folds, err)
	// Output: [{[0 2] [1 3 4]} {[1 3 4] [0 2]}] <nil>
}

func ExampleTable_FoldsStratified() {
	table := flats()
	folds, err := table.FoldsStratified("balcony", 4, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range folds {
		test := table.Select(f.Test)
		fmt.Println(rowsWith(test, "balcony", "yes"), "of", test.Rows(), "with a balcony")
	}
	// Output:
	// 27 of 50 with a balcony
	// 27 of 50 with a balcony
	// 27 of 50 with a balcony
	// 27 of 50 with a balcony
}

func ExampleTable_FoldsGrouped() {
	table := flats()
	folds, err := table.FoldsGrouped("city", 3, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range folds {
		fmt.Println(table.Select(f.Test).Column("city").Levels, len(f.Test))
	}
	// Output:
	// [Berlin] 64
	// [Hamburg Munich] 70
	// [Cologne Leipzig] 66
}
