package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
)

// The raw files of a report.
const (
	machineFile  = "machine.json"
	productsFile = "products.json"
	vectorsFile  = "vectors.json"
	gonumFile    = "gonum.json"
	trainingFile = "training.json"
	accuracyFile = "accuracy.csv"
)

// data is what the raw files have. What was not measured is nil.
type data struct {
	Machine  figures.Machine
	Products *figures.Products
	Vectors  *vectors
	Gonum    *figures.Gonum
	Training *figures.Training
	Accuracy [][]string // without the head
	Files    []string   // those that exist
}

// vectors marks the largest operands of each kernel.
type vectors struct {
	figures.Vectors
	Cells []cell
}

type cell struct {
	figures.Cell
	last bool
}

// load reads the raw files of a folder. Only the machine's must be there.
func load(folder string) (*data, error) {
	d := &data{Files: []string{machineFile}}
	if err := figures.Read(filepath.Join(folder, machineFile), &d.Machine); err != nil {
		return nil, fmt.Errorf("%w (make report measures first)", err)
	}
	var err error
	if d.Products, err = optional[figures.Products](d, folder, productsFile); err != nil {
		return nil, err
	}
	if d.Gonum, err = optional[figures.Gonum](d, folder, gonumFile); err != nil {
		return nil, err
	}
	if d.Training, err = optional[figures.Training](d, folder, trainingFile); err != nil {
		return nil, err
	}
	v, err := optional[figures.Vectors](d, folder, vectorsFile)
	if err != nil {
		return nil, err
	}
	if v != nil {
		d.Vectors = withLast(v)
	}
	d.Accuracy, err = readAccuracy(d, folder)
	return d, err
}

// optional reads a file, and is nil if there is none.
func optional[T any](d *data, folder, name string) (*T, error) {
	v := new(T)
	err := figures.Read(filepath.Join(folder, name), v)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	d.Files = append(d.Files, name)
	return v, err
}

func withLast(v *figures.Vectors) *vectors {
	out := &vectors{Vectors: *v}
	most := map[string]int{}
	for _, c := range v.Cells {
		most[c.DType+c.Kernel] = max(most[c.DType+c.Kernel], c.M*c.N)
	}
	for _, c := range v.Cells {
		out.Cells = append(out.Cells, cell{c, !c.InCache && c.M*c.N == most[c.DType+c.Kernel]})
	}
	return out
}

func readAccuracy(d *data, folder string) ([][]string, error) {
	path := filepath.Join(folder, accuracyFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = accuracyColumns
	lines, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s: no head", path)
	}
	d.Files = append(d.Files, accuracyFile)
	return lines[1:], nil
}

// peaks are those of a dtype, the highest first.
func (d *data) peaks(dtype string) []figures.Peak {
	list := slices.DeleteFunc(slices.Clone(d.Machine.Peaks),
		func(p figures.Peak) bool { return p.DType != dtype })
	slices.SortFunc(list, func(a, b figures.Peak) int { return cmp.Compare(b.Rate, a.Rate) })
	return list
}
