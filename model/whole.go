package model

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync/atomic"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Model is a whole model: all that a program needs to predict from raw rows. [Save] writes one
// and [Load] reads it. [Model.Predict] predicts. The fields are for the program to set, before the
// first prediction. A Model must not be copied.
type Model[T kernels.Float] struct {
	Net     layer.Layer[T]
	In      int               // columns of the input of Net
	Output  Output            // what the outputs of Net are
	Prepare *data.Fitted      // raw rows to features and back; nil where features come as they are
	Classes []string          // names of the classes, nil for those of Prepare, or for none
	Summary *Summary          // of the training; nil if unknown
	Text    map[string]string // what else the user wants to keep

	// Weights is the form in which predictions hold the weights of Net, see
	// [layer.NewPredictorWith]. Save ignores it: a file has the weights of Net.
	Weights layer.Weights

	// Writer is the version of this package that wrote the file, such as "v0.1.0", and "(devel)" for
	// a checkout. Load sets it, Save ignores it.
	Writer string

	ready atomic.Pointer[layer.Predictor[T]] // see Predictor
}

// Output says what the outputs of a net are.
type Output uint8

const (
	OutputValues            Output = iota + 1 // of a regression
	OutputLogits                              // of classes: softmax makes probabilities of them
	OutputBinaryLogit                         // one column: sigmoid makes the probability of class 1
	OutputProbabilities                       // of classes
	OutputBinaryProbability                   // one column: the probability of class 1
)

var outputNames = [...]string{"", "values", "logits", "binary_logit", "probabilities", "binary_probability"}

// String returns the name that a file has, such as "binary_logit".
func (o Output) String() string {
	if o.known() {
		return outputNames[o]
	}
	return fmt.Sprintf("Output(%d)", uint8(o))
}

func (o Output) known() bool { return o > 0 && int(o) < len(outputNames) }

// binary reports whether one column stands for two classes.
func (o Output) binary() bool { return o == OutputBinaryLogit || o == OutputBinaryProbability }

// Summary says how a model was trained. That of a model in int8 is of the model that [Quantize] was given:
// its Metrics were measured before the weights became integers.
type Summary struct {
	Epochs  int
	Rows    int
	Seed    uint64
	Metrics map[string]float64 // such as "validation_accuracy"
}

// Save writes a whole model as one safetensors file, which appears as that of [SaveWeights] does.
// The package comment describes the file. Save keeps every bit of the parameters, running statistics
// and settings; a Param's NoDecay, Init and Grad are not kept.
//
// It is an error that names the layer if Net has one that is not of package layer, and an error if
// [Model.Check] finds one. A file at path then stays as it is.
func Save[T kernels.Float](path string, m *Model[T]) error {
	list, text, err := m.encode()
	if err != nil {
		return fmt.Errorf("model: saving %s: %w", path, err)
	}
	return save(path, list, text)
}

// Write writes a whole model as [Save] does. On an error in the model it writes nothing.
func Write[T kernels.Float](w io.Writer, m *Model[T]) error {
	list, text, err := m.encode()
	var header []byte
	if err == nil {
		header, err = encodeHeader(list, text)
	}
	if err != nil {
		return fmt.Errorf("model: %w", err)
	}
	return write(w, header, list)
}

// Load reads what [Save] wrote. It needs no code that builds the net. The parameters are converted
// to T if the file has the other type: to float64 exactly, to float32 rounded to nearest even; a
// finite one that float32 cannot hold is an error.
//
// A file that holds weights alone is an error that names the function to load it with, and so are
// a layer that this package does not know and a file of a later version of the format. Load
// allocates at most 64 times the size of the file and 1 MiB, whatever the file claims.
func Load[T kernels.Float](path string) (m *Model[T], err error) {
	err = open(path, func(f *os.File, size int64) (err error) {
		m, err = readModel[T](f, size)
		return err
	})
	return m, err
}

