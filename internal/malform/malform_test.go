package malform_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/internal/malform"
	"github.com/ashlar-go/ashlar/internal/malform/malformtest"
	"github.com/ashlar-go/ashlar/model"
)

// limit is the one that a caller sets for compressed streams.
const limit data.Limit = 64 << 10

// readers are those of the formats, each with a net of its own.
func readers() map[malform.Format]malformtest.Reader {
	net := malform.Net()
	return map[malform.Format]malformtest.Reader{
		malform.Weights: func(path string) error { return model.LoadWeights(path, net) },
		malform.PyTorch: func(path string) error { return model.LoadPyTorch(path, net, model.PyTorch{}) },
		malform.Model:   func(path string) error { _, err := model.Load[float32](path); return err },
		malform.Checkpoint: func(path string) error {
			t, set := malform.Run(path)
			ctx, cancel := context.WithCancel(context.Background())
			cancel() // it resumes, and ends before the next step
			t.Checkpoint.Path = path
			if _, err := t.Run(ctx, set); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		},
		malform.Sklearn: func(path string) error {
			_, err := model.LoadSklearn[float32](path, model.Sklearn{Output: model.OutputValues,
				Limit: limit})
			return err
		},
		malform.NPY: func(path string) error { _, err := data.ReadNPYFile[float32](path, limit); return err },
		malform.NPZ: func(path string) error {
			_, err := data.ReadNPZFile[float32](path, "x", limit)
			if err == nil {
				_, err = data.ReadNPZFile[float32](path, "y", limit)
			}
			return err
		},
		malform.Tensors:   readTensors,
		malform.IDX:       readIDX,
		malform.IDXGzip:   readIDX,
		malform.CSV:       readCSV,
		malform.CSVGzip:   readCSV,
		malform.Table:     readTable,
		malform.TableGzip: readTable,
		malform.Pipeline: func(path string) error {
			b, err := os.ReadFile(path)
			if err == nil {
				err = json.Unmarshal(b, new(data.Fitted))
			}
			if err != nil {
				err = fmt.Errorf("%s: %w", path, err) // it has no path of its own
			}
			return err
		},
	}
}

// readTensors opens a file of any program: what its header says wrong shows there, not where a tensor is
// read.
func readTensors(path string) error {
	f, err := model.Open(path)
	if err == nil {
		err = f.Close()
	}
	return err
}

func readIDX(path string) error { _, err := data.ReadIDXFile(path, limit); return err }

func readCSV(path string) error {
	_, err := data.ReadCSVFile[float32](path, data.CSVOptions{Limit: limit})
	return err
}

func readTable(path string) error {
	_, err := data.ReadTableFile(path, data.TableOptions{Comma: ';', Decimal: ',', Header: data.HeaderYes,
		Kinds: map[string]data.Kind{"size": data.KindNumber}, Limit: limit})
	return err
}

// TestMalformed: damaged files of every format but ONNX, which package model/onnx reads.
func TestMalformed(t *testing.T) {
	whole, err := malform.Whole(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	all := readers()
	for format, b := range whole {
		path := t.TempDir() + "/whole"
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := all[format](path); err != nil {
			t.Errorf("the whole file: %v", err)
		}
	}
	malformtest.Read(t, malform.Corpus(whole), all)
}

// TestLarge: large damaged files take no more memory than the documentation of their readers says.
func TestLarge(t *testing.T) {
	whole, err := malform.Whole(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	all := readers()
	all[malform.CSV] = func(path string) error { // float64 takes the most
		_, err := data.ReadCSVFile[float64](path, data.CSVOptions{})
		return err
	}
	all[malform.Table] = func(path string) error {
		_, err := data.ReadTableFile(path, data.TableOptions{})
		return err
	}
	for format, bound := range map[malform.Format]malformtest.Bound{
		malform.CSV: {Times: 16, Column: 200}, malform.Table: {Times: 32, Column: 800},
		malform.NPZ: {Times: 8}, malform.Tensors: {Times: 16}, malform.Model: {Times: 64},
		malform.Checkpoint: {Times: 64}, malform.Pipeline: {Times: 64},
	} {
		malformtest.ReadLarge(t, malform.Large(format, whole[format]), all[format], bound)
	}
}
