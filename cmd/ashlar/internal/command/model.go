package command

import (
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/model/onnx"
)

// wholeKey is the key of the metadata under which a whole model describes itself.
const wholeKey = "model"

// modelOf is a whole model.
type modelOf struct {
	Inputs     []columnOf  `json:"inputs,omitempty"`
	In         int         `json:"in"`
	Output     string      `json:"output"`
	Classes    []string    `json:"classes,omitempty"`
	Targets    []string    `json:"targets,omitempty"`
	Parameters int         `json:"parameters"`
	Training   *trainingOf `json:"training,omitempty"`
}

// trainingOf is how a model was trained.
type trainingOf struct {
	Epochs  int               `json:"epochs"`
	Rows    int               `json:"rows"`
	Seed    uint64            `json:"seed"`
	Before  bool              `json:"before_int8,omitempty"` // Metrics are of the model before
	Metrics map[string]number `json:"metrics,omitempty"`
}

// describeModel describes the whole model in a file, and returns the page for people too.
func describeModel[T kernels.Float](path string) (*modelOf, string, error) {
	m, err := model.Load[T](path)
	if err != nil {
		return nil, "", err
	}
	return describeWhole(m), m.String(), nil
}

func describeWhole[T kernels.Float](m *model.Model[T]) *modelOf {
	d := &modelOf{In: m.In, Output: m.Output.String(), Classes: classesOf(m)}
	for _, p := range m.Net.Params() {
		d.Parameters += len(p.Value)
	}
	if m.Prepare != nil {
		d.Targets = m.Prepare.Targets()
		for _, c := range m.Prepare.Inputs() {
			d.Inputs = append(d.Inputs, columnOf{Name: c.Name, Kind: c.Kind.String(), Levels: c.Levels})
		}
	}
	if s := m.Summary; s != nil {
		d.Training = &trainingOf{s.Epochs, s.Rows, s.Seed, len(layer.Int8Layers(m.Net)) > 0,
			numbersOf(s.Metrics)}
	}
	return d
}

// classesOf returns the names of the classes, their numbers if there are no names, and nil for values.
func classesOf[T kernels.Float](m *model.Model[T]) []string {
	switch {
	case m.Output == model.OutputValues:
		return nil
	case m.Classes != nil:
		return m.Classes
	case m.Prepare != nil && m.Prepare.Classes() != nil:
		return m.Prepare.Classes()
	}
	n, _ := m.Net.Out(m.In)
	n = max(n, 2)
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	return names
}

// inputsOf returns the raw columns that a model takes; of a model without preparation they are numbers.
func inputsOf[T kernels.Float](m *model.Model[T]) []data.Column {
	if m.Prepare != nil {
		return m.Prepare.Inputs()
	}
	list := make([]data.Column, m.In)
	for i := range list {
		list[i] = data.Column{Name: fmt.Sprintf("column%d", i+1), Kind: data.KindNumber}
	}
	return list
}

// loadModel reads a whole model of any format that holds one.
func loadModel[T kernels.Float](path string, is format) (*model.Model[T], error) {
	switch is {
	case formatSafetensors:
		return model.Load[T](path)
	case formatONNX:
		return onnx.ImportFile[T](path)
	}
	return nil, usagef("%s is %s, want a model: safetensors or ONNX", path, is)
}

// doubles reports whether a model has weights of float64, so that float32 would round them.
func doubles(path string, is format) (bool, error) {
	if is != formatSafetensors {
		return false, nil
	}
	f, err := model.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return slices.ContainsFunc(f.Tensors(), func(t model.Info) bool { return t.DType == "F64" }), nil
}

// withModel calls the function for the type of the weights of a model with it.
func withModel(path string, single func(*model.Model[float32]) error,
	double func(*model.Model[float64]) error) error {
	is, err := formatOf(path)
	if err != nil {
		return err
	}
	wide, err := doubles(path, is)
	if err != nil {
		return err
	}
	if wide {
		m, err := loadModel[float64](path, is)
		if err != nil {
			return err
		}
		return double(m)
	}
	m, err := loadModel[float32](path, is)
	if err != nil {
		return err
	}
	return single(m)
}