// Read is [Load] from size bytes at r.
func Read[T kernels.Float](r io.ReaderAt, size int64) (*Model[T], error) {
	m, err := readModel[T](r, size)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return m, nil
}

// Check returns an error unless the parts of the model fit each other: Net takes rows of In columns,
// which are the features of Prepare, and its outputs are as many as Output, the classes and the
// targets of Prepare want. Save, Load and the first prediction check it.
func (m *Model[T]) Check() error {
	switch {
	case m == nil:
		return errors.New("the model is nil")
	case m.Net == nil:
		return errors.New("the model has no Net")
	case m.In < 1:
		return fmt.Errorf("the model has In = %d, want the columns of Net's input, at least 1", m.In)
	case !m.Output.known():
		return fmt.Errorf("Output = %d, want one of OutputValues to OutputBinaryProbability", m.Output)
	}
	out, err := m.Net.Out(m.In)
	if err != nil {
		return fmt.Errorf("the net does not take rows of In = %d columns: %w", m.In, err)
	}
	if m.Prepare != nil {
		if n := len(m.Prepare.Features()); n != m.In {
			return fmt.Errorf("the preparation has %d features, want In = %d", n, m.In)
		}
	}
	if m.Output == OutputValues {
		return m.checkValues(out)
	}
	return m.checkClasses(out)
}

// checkValues checks a regression whose net has out outputs.
func (m *Model[T]) checkValues(out int) error {
	switch {
	case out < 1:
		return errors.New("the net has no output")
	case len(m.Classes) > 0:
		return fmt.Errorf("there are %d classes, but the outputs are values", len(m.Classes))
	case m.Prepare == nil:
		return nil
	case len(m.Prepare.Classes()) > 0:
		return fmt.Errorf("the preparation has %d classes, but the outputs are values",
			len(m.Prepare.Classes()))
	}
	if n := len(m.Prepare.Targets()); n > 0 && n != out {
		return fmt.Errorf("the net has %d outputs, want %d, one for each target of the preparation", out, n)
	}
	return nil
}

// checkClasses checks a classification whose net has out outputs.
func (m *Model[T]) checkClasses(out int) error {
	classes := out
	if m.Output.binary() {
		classes = 2
		if out != 1 {
			return fmt.Errorf("the net has %d outputs, want 1 for %v", out, m.Output)
		}
	}
	switch {
	case classes == 1 && m.Output == OutputLogits:
		return fmt.Errorf("the net has 1 output, want at least 2 for %v: one alone is %v", m.Output,
			OutputBinaryLogit)
	case classes == 1 && m.Output == OutputProbabilities:
		return fmt.Errorf("the net has 1 output, want at least 2 for %v: one alone is %v", m.Output,
			OutputBinaryProbability)
	case classes < 2:
		return fmt.Errorf("the net has %d outputs, want at least 2 for %v, one a class", out, m.Output)
	}
	names := m.names()
	if names != nil && len(names) != classes {
		return fmt.Errorf("%d classes have names, want %d", len(names), classes)
	}
	sorted := slices.Sorted(slices.Values(names))
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return fmt.Errorf("two classes are called %q", sorted[i])
		}
	}
	if m.Prepare != nil && len(m.Prepare.Targets()) > 0 && m.Prepare.Classes() == nil {
		return fmt.Errorf("the preparation has the values of %q for targets, but the outputs are classes",
			m.Prepare.Targets()[0])
	}
	if m.Prepare != nil && m.Classes != nil {
		if p := m.Prepare.Classes(); p != nil && !slices.Equal(p, m.Classes) {
			return errors.New("the names in Classes are not those of the preparation")
		}
	}
	return nil
}

// names returns the names of the classes, nil for none.
func (m *Model[T]) names() []string {
	if m.Classes == nil && m.Prepare != nil {
		return m.Prepare.Classes()
	}
	return m.Classes
}
