package command

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// What an option of convert may do.
const (
	file    = "file"    // OUT differs
	told    = "told"    // what is printed differs, and OUT does not
	refused = "refused" // an error names the option, and OUT is not written
)

// effects are what each option does for one kind of IN, for an OUT of ashlar, of ONNX and of PyTorch.
type effects map[string][3]string

var never = [3]string{refused, refused, refused}

// convertSources are the kinds of IN, with the flags that each needs.
var convertSources = []struct {
	in, flags string
	effects   effects
}{
	{"whole.safetensors", "", ofWhole},
	{"whole.onnx", "", ofWhole},
	{"numbered.safetensors", "--output logits --prefix net.", effects{
		"--activation tanh": {file, file, told}, "--output probabilities": {file, file, told},
		"--classes x,y,z": {file, file, refused}, "--prefix other.": never, "--modules a,b": never,
		"--at 1,2": {file, file, file}}},
	{"named.safetensors", "--output logits --prefix net. --modules fc1,fc2", effects{
		"--activation tanh": {file, file, told}, "--output probabilities": {file, file, told},
		"--classes x,y,z": {file, file, refused}, "--prefix other.": never, "--modules a,b": never,
		"--at 1,2": never}},
	{"sklearn.npz", "--output logits", effects{
		"--activation tanh": {file, file, told}, "--output probabilities": {file, file, told},
		"--classes x,y,z": {file, file, refused}, "--prefix other.": {refused, refused, file},
		"--modules a,b": {refused, refused, file}, "--at 1,2": never}},
}

var ofWhole = effects{"--activation tanh": never, "--output probabilities": never,
	"--classes x,y,z": {file, file, refused}, "--prefix other.": {refused, refused, file},
	"--modules a,b": {refused, refused, file}, "--at 1,2": never}

// ofAny are the options that do the same for every IN.
var ofAny = effects{"--int8": {file, refused, refused}, "--calibrate rows.csv": never,
	"--json": {told, told, told}}

// TestConvertOptions: each option has an effect in each direction, or an error names it.
func TestConvertOptions(t *testing.T) {
	inFolder(t)
	convertInputs(t)
	for _, c := range convertSources {
		seen := map[string]bool{"to": true, "help": true}
		for i, out := range []string{"o.safetensors", "o.onnx", "o.safetensors --to pytorch"} {
			command := "convert " + c.in + " " + out + " " + c.flags
			plain := good(t, "", strings.Fields(command)...)
			before := read(t, strings.Fields(out)[0])
			for _, table := range []effects{ofAny, c.effects} {
				for option, want := range table {
					name, _, _ := strings.Cut(strings.TrimPrefix(option, "--"), " ")
					seen[name] = true
					if got := effectOf(t, command, option, name, plain, before); got != want[i] {
						t.Errorf("%s %s: %s, want %s", command, option, got, want[i])
					}
				}
			}
		}
		for name := range flagsOf(t, "convert") {
			if !seen[name] {
				t.Errorf("%s: --%s is in no table", c.in, name)
			}
		}
	}
}

// effectOf runs a command with an option, and tells what is not as without.
func effectOf(t *testing.T, command, option, name, plain, before string) string {
	t.Helper()
	out := strings.Fields(command)[2]
	must(t, os.Remove(out))
	r := run(t, "", strings.Fields(command+" "+option)...)
	text, err := os.ReadFile(out)
	put(t, out, before)
	switch {
	case r.code != ok && err != nil && strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), "--"+name):
		return refused
	case r.code != ok || err != nil:
		return r.errs
	case string(text) != before:
		return file
	case r.out != plain:
		return told
	}
	return "nothing"
}

// flagsOf returns the names of the flags of a subcommand.
func flagsOf(t *testing.T, name string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for line := range strings.SplitSeq(good(t, "", "help", name), "\n") {
		if _, flag, is := strings.Cut(line, "--"); is && strings.HasPrefix(line, "  ") {
			names[strings.Fields(flag)[0]] = true
		}
	}
	return names
}

