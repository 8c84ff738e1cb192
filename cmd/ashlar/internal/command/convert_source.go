package command

import (
	"github.com/spf13/pflag"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// source is what a file to convert holds.
type source string

const (
	fromAshlar  source = "ashlar"
	fromONNX    source = "onnx"
	fromPyTorch source = "pytorch"
	fromSklearn source = "scikit-learn"
)

// weightsAlone reports whether a file does not say what is between its weights.
func (s source) weightsAlone() bool { return s == fromPyTorch || s == fromSklearn }

// sourceOf finds out what a file holds, by its format and by the names of its tensors.
func sourceOf(path string, is format) (source, error) {
	switch is {
	case formatONNX:
		return fromONNX, nil
	case formatNPZ:
		return fromSklearn, nil
	case formatSafetensors:
	default:
		return "", usagef("%s is %s, want safetensors, ONNX or npz", path, is)
	}
	file, err := model.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	_, whole := file.Text()[wholeKey]
	_, coefs := file.Tensor("coefs_0")
	_, coef := file.Tensor("coef_")
	switch {
	case whole:
		return fromAshlar, nil
	case coefs || coef:
		return fromSklearn, nil
	}
	return fromPyTorch, nil
}

// useful returns a usageError for a flag that was given and changes nothing between what IN is and OUT.
func (f *convertFlags) useful(flags *pflag.FlagSet, in string) error {
	whole := "for weights alone, and " + in + " is a whole model (" + string(f.from) + ")"
	neither := "for a state_dict, and " + in + " is none (" + string(f.from) + ")"
	idle := map[string]string{}
	if !f.from.weightsAlone() {
		idle["activation"], idle["output"] = whole, whole
	}
	if f.from != fromPyTorch {
		idle["at"] = neither
		if f.to != "pytorch" {
			neither += ", nor is OUT (" + f.to + ")"
			idle["prefix"], idle["modules"] = neither, neither
		}
	} else if len(f.modules) > 0 {
		idle["at"] = "for the numbers of an nn.Sequential, and --modules gives names"
	}
	if f.to == "pytorch" {
		idle["classes"] = "for a whole model, and a state_dict (pytorch) has no names of classes"
	}
	for _, name := range []string{"activation", "output", "classes", "prefix", "modules", "at"} {
		value := flags.Lookup(name).Value.String()
		if why := idle[name]; why != "" && flags.Changed(name) && value != "" {
			return usagef("--%s %s changes nothing: it is %s", name, value, why)
		}
	}
	f.activates = flags.Changed("activation") && f.activation != kernels.ActIdentity.String()
	return nil
}

// activated returns a usageError if --activation was given for a net that has no place for one.
func activated[T kernels.Float](net layer.Layer[T], path string, f *convertFlags) error {
	if s, is := net.(*layer.Sequential[T]); is && f.activates {
		for _, l := range s.Parts() {
			if linear, is := l.(*layer.Linear[T]); is && linear.Act != kernels.ActIdentity {
				return nil
			}
			if _, is := l.(*layer.Activation[T]); is {
				return nil
			}
		}
		return usagef("--activation %s changes nothing: there is no activation between the layers of %s",
			f.activation, path)
	}
	return nil
}
