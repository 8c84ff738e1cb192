package command

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/model/onnx"
)

const describeHelp = `
Says what is in a file: the columns of a CSV file, the arrays of an npy or npz file, an IDX file, the
tensors and the metadata of a safetensors file, and of a model of ashlar its inputs, its layers, its
classes and how it was trained, also in ONNX.

The format is found by the first bytes of a file, whatever its name is. Files of npz and safetensors
are not read as a whole, so they may be larger than the memory.`

// description is what describe finds in a file.
type description struct {
	File   string `json:"file"`
	Format format `json:"format"`
	Bytes  int64  `json:"bytes"`

	Rows    int               `json:"rows,omitempty"`
	Columns []columnOf        `json:"columns,omitempty"`
	Tensors []tensorOf        `json:"tensors,omitempty"` // and arrays
	Text    map[string]string `json:"metadata,omitempty"`
	Model   *modelOf          `json:"model,omitempty"`

	page     string // what is printed in place of tables, if not ""
	warnings []string
}

// columnOf is a column of a table.
type columnOf struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Missing int      `json:"missing"`
	Levels  []string `json:"levels,omitempty"`
}

// tensorOf is a tensor or an array.
type tensorOf struct {
	Name  string `json:"name"`
	DType string `json:"dtype"`
	Shape []int  `json:"shape"`
}

func (a *app) describe() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "describe FILE...",
		Short:   "Say what is in a file: a table, arrays, tensors or a model",
		Long:    describeHelp,
		Example: "ashlar describe flats.csv\nashlar describe flats.safetensors\nashlar describe *.npz --json",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.runs(func(_ *cobra.Command, args []string) error {
			var list []*description
			for _, path := range args {
				file, err := a.input(path)
				if err != nil {
					return err
				}
				d, err := describeFile(file)
				if err != nil {
					return err
				}
				d.File = a.name(path)
				list = append(list, d)
			}
			for i, d := range list {
				for _, w := range d.warnings {
					a.Warn("%s: %s", d.File, a.named(w))
				}
				if !asJSON {
					if i > 0 {
						a.Printf("\n")
					}
					a.writeDescription(d)
				}
			}
			if asJSON && len(list) == 1 {
				return a.JSON(list[0])
			}
			if asJSON {
				return a.JSON(list)
			}
			return nil
		}),
	}
	jsonFlag(c.Flags(), &asJSON)
	return c
}

// describeFile says what is in a file.
func describeFile(path string) (*description, error) {
	is, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	d := &description{File: path, Format: is, Bytes: info.Size()}
	describers := map[format]func(*description) error{formatCSV: (*description).table,
		formatJSONLines: (*description).table, formatNPY: (*description).npy, formatNPZ: (*description).npz,
		formatIDX: (*description).idx, formatSafetensors: (*description).safetensors,
		formatONNX: (*description).onnx}
	return d, describers[is](d)
}

func (d *description) table() error {
	t, err := readTable(d.File, "", data.TableOptions{})
	if err != nil {
		return err
	}
	d.Rows, d.Columns, d.page = t.Rows(), columnsOf(t.Columns()), t.String()
	return nil
}

func columnsOf(list []*data.Column) []columnOf {
	columns := make([]columnOf, len(list))
	for i, c := range list {
		columns[i] = columnOf{c.Name, c.Kind.String(), c.MissingCount(), c.Levels}
	}
	return columns
}

func (d *description) npy() error {
	f, err := os.Open(d.File)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := data.ReadNPYInfo(f)
	if err != nil {
		return inFile(d.File, err)
	}
	d.Tensors = []tensorOf{{"", info.Type, shapeOf(info.Dims)}}
	return nil
}

func (d *description) npz() error {
	f, err := os.Open(d.File)
	if err != nil {
		return err
	}
	defer f.Close()
	list, err := data.ReadNPZInfo(f, d.Bytes)
	for _, info := range list {
		d.Tensors = append(d.Tensors, tensorOf{info.Name, info.Type, shapeOf(info.Dims)})
	}
	if err != nil && len(list) == 0 {
		return inFile(d.File, err)
	}
	if err != nil {
		d.warnings = strings.Split(err.Error(), "\n")
	}
	return nil
}