// TestConvertInt8Classes: the classes have the names of --classes in int8 too.
func TestConvertInt8Classes(t *testing.T) {
	inFolder(t)
	convertInputs(t)
	for _, c := range convertSources {
		good(t, "", strings.Fields("convert "+c.in+" o.safetensors --int8 --classes x,y,z "+c.flags)...)
		m, err := model.Load[float32]("o.safetensors")
		must(t, err)
		if got := strings.Join(m.Classes, ","); got != "x,y,z" {
			t.Errorf("%s: classes %s, want x,y,z", c.in, got)
		}
	}
}

// TestConvertNames: --prefix and --modules are the names of the tensors of a state_dict.
func TestConvertNames(t *testing.T) {
	inFolder(t)
	convertInputs(t)
	for flags, want := range map[string]string{
		"":                                "0.bias 0.weight 3.bias 3.weight",
		"--prefix a.":                     "a.0.bias a.0.weight a.3.bias a.3.weight",
		"--modules fc1,fc2":               "fc1.bias fc1.weight fc2.bias fc2.weight",
		"--modules in,out --prefix b.net": "b.netin.bias b.netin.weight b.netout.bias b.netout.weight",
	} {
		good(t, "", strings.Fields("convert whole.safetensors o.safetensors --to pytorch "+flags)...)
		f, err := model.Open("o.safetensors")
		must(t, err)
		var names words
		for _, tensor := range f.Tensors() {
			names = append(names, tensor.Name)
		}
		must(t, f.Close())
		slices.Sort(names)
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q: tensors %s, want %s", flags, got, want)
		}
	}
	array := &data.Array[float64]{Dims: []int{3, 2}, Data: []float64{1, 2, 3, 4, 5, 6}}
	must(t, data.WriteNPZFile("linear.npz", map[string]data.AnyArray{"coef_": array,
		"intercept_": &data.Array[float64]{Dims: []int{3}, Data: []float64{1, 2, 3}}}))
	for _, c := range [][2]string{
		{"whole.safetensors o.safetensors --to pytorch --modules fc1",
			"--modules has 1 names, want 2, one for each part of the net with weights"},
		{"linear.npz o.safetensors --output logits --activation tanh",
			"--activation tanh changes nothing: there is no activation between the layers of linear.npz"},
	} {
		r := run(t, "", append([]string{"convert"}, strings.Fields(c[0])...)...)
		if r.code != wrongUsage || !strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), c[1]) {
			t.Errorf("%s: code %d, %swant %q", c[0], r.code, r.errs, c[1])
		}
	}
	good(t, "", strings.Fields("convert linear.npz o.safetensors --output logits")...)
}

// convertInputs writes the same net in every form that convert reads.
func convertInputs(t *testing.T) {
	t.Helper()
	inner := layer.NewLinear[float32](4, 4, kernels.ActReLU)
	outer := layer.NewLinear[float32](4, 3, kernels.ActIdentity)
	n := layer.NewSequential[float32](inner, layer.NewDropout[float32](0.5), outer)
	layer.Initialize(n, 1)
	must(t, model.Save("whole.safetensors", &model.Model[float32]{Net: n, In: 4, Output: model.OutputLogits}))
	good(t, "", "convert", "whole.safetensors", "whole.onnx")
	must(t, model.SavePyTorch("numbered.safetensors", n, model.PyTorch{Prefix: "net."}))
	names := model.PyTorch{Prefix: "net.", Modules: []string{"fc1", "fc2"}}
	must(t, model.SavePyTorch("named.safetensors", n, names))
	arrays := map[string]data.AnyArray{}
	for i, l := range []*layer.Linear[float32]{inner, outer} {
		number := string(rune('0' + i))
		arrays["coefs_"+number] = &data.Array[float32]{Dims: l.W.Shape, Data: l.W.Value}
		arrays["intercepts_"+number] = &data.Array[float32]{Dims: []int{l.W.Shape[1]}, Data: l.B.Value}
	}
	must(t, data.WriteNPZFile("sklearn.npz", arrays))
	put(t, "rows.csv", "a,b,c,d\n1,2,3,4\n2,3,4,5\n")
}
