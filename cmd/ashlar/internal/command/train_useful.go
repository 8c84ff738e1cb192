package command

import (
	"slices"

	"github.com/spf13/pflag"
)

// decaying are the optimizers with a weight decay.
var decaying = []string{"adamw", "lion"}

// useful returns a usageError for what was asked for and changes nothing beside the other settings.
func (s *settings) useful(flags *pflag.FlagSet) error {
	idle := map[string]string{}
	if s.Split.TestFile != "" && s.Split.Test > 0 {
		idle["test"] = "the rows of the test are in the file " + s.Split.TestFile
	}
	if s.Split.Validation == 0 && s.Train.Patience > 0 {
		idle["patience"] = "it counts epochs in which the validation loss does not fall, and --validation is 0"
	}
	if slices.Equal(s.Net.Hidden, sizes{0}) {
		for _, name := range []string{"activation", "dropout", "batchnorm"} {
			idle[name] = "it is for hidden layers, and --hidden 0 leaves none"
		}
	}
	for _, name := range []string{"test", "patience", "activation", "dropout", "batchnorm"} {
		if why := idle[name]; why != "" && flags.Changed(name) {
			return usagef("--%s %s changes nothing: %s", name, flags.Lookup(name).Value, why)
		}
	}
	asked := s.Train.WeightDecay != 0 && s.Train.WeightDecay != defaults().Train.WeightDecay
	if asked && !slices.Contains(decaying, s.Train.Optimizer) {
		return usagef("weight_decay %v changes nothing: it is for adamw and lion, and the optimizer is %s",
			s.Train.WeightDecay, s.Train.Optimizer)
	}
	return nil
}
