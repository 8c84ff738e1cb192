package command

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/console"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

// learning is a case of TestLearn: settings, and what of a Trainer they must come to.
type learning struct {
	text      string
	set       func(s *trainSettings)
	optimizer optim.Optimizer[float32]
	rate      optim.Schedule
	clip      float64
	balance   bool
}

// optimizerCases have each optimizer with its own rate, and all with a decay, which two of them take.
func optimizerCases() (list []learning) {
	for _, c := range []struct {
		name      string
		rate      float64
		optimizer func() optim.Optimizer[float32]
	}{
		{"adamw", 0.003, func() optim.Optimizer[float32] { return optim.NewAdamW[float32](0.3) }},
		{"adam", 0.003, func() optim.Optimizer[float32] { return optim.NewAdam[float32]() }},
		{"nadam", 0.003, func() optim.Optimizer[float32] { return optim.NewNAdam[float32]() }},
		{"sgd", 0.1, func() optim.Optimizer[float32] { return &optim.SGD[float32]{} }},
		{"momentum", 0.02, func() optim.Optimizer[float32] { return optim.NewMomentum[float32](0.9) }},
		{"nesterov", 0.02, func() optim.Optimizer[float32] { return optim.NewNesterov[float32](0.9) }},
		{"rmsprop", 0.003, func() optim.Optimizer[float32] { return optim.NewRMSProp[float32]() }},
		{"adagrad", 0.02, func() optim.Optimizer[float32] { return optim.NewAdagrad[float32]() }},
		{"lion", 0.0003, func() optim.Optimizer[float32] { return optim.NewLion[float32](0.3) }},
	} {
		for _, clip := range []float64{0, 0.25} {
			list = append(list, learning{fmt.Sprintf("%s, clip %v", c.name, clip), func(s *trainSettings) {
				s.Optimizer, s.WeightDecay, s.Clip, s.Schedule = c.name, 0.3, clip, "constant"
			}, c.optimizer(), optim.Constant(c.rate), clip, false})
		}
	}
	return list
}

// courseCases have each schedule over the 3 steps of 120 rows in batches of 50, and classes of the same weight.
func courseCases() []learning {
	sgd := func(schedule string) func(s *trainSettings) {
		return func(s *trainSettings) { s.Optimizer, s.Rate, s.Schedule = "sgd", 0.5, schedule }
	}
	return []learning{
		{"constant", sgd("constant"), &optim.SGD[float32]{}, optim.Constant(0.5), 0, false},
		{"cosine", sgd("cosine"), &optim.SGD[float32]{}, optim.Cosine(0.5, 0, 3), 0, false},
		{"onecycle", sgd("onecycle"), &optim.SGD[float32]{}, optim.OneCycle(0.5, 0.3, 3), 0, false},
		{"balance", func(s *trainSettings) { sgd("constant")(s); s.Balance = true }, &optim.SGD[float32]{},
			optim.Constant(0.5), 0, true},
		{"decay", func(s *trainSettings) { s.WeightDecay = 0.5 }, optim.NewAdamW[float32](0.5),
			optim.Constant(0.003), 0, false},
		{"no decay of lion", func(s *trainSettings) { s.Optimizer, s.WeightDecay = "lion", 0 },
			optim.NewLion[float32](0), optim.Constant(0.0003), 0, false},
	}
}

// TestLearn: a training takes the steps of the Trainer that its settings stand for, bit for bit, and no two of
// them come to the same weights.
func TestLearn(t *testing.T) {
	inFolder(t, "stones.csv")
	s := defaults()
	s.Split = splitSettings{}
	d, err := s.load("stones.csv", func(string, ...any) {})
	must(t, err)
	newNet := func() *layer.Sequential[float32] {
		net, err := s.Net.net(len(d.fitted.Features()), len(d.fitted.Classes()), d.training.set.Rows, s.Seed)
		must(t, err)
		return net
	}
	a := &app{Console: console.New(nil, io.Discard, io.Discard), quiet: true}
	of := map[string]string{}
	for _, c := range append(optimizerCases(), courseCases()...) {
		s.Train = defaults().Train
		s.Train.Epochs, s.Train.Batch = 1, 50
		c.set(&s.Train)
		r, err := a.learn(t.Context(), &s, d, newNet())
		must(t, err)
		var loss grad.SoftmaxCrossEntropy[float32]
		if c.balance {
			loss.ClassWeight = grad.BalancedWeights[float32](d.training.set.Y, d.training.set.Classes)
		}
		plain := train.Trainer[float32]{Model: newNet(), Loss: loss, Optimizer: c.optimizer, Rate: c.rate, Epochs: 1,
			Batch: 50, Seed: s.Seed, Warn: func(string) {}}
		if c.clip > 0 {
			plain.Clip = func(p []*layer.Param[float32]) float64 { return grad.ClipNorm(p, c.clip) }
		}
		_, err = plain.Run(t.Context(), d.training.set)
		must(t, err)
		got := valuesOf(r.net)
		if got != valuesOf(plain.Model) {
			t.Errorf("%s: other weights than those of a Trainer with these settings", c.text)
		}
		if other, is := of[got]; is && c.text != "lion, clip 0.25" { // it takes signs, which no clipping changes
			t.Errorf("%s: the same weights as %s", c.text, other)
		}
		of[got] = c.text
	}
}

// valuesOf returns the parameters of a net as a text.
func valuesOf(net layer.Layer[float32]) string {
	var b strings.Builder
	for _, p := range net.Params() {
		fmt.Fprintln(&b, p.Value)
	}
	return b.String()
}

