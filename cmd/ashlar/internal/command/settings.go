package command

import (
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
)

// settings are what train can be told, by flags or in a file of TOML. 0, "" and nil leave a choice to
// train, unless a comment says more.
type settings struct {
	Target  string `toml:"target"`
	Task    string `toml:"task"` // auto, classes or values
	Out     string `toml:"out"`
	Seed    uint64 `toml:"seed"`
	Threads int    `toml:"threads"`

	Table tableSettings `toml:"table"`
	Split splitSettings `toml:"split"`
	Net   netSettings   `toml:"net"`
	Train trainSettings `toml:"train"`
}

type tableSettings struct {
	Separator string `toml:"separator"`
	Decimal   string `toml:"decimal"`
	Comment   string `toml:"comment"`
	Missing   words  `toml:"missing"`
	Drop      words  `toml:"drop"`
	Kinds     kinds  `toml:"kinds"`
	Labels    string `toml:"labels"`
}

type splitSettings struct {
	Validation float64 `toml:"validation"` // the fraction of the rows
	Test       float64 `toml:"test"`
	TestFile   string  `toml:"test_file"`
}

type netSettings struct {
	Hidden     sizes    `toml:"hidden"`
	Activation string   `toml:"activation"`
	Dropout    *float64 `toml:"dropout"`
	BatchNorm  bool     `toml:"batchnorm"`
}

type trainSettings struct {
	Epochs      int     `toml:"epochs"`
	Batch       int     `toml:"batch"`
	Optimizer   string  `toml:"optimizer"`
	Rate        float64 `toml:"lr"`
	Schedule    string  `toml:"schedule"`
	WeightDecay float64 `toml:"weight_decay"`
	Patience    int     `toml:"patience"`
	Clip        float64 `toml:"clip"`
	Balance     bool    `toml:"balance"`
	Precision   string  `toml:"precision"`
}

// defaults are the settings without flags and file.
func defaults() settings {
	return settings{
		Task:  "auto",
		Seed:  1,
		Split: splitSettings{Validation: 0.15, Test: 0.15},
		Net:   netSettings{Activation: "relu"},
		Train: trainSettings{Epochs: 200, Optimizer: "adamw", Schedule: "plateau", WeightDecay: 0.01,
			Patience: 20, Precision: kernels.Highest.String()},
	}
}

var (
	tasks       = []string{"auto", "classes", "values"}
	activations = []string{"relu", "leaky_relu(0.01)", "tanh", "sigmoid", "gelu", "silu", "elu(1)",
		"softplus"}
	optimizers = []string{"adamw", "adam", "nadam", "sgd", "momentum", "nesterov", "rmsprop", "adagrad",
		"lion"}
	schedules  = []string{"plateau", "constant", "cosine", "onecycle"}
	precisions = []string{kernels.Highest.String(), kernels.High.String(), kernels.Medium.String()}
)

// flags adds a flag for each of the usual settings.
func (s *settings) flags(c *cobra.Command) {
	f := c.Flags()
	f.SortFlags = false
	f.StringVarP(&s.Target, "target", "t", s.Target, "the `column` to predict (default the last one)")
	f.StringVar(&s.Task, "task", s.Task, "predict `what`: classes or values; auto: by the target")
	f.StringVarP(&s.Out, "out", "o", s.Out, "`path` of the files without suffix (default that of FILE)")
	f.Var(&s.Table.Drop, "drop", "`columns` to leave out, such as id,name")
	f.Var(&s.Table.Kinds, "kind", "`kinds` of columns: zip=category,id=text")
	s.Table.flags(f, "none", "such as NA")
	f.StringVar(&s.Table.Labels, "labels", "", "`file` with the target: one column of npy, IDX or CSV")
	f.Float64Var(&s.Split.Test, "test", s.Split.Test, "`fraction` of the rows for the test; 0 for none")
	f.StringVar(&s.Split.TestFile, "test-file", "", "`file` with the rows for the test")
	f.Float64Var(&s.Split.Validation, "validation", s.Split.Validation,
		"`fraction` of the rows that end the training")
	f.Var(&s.Net.Hidden, "hidden", "`sizes` of the hidden layers, such as 64,32; 0 for none (default by the rows)")
	f.StringVar(&s.Net.Activation, "activation", s.Net.Activation, "`function` of the hidden layers")
	f.Var(&dropoutFlag{&s.Net.Dropout}, "dropout",
		"`fraction` of hidden units left out in training (default by the rows)")
	f.BoolVar(&s.Net.BatchNorm, "batchnorm", false, "normalise each hidden layer over the batch")
	f.IntVarP(&s.Train.Epochs, "epochs", "e", s.Train.Epochs, "the most `passes` over the rows")
	f.IntVarP(&s.Train.Batch, "batch", "b", 0, "`rows` of a batch (default by the rows)")
	f.StringVar(&s.Train.Optimizer, "optimizer", s.Train.Optimizer, "`name` of the optimizer")
	f.Float64Var(&s.Train.Rate, "lr", 0, "learning `rate` (default by the optimizer)")
	f.StringVar(&s.Train.Schedule, "schedule", s.Train.Schedule, "`course` of the rate")
	f.IntVar(&s.Train.Patience, "patience", s.Train.Patience,
		"`epochs` without progress before the end; 0: never")
	f.BoolVar(&s.Train.Balance, "balance", false, "give each class the same weight")
	f.StringVar(&s.Train.Precision, "precision", s.Train.Precision,
		"`level` of the products in training: highest, high or medium")
	f.Uint64Var(&s.Seed, "seed", s.Seed, "`number` that decides every random choice")
	f.IntVar(&s.Threads, "threads", 0, "`number` of threads (default all)")
	oneOf(c, "task", tasks)
	oneOf(c, "activation", activations)
	oneOf(c, "optimizer", optimizers)
	oneOf(c, "schedule", schedules)
	oneOf(c, "precision", precisions)
}

