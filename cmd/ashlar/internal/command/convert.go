package command

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/console"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/model/onnx"
)

const convertHelp = `
Reads the model IN and writes it as OUT.

OUT is ONNX if it ends in .onnx, else a model of ashlar; with --to pytorch it has the names and layouts
of a state_dict, for safetensors.torch.load_file.

IN is a model of ashlar, an ONNX file, a state_dict that PyTorch wrote with
safetensors.torch.save_file, or the coefs_ and intercepts_ of scikit-learn as npz or safetensors. The
last two hold weights alone: flags say what is between them. The sizes of Linear, BatchNorm1d and
LayerNorm follow from the shapes. In an nn.Sequential the first module without weights behind a Linear
is taken for the activation, and more of them for Dropout. Where weights stand between two such
modules, the file does not tell: --at names the activations. With --modules the activation follows each
Linear but the last, behind its normalisation if it has one. What was taken for what is printed.
With --to pytorch, --prefix and --modules give the names in OUT; where IN is a state_dict too, --modules
names what is in IN, and OUT has numbers. A flag that changes nothing between IN and OUT is an error.

With --int8 the weights become integers of 8 bits, for inference: a quarter of the bytes, and faster
predictions where they do not fit the caches. Each row of activations is quantised by its own range, or,
with --calibrate, by the range that the rows of a file have in each layer. A Linear of one output stays as
it is, and it is an error if nothing changes. ashlar eval says what the accuracy is: metrics in the file are
those of the model before.`

// outputs are the kinds of outputs that --output takes.
var outputs = []string{"values", "logits", "binary_logit", "probabilities", "binary_probability"}

// convertFlags say what a file does not.
type convertFlags struct {
	to, activation, output, prefix string
	from                           source // what IN is
	activates                      bool   // --activation was given, and is none that does nothing
	modules, classes, at           words
	guessed                        string // what weights alone do not say, and was assumed
	int8                           bool
	calibrate                      string // the file with rows
	table                          tableSettings
	json                           bool
}

// convertResult is what convert prints as JSON.
type convertResult struct {
	From string `json:"from"`
	In   string `json:"in"`
	To   string `json:"to"`
	Out  string `json:"out"`
	// Assumed is what weights alone do not say.
	Assumed string `json:"assumed,omitempty"`

	Model *modelOf `json:"model"`
}

func (a *app) convert() *cobra.Command {
	var f convertFlags
	c := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "Convert models to and from ONNX, PyTorch and scikit-learn",
		Long:  convertHelp,
		Example: "ashlar convert flats.safetensors flats.onnx\n" +
			"ashlar convert flats.safetensors state.safetensors --to pytorch\n" +
			"ashlar convert state.safetensors net.safetensors --output logits\n" +
			"ashlar convert mlp.npz mlp.onnx --activation tanh --output values\n" +
			"ashlar convert flats.safetensors s.safetensors --int8 --calibrate flats.csv",
		Args: cobra.ExactArgs(2),
		RunE: a.runs(func(c *cobra.Command, args []string) error {
			if err := f.check(args); err != nil {
				return err
			}
			from, err := a.input(args[0])
			if err != nil {
				return err
			}
			is, err := formatOf(from)
			if err != nil {
				return err
			}
			if f.from, err = sourceOf(from, is); err != nil {
				return err
			}
			if err := f.useful(c.Flags(), a.name(from)); err != nil {
				return err
			}
			wide, err := doubles(from, is)
			if err != nil {
				return err
			}
			if f.int8 {
				return quantizeModel(a, c.Flags(), from, args[1], &f)
			}
			if wide {
				return convertModel[float64](a, from, args[1], &f)
			}
			return convertModel[float32](a, from, args[1], &f)
		}),
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.to, "to", "", "`format` of OUT: ashlar, onnx or pytorch (default by its name)")
	flags.StringVar(&f.activation, "activation", "relu", "`function` between the layers of weights alone")
	flags.StringVar(&f.output, "output", "", "`kind` of the outputs of weights alone: values, logits, "+
		"binary_logit, probabilities, binary_probability")
	flags.Var(&f.classes, "classes", "`names` of the classes in their order, such as no,yes")
	flags.StringVar(&f.prefix, "prefix", "", "`text` before each name of PyTorch, such as encoder.")
	flags.Var(&f.modules, "modules", "`names` of the modules of PyTorch in their order, such as fc1,fc2")
	flags.Var(&f.at, "at", "`numbers` of the modules of an nn.Sequential that are the activation, such as 1,4")
	flags.BoolVar(&f.int8, "int8", false, "the weights become integers of 8 bits, for inference")
	flags.StringVar(&f.calibrate, "calibrate", "", "`file` with some hundred rows, whose ranges --int8 takes")
	jsonFlag(flags, &f.json)
	oneOf(c, "to", []string{"ashlar", "onnx", "pytorch"})
	oneOf(c, "output", outputs)
	oneOf(c, "activation", activations)
	return c
}