// TestTrainFlags: each flag of train changes the weights that come out, or has a test of its own.
func TestTrainFlags(t *testing.T) {
	inFolder(t, "stones.csv")
	seen := map[string]bool{"out": true, "labels": true, "test-file": true, "precision": true, "patience": true,
		"threads": true, "config": true, "config-template": true, "json": true, "help": true}
	base := strings.Fields("train stones.csv --epochs 3 --hidden 8 --json")
	weightsOf := func(flags string) string {
		r := run(t, "", append(base, strings.Fields(flags)...)...)
		if r.code != ok {
			return "an error: " + r.errs
		}
		m, err := model.Load[float32]("stones.safetensors")
		must(t, err)
		return valuesOf(m.Net)
	}
	of := map[string]string{weightsOf(""): "no flag"}
	for _, flags := range []string{"--target quarry", "--target weight --task classes --drop length", "--drop length",
		"--kind width=category", "--separator ;", "--comment 1", "--missing north", "--test 0.3", "--validation 0.3",
		"--hidden 4", "--activation tanh", "--dropout 0", "--batchnorm", "--epochs 2", "--batch 10",
		"--optimizer sgd", "--lr 0.5", "--schedule cosine", "--balance", "--seed 2", "--decimal ,"} {
		for _, flag := range strings.Fields(flags) {
			if name, is := strings.CutPrefix(flag, "--"); is {
				seen[name] = true
			}
		}
		got := weightsOf(flags)
		if other, is := of[got]; is {
			t.Errorf("%s: as with %s", flags, other)
		}
		of[got] = flags
	}
	for name := range flagsOf(t, "train") {
		if !seen[name] {
			t.Errorf("--%s has no test", name)
		}
	}
}

// TestPatience: a training ends so many epochs after the best, with 0 at --epochs, and without validation too.
func TestPatience(t *testing.T) {
	inFolder(t, "stones.csv")
	args := strings.Fields("stones.csv --lr 0.2 --epochs 60 --hidden 8 --schedule constant --patience")
	for _, patience := range []int{1, 2, 5} {
		r := trainJSON(t, append(args, fmt.Sprint(patience))...)
		if r.Epochs != r.Best+patience || r.Epochs >= 60 {
			t.Errorf("--patience %d: %d epochs, the best is %d", patience, r.Epochs, r.Best)
		}
	}
	if r := trainJSON(t, append(args, "0")...); r.Epochs != 60 {
		t.Errorf("--patience 0: %d epochs, want 60", r.Epochs)
	}
	if r := trainJSON(t, append(args[:len(args)-1], "--validation", "0")...); r.Epochs != 60 {
		t.Errorf("--validation 0: %d epochs, want 60", r.Epochs)
	}
}

// TestTrainIdle: what was asked for and changes nothing is an error that says why, and nothing is written.
// What the rest of the settings has by itself is none.
func TestTrainIdle(t *testing.T) {
	inFolder(t, "stones.csv")
	put(t, "decay.toml", "[train]\nweight_decay = 0.3\n")
	put(t, "plain.toml", "[train]\nweight_decay = 0.01\npatience = 20\n[split]\ntest = 0.15\n")
	for _, c := range []struct{ flags, want string }{
		{"--test 0.3 --test-file stones.csv", "--test 0.3 changes nothing: the rows of the test are in the file " +
			"stones.csv"},
		{"--patience 3 --validation 0", "--patience 3 changes nothing: it counts epochs"},
		{"--hidden 0 --activation tanh", "--activation tanh changes nothing: it is for hidden layers"},
		{"--hidden 0 --dropout 0.1", "--dropout 0.1 changes nothing: it is for hidden layers"},
		{"--hidden 0 --batchnorm", "--batchnorm true changes nothing: it is for hidden layers"},
		{"--target weight --balance", `--balance gives each class the same weight, and the target "weight" has values`},
		{"--config decay.toml --optimizer sgd", "weight_decay 0.3 changes nothing: it is for adamw and lion, and the " +
			"optimizer is sgd"},
	} {
		r := run(t, "", append(strings.Fields("train stones.csv --epochs 1"), strings.Fields(c.flags)...)...)
		if text := strings.ReplaceAll(r.errs, "\n  ", " "); r.code != wrongUsage || !strings.Contains(text, c.want) {
			t.Errorf("%s: code %d, error %swant %q in it", c.flags, r.code, text, c.want)
		}
		if _, err := os.Stat("stones.safetensors"); err == nil {
			t.Fatalf("%s: a model was written", c.flags)
		}
	}
	for _, flags := range []string{"--test 0 --test-file stones.csv", "--patience 0 --validation 0", "--hidden 0",
		"--config plain.toml --optimizer sgd --test-file stones.csv --validation 0",
		"--config decay.toml --optimizer lion", "--config decay.toml"} {
		trainJSON(t, append([]string{"stones.csv", "--epochs", "1"}, strings.Fields(flags)...)...)
	}
}

// TestThreads: --threads caps the threads of the kernels, and 0 leaves them as they are.
func TestThreads(t *testing.T) {
	inFolder(t, "stones.csv")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	defer kernels.SetThreads(1) // as TestMain has it
	for _, c := range [][2]int{{3, 3}, {0, 3}, {2, 2}, {1, 1}} {
		trainJSON(t, "stones.csv", "--epochs", "1", "--hidden", "2", "--threads", fmt.Sprint(c[0]))
		if got := kernels.Threads(); got != c[1] {
			t.Errorf("--threads %d: %d threads, want %d", c[0], got, c[1])
		}
	}
}