// file reads settings from a file. The flags that were given count more.
func (s *settings) file(path string, flags *pflag.FlagSet) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return usageError{err}
	}
	given := map[*pflag.Flag]string{}
	flags.Visit(func(f *pflag.Flag) { given[f] = f.Value.String() })
	d := toml.NewDecoder(strings.NewReader(string(text))).DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return usageError{tomlError(path, err)}
	}
	for f, value := range given {
		if err := f.Value.Set(value); err != nil {
			return err // it was set to this before
		}
	}
	return nil
}

// tomlError names the file, the line and the column of what is wrong with a file of TOML.
func tomlError(path string, err error) error {
	if strict, is := errors.AsType[*toml.StrictMissingError](err); is && len(strict.Errors) > 0 {
		line, column := strict.Errors[0].Position()
		return fmt.Errorf("%s: line %d, column %d: there is no setting %q", path, line, column,
			strings.Join(strict.Errors[0].Key(), "."))
	}
	if wrong, is := errors.AsType[*toml.DecodeError](err); is {
		line, column := wrong.Position()
		text := plainTOML(strings.TrimPrefix(wrong.Error(), "toml: "))
		if key := wrong.Key(); len(key) > 0 {
			text = strings.Join(key, ".") + ": " + text
		}
		return fmt.Errorf("%s: line %d, column %d: %s", path, line, column, text)
	}
	return fmt.Errorf("%s: %w", path, err)
}

var (
	wrongTOML    = regexp.MustCompile(`^cannot decode TOML (\w+) into struct field \S+ of type (\S+)$`)
	negativeTOML = regexp.MustCompile(`^negative integer value (-\d+) cannot be stored in \w+$`)
)

// plainTOML says what a setting takes, where the decoder names types of Go.
func plainTOML(text string) string {
	if m := negativeTOML.FindStringSubmatch(text); m != nil {
		return "it is " + m[1] + ", want at least 0"
	}
	m := wrongTOML.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	want, is := map[string]string{"string": "a text in quotes", "int": "a whole number",
		"uint64":  "a whole number",
		"float64": "a number", "bool": "true or false", "command.words": "a list of texts",
		"command.sizes": "a list of whole numbers", "command.kinds": `kinds such as {zip = "category"}`}[m[2]]
	if !is {
		want = "a section such as [table]"
	}
	return "it is of the TOML type " + m[1] + ", want " + want
}

// check returns a usageError for a setting that cannot be.
func (s *settings) check() error {
	fraction := func(name string, v, most float64) error {
		if !(v >= 0 && v < most) {
			return usagef("%s is %v, want at least 0 and less than %v", name, v, most)
		}
		return nil
	}
	var test float64
	if s.Split.TestFile == "" {
		test = s.Split.Test
	}
	_, act := kernels.ParseActivation(s.Net.Activation)
	rest := []error{
		known("task", s.Task, tasks), known("optimizer", s.Train.Optimizer, optimizers),
		known("schedule", s.Train.Schedule, schedules), known("precision", s.Train.Precision, precisions),
		fraction("validation", s.Split.Validation, 1), fraction("test", s.Split.Test, 1),
		fraction("validation and test together", s.Split.Validation+test, 1),
		fraction("dropout", s.Net.dropout(0), 1),
		least("epochs", s.Train.Epochs, 1), least("batch", s.Train.Batch, 0),
		least("patience", s.Train.Patience, 0), least("threads", s.Threads, 0),
		notNegative("lr", s.Train.Rate), notNegative("weight_decay", s.Train.WeightDecay),
		notNegative("clip", s.Train.Clip), s.Table.check(),
	}
	if act != nil {
		rest = append(rest, usagef("activation is %q, want one such as %s", s.Net.Activation,
			strings.Join(activations, ", ")))
	}
	if err := s.Net.Hidden.check(); err != nil {
		rest = append(rest, usagef("hidden: %w", err))
	}
	for _, err := range rest {
		if err != nil {
			return err
		}
	}
	return nil
}