// check checks the flags and fills in what OUT is.
func (f *convertFlags) check(args []string) error {
	if f.to == "" {
		f.to = "ashlar"
		if strings.HasSuffix(strings.ToLower(args[1]), ".onnx") {
			f.to = "onnx"
		}
	}
	if err := known("to", f.to, []string{"ashlar", "onnx", "pytorch"}); err != nil {
		return err
	}
	if f.int8 && f.to != "ashlar" {
		return usagef("--int8 writes a model of ashlar, not one of %s", f.to)
	}
	if f.calibrate != "" && !f.int8 {
		return usagef("--calibrate %s is for --int8", f.calibrate)
	}
	if f.output != "" {
		if err := known("output", f.output, outputs); err != nil {
			return err
		}
	}
	if _, err := kernels.ParseActivation(f.activation); err != nil {
		return usagef("activation is %q, want one such as %s", f.activation, strings.Join(activations, ", "))
	}
	if filepath.Clean(args[0]) == filepath.Clean(args[1]) {
		return usagef("IN and OUT are both %s", args[0])
	}
	if err := apart(args[1:], args[0]); err != nil {
		return err
	}
	return console.Writable(args[1])
}

// kind returns what the outputs are, which weights alone do not say.
func (f *convertFlags) kind(path string) (model.Output, error) {
	i := slices.Index(outputs, f.output)
	if i < 0 {
		return 0, usagef("%s has weights alone: say with --output what its outputs are: %s", path,
			strings.Join(outputs, ", "))
	}
	return model.OutputValues + model.Output(i), nil
}

// convertModel converts a model with weights of one type.
func convertModel[T kernels.Float](a *app, in, out string, f *convertFlags) error {
	m, err := readForeign[T](in, f)
	if err != nil {
		return err
	}
	if len(f.classes) > 0 {
		m.Classes = f.classes
	}
	if err := m.Check(); err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	return writeConverted(a, m, in, out, f)
}

// writeConverted writes a model and says what it was made of.
func writeConverted[T kernels.Float](a *app, m *model.Model[T], in, out string, f *convertFlags) (err error) {
	switch f.to {
	case "onnx":
		err = onnx.ExportFile(out, m)
	case "pytorch":
		err = writePyTorch(m.Net, out, f)
	default:
		err = model.Save(out, m)
	}
	if err != nil {
		return err
	}
	if f.json {
		return a.JSON(convertResult{string(f.from), a.name(in), f.to, out, f.guessed, describeWhole(m)})
	}
	a.Text("%s (%s) is now %s (%s)", a.name(in), f.from, out, f.to)
	if f.guessed != "" {
		a.Text("%s", f.guessed)
	}
	a.Printf("%s", m.String())
	if f.to == "pytorch" && m.Prepare != nil {
		a.Warn("the state_dict has the net alone: what prepares the columns stays behind")
	}
	return nil
}

// readForeign reads a whole model, or makes one of weights alone.
func readForeign[T kernels.Float](path string, f *convertFlags) (m *model.Model[T], err error) {
	switch f.from {
	case fromAshlar:
		return model.Load[T](path)
	case fromONNX:
		return onnx.ImportFile[T](path)
	case fromSklearn:
		m, err = readSklearn[T](path, f)
	default:
		m, err = readPyTorch[T](path, f)
	}
	if err == nil {
		err = activated(m.Net, path, f)
	}
	return m, err
}

// readSklearn reads the arrays of scikit-learn.
func readSklearn[T kernels.Float](path string, f *convertFlags) (*model.Model[T], error) {
	output, err := f.kind(path)
	if err != nil {
		return nil, err
	}
	act := f.activation
	if act == "sigmoid" {
		act = "logistic"
	}
	return model.LoadSklearn[T](path, model.Sklearn{Activation: act, Output: output, Classes: f.classes})
}