func (d *description) idx() error {
	x, err := data.ReadIDXFile(d.File)
	if err != nil {
		return err
	}
	names := map[data.IDXType]string{0: "uint8", data.IDXUint8: "uint8", data.IDXInt8: "int8",
		data.IDXInt16: "int16", data.IDXInt32: "int32", data.IDXFloat32: "float32",
		data.IDXFloat64: "float64"}
	d.Tensors = []tensorOf{{"", names[x.Type], shapeOf(x.Dims)}}
	return nil
}

// shapeOf is never nil, so that JSON has a list.
func shapeOf(dims []int) []int { return append([]int{}, dims...) }

func (d *description) safetensors() error {
	f, err := model.Open(d.File)
	if err != nil {
		return err
	}
	defer f.Close()
	doubles := false
	for _, t := range f.Tensors() {
		d.Tensors = append(d.Tensors, tensorOf{t.Name, t.DType, shapeOf(t.Shape)})
		doubles = doubles || t.DType == "F64"
	}
	d.Text = f.Text()
	if _, whole := d.Text[wholeKey]; !whole {
		return nil
	}
	describe := describeModel[float32]
	if doubles {
		describe = describeModel[float64]
	}
	if d.Model, d.page, err = describe(d.File); err != nil {
		d.warnings = append(d.warnings, "as a whole model: "+err.Error())
	}
	delete(d.Text, wholeKey)
	return nil
}

func (d *description) onnx() error {
	m, err := onnx.ImportFile[float32](d.File)
	if err != nil {
		return err
	}
	d.Model, d.page = describeWhole(m), m.String()
	return nil
}

// inFile names the file in an error of package data that has none, and leaves out what concerns the
// programs that call it.
func inFile(path string, err error) error {
	if f, is := errors.AsType[*data.FormatError](err); is {
		f.Msg, _, _ = strings.Cut(f.Msg, ", since TableOptions")
		f.File = path
		return f
	}
	return fmt.Errorf("%s: %w", path, err)
}

func (a *app) writeDescription(d *description) {
	name := string(d.Format)
	switch {
	case d.Model != nil && d.Format == formatONNX:
		name = "a model in ONNX"
	case d.Model != nil:
		name = "a model of ashlar"
	case d.Text["format"] == "pt":
		name = "safetensors with the names of PyTorch"
	case len(d.Columns) > 0:
		name = "a table in " + name
	}
	a.Text("%s: %s, %s", d.File, name, bytesText(d.Bytes))
	if d.page != "" {
		a.Printf("%s", d.page)
		return
	}
	if len(d.Tensors) == 1 && d.Tensors[0].Name == "" {
		t := d.Tensors[0]
		a.Text("%s, %s, %s elements", t.DType, shapeText(t.Shape), countText(t.Shape))
		return
	}
	t := a.Table(2, "name", "type", "shape", "elements")
	for _, s := range d.Tensors {
		t.Row(s.Name, s.DType, shapeText(s.Shape), countText(s.Shape))
	}
	t.Write()
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(d.Text)) {
		pairs = append(pairs, key, d.Text[key])
	}
	if len(pairs) > 0 {
		a.Heading("Metadata")
		a.Fields(pairs...)
	}
}

// countText returns the number of elements of a shape, which the file of a stranger may claim to be any.
func countText(shape []int) string {
	n := 1
	for _, d := range shape {
		if d > 0 && n > math.MaxInt/d {
			return "too many"
		}
		n *= d
	}
	return strconv.Itoa(n)
}

// shapeText returns a shape such as 3 x 4.
func shapeText(shape []int) string {
	if len(shape) == 0 {
		return "a number"
	}
	var b bytes.Buffer
	for i, d := range shape {
		if i > 0 {
			b.WriteString(" x ")
		}
		fmt.Fprint(&b, d)
	}
	return b.String()
}