func known(name, value string, list []string) error {
	if !slices.Contains(list, value) {
		return usagef("%s is %q, want one of %s", name, value, strings.Join(list, ", "))
	}
	return nil
}

func least(name string, v, low int) error {
	if v < low {
		return usagef("%s is %d, want at least %d", name, v, low)
	}
	return nil
}

func notNegative(name string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 0) {
		return usagef("%s is %v, want a number of at least 0", name, v)
	}
	return nil
}

// oneRune returns the one character of a text, 0 of none. "tab" is one too, since a shell makes it hard
// to write.
func oneRune(name, text string) (rune, error) {
	if text == "tab" || text == `\t` {
		return '\t', nil
	}
	r, n := utf8.DecodeRuneInString(text)
	if n < len(text) || text != "" && r == utf8.RuneError {
		return 0, usagef("%s is %q, want one character, or tab", name, text)
	}
	if text == "" {
		return 0, nil
	}
	return r, nil
}

// options are what the settings say of files with rows. They have been checked.
func (t *tableSettings) options() data.TableOptions {
	comma, _ := oneRune("", t.Separator)
	decimal, _ := oneRune("", t.Decimal)
	comment, _ := oneRune("", t.Comment)
	o := data.TableOptions{Comma: comma, Decimal: decimal, Comment: comment}
	if len(t.Missing) > 0 {
		o.Missing = t.Missing
	}
	if len(t.Kinds) > 0 {
		o.Kinds = map[string]data.Kind{}
		for name, is := range t.Kinds {
			o.Kinds[name] = data.Kind(is)
		}
	}
	return o
}

// words is a list of texts, in a flag with commas between them.
type words []string

func (w *words) String() string { return strings.Join(*w, ",") }
func (w *words) Type() string   { return "list" }

// Set replaces the list.
func (w *words) Set(text string) error {
	*w = words{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			*w = append(*w, part)
		}
	}
	return nil
}

// sizes is a list of numbers of at least 1, in a flag with commas between them. 0 alone is no layer.
type sizes []int

func (s *sizes) String() string {
	var w words
	for _, n := range *s {
		w = append(w, strconv.Itoa(n))
	}
	return w.String()
}

// Type is what a flag shows.
func (s *sizes) Type() string { return "sizes" }

// mostUnits bounds a layer: more are a slip of the finger.
const mostUnits = 1 << 16

// Set replaces the list.
func (s *sizes) Set(text string) error {
	var w words
	_ = w.Set(text)
	list := sizes{}
	for _, part := range w {
		n, err := strconv.Atoi(part)
		if err != nil {
			return fmt.Errorf("%q is no whole number", part)
		}
		list = append(list, n)
	}
	if err := list.check(); err != nil {
		return err
	}
	*s = list
	return nil
}

func (s sizes) check() error {
	for _, n := range s {
		if (n < 1 || n > mostUnits) && !(n == 0 && len(s) == 1) {
			return fmt.Errorf("a layer of %d units, want 1 to %d, or 0 alone for no layer", n, mostUnits)
		}
	}
	return nil
}

// kinds are the kinds of columns by name, in a flag as zip=category,id=text.
type kinds map[string]kind

// Type is what a flag shows.
func (k *kinds) Type() string { return "kinds" }

func (k *kinds) String() string {
	var w words
	for name, is := range *k {
		w = append(w, name+"="+data.Kind(is).String())
	}
	slices.Sort(w)
	return w.String()
}

// Set replaces the kinds.
func (k *kinds) Set(text string) error {
	var w words
	_ = w.Set(text)
	list := kinds{}
	for _, part := range w {
		name, kindText, has := strings.Cut(part, "=")
		if !has {
			return fmt.Errorf("%q, want name=kind", part)
		}
		var is kind
		if err := is.UnmarshalText([]byte(kindText)); err != nil {
			return err
		}
		list[name] = is
	}
	*k = list
	return nil
}

// kind is the kind of a column, by its name in a file.
type kind data.Kind

// UnmarshalText reads number, category or text.
func (k *kind) UnmarshalText(text []byte) error {
	for _, is := range []data.Kind{data.KindNumber, data.KindCategory, data.KindText} {
		if is.String() == string(text) {
			*k = kind(is)
			return nil
		}
	}
	return fmt.Errorf("%q is no kind, want number, category or text", text)
}
