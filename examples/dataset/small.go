package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/ashlar-go/ashlar/data"
)

// The small sets of scikit-learn; LICENSE-scikit-learn.txt says where they come from.
var (
	//go:embed breast_cancer.csv
	breastCancerCSV []byte
	//go:embed iris.csv
	irisCSV []byte
	//go:embed wine_data.csv
	wineCSV []byte
	//go:embed diabetes_data_raw.csv.gz
	diabetesData []byte
	//go:embed diabetes_target.csv.gz
	diabetesTarget []byte
)

// BreastCancer returns the 569 samples of the Wisconsin diagnostic breast cancer set: 30
// measures of cell nuclei, class 0 malignant and 1 benign.
func BreastCancer() (*data.Set[float64], error) {
	return classes("breast_cancer.csv", breastCancerCSV, 2)
}

// BreastCancerTable returns the set of [BreastCancer] as a table: the measures under scikit-learn's
// names, such as "mean radius", and the class, "malignant" or "benign", as "diagnosis".
func BreastCancerTable() (*data.Table, error) {
	set, err := BreastCancer()
	if err != nil {
		return nil, err
	}
	var columns []*data.Column
	for _, name := range breastCancerNames() {
		c := &data.Column{Name: name, Kind: data.KindNumber}
		for i := range set.Rows {
			c.Numbers = append(c.Numbers, set.Row(i)[len(columns)])
		}
		columns = append(columns, c)
	}
	diagnosis := &data.Column{Name: "diagnosis", Kind: data.KindCategory, Levels: []string{"benign", "malignant"}}
	for _, class := range set.Y {
		diagnosis.Codes = append(diagnosis.Codes, 1-class) // 0 is malignant in the set
	}
	return data.NewTable(append(columns, diagnosis)...)
}

// breastCancerNames returns the names of the 30 measures: the mean over the cells of an image, its
// standard error, and the mean of the three largest, of ten measures each.
func breastCancerNames() (names []string) {
	measures := []string{"radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
		"concave points", "symmetry", "fractal dimension"}
	for _, of := range []string{"mean %s", "%s error", "worst %s"} {
		for _, m := range measures {
			names = append(names, fmt.Sprintf(of, m))
		}
	}
	return names
}

// Iris returns the 150 samples of Fisher's iris set: 4 measures, 3 species.
func Iris() (*data.Set[float64], error) { return classes("iris.csv", irisCSV, 3) }

// Wine returns the 178 samples of the wine recognition set: 13 measures, 3 cultivars.
func Wine() (*data.Set[float64], error) { return classes("wine_data.csv", wineCSV, 3) }

// classes reads a file whose first line is a header and whose last column is the class.
func classes(name string, file []byte, n int) (*data.Set[float64], error) {
	set, err := data.ReadCSV[float64](bytes.NewReader(file),
		data.CSVOptions{Header: true, Label: data.LabelLast, Classes: n})
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", name, err)
	}
	return set, nil
}

// Diabetes returns the 442 patients of the diabetes set: 10 measures and, as the value to
// predict, the progress of the disease a year later.
func Diabetes() (*data.Set[float64], error) {
	rows, err := lines(diabetesData)
	if err != nil {
		return nil, fmt.Errorf("dataset: diabetes_data_raw.csv.gz: %w", err)
	}
	targets, err := lines(diabetesTarget)
	if err == nil && len(targets) != len(rows) {
		err = fmt.Errorf("%d lines, want %d, one a patient", len(targets), len(rows))
	}
	if err != nil {
		return nil, fmt.Errorf("dataset: diabetes_target.csv.gz: %w", err)
	}
	var all strings.Builder
	for i, row := range rows {
		fmt.Fprintf(&all, "%s %s\n", row, targets[i])
	}
	return data.ReadCSV[float64](strings.NewReader(all.String()),
		data.CSVOptions{Comma: ' ', Values: true, Label: data.LabelLast})
}

func lines(file []byte) (list []string, err error) {
	r, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	for in := bufio.NewScanner(bytes.NewReader(text)); in.Scan(); {
		list = append(list, strings.TrimSpace(in.Text()))
	}
	return list, nil
}
