package command

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestConfigTemplate: the template has every setting, each with its default.
func TestConfigTemplate(t *testing.T) {
	inFolder(t, "stones.csv")
	text := good(t, "", "train", "--config-template")
	for line := range strings.SplitSeq(text, "\n") {
		if len(line) > 100 {
			t.Errorf("a line of %d columns: %s", len(line), line)
		}
	}
	put(t, "s.toml", text)
	s, want := defaults(), defaults()
	root := (&app{}).train()
	if err := s.file("s.toml", root.Flags()); err != nil {
		t.Fatal(err)
	}
	s.Table.Missing, s.Table.Drop, s.Table.Kinds = nil, nil, nil // empty there
	if !reflect.DeepEqual(s, want) {
		t.Errorf("the template gives\n%+v\nwant the defaults\n%+v", s, want)
	}
	count := 0
	var fields func(v reflect.Type)
	fields = func(v reflect.Type) {
		for i := range v.NumField() {
			f := v.Field(i)
			if f.Type.Kind() == reflect.Struct {
				fields(f.Type)
				continue
			}
			count++
			if !strings.Contains(text, "\n"+f.Tag.Get("toml")+" = ") && !strings.Contains(text,
				"\n# "+f.Tag.Get("toml")+" = ") {
				t.Errorf("the template has no %s", f.Tag.Get("toml"))
			}
		}
	}
	fields(reflect.TypeFor[settings]())
	if count < 25 {
		t.Errorf("looked at %d settings", count)
	}
}

// TestConfig trains with a file, of which one setting is overridden.
func TestConfig(t *testing.T) {
	inFolder(t, "stones.csv")
	put(t, "s.toml", `
target = "quarry"
seed = 9
[table]
drop = ["length"]
kinds = {width = "category"}
[net]
hidden = [7, 5]
[train]
epochs = 3
`)
	r := run(t, "", "train", "stones.csv", "-c", "s.toml", "--epochs", "2", "--hidden", "4", "--json")
	var got trainResult
	if err := json.Unmarshal([]byte(r.out), &got); err != nil {
		t.Fatalf("%v\n%s", err, r.errs)
	}
	if got.Target != "quarry" || got.Epochs != 2 || !reflect.DeepEqual(got.Hidden, []int{4}) ||
		got.Task != "classes" || !reflect.DeepEqual(got.Classes, []string{"north", "south"}) {
		t.Errorf("%+v", got)
	}
	for _, name := range got.Features {
		if strings.HasPrefix(name, "length") || name == "width" {
			t.Errorf("feature %s, which the file drops or makes a category", name)
		}
	}
}

// TestConfigErrors: what is wrong with a file is told with its place, before anything is read.
func TestConfigErrors(t *testing.T) {
	inFolder(t, "stones.csv")
	for _, c := range []struct{ text, want string }{
		{"target = \"kind\"\n[train]\nepoch = 3\n",
			`s.toml: line 3, column 1: there is no setting "train.epoch"`},
		{"targets = 1\n", `s.toml: line 1, column 1: there is no setting "targets"`},
		{"[train]\nepochs = \"many\"\n", "s.toml: line 2, column 10: train.epochs: it is of the TOML type " +
			"string, want a whole number"},
		{"[net]\nhidden = [\"a\"]\n", "s.toml: line 2, column 11: "},
		{"[net]\nhidden = 3\n", "want a list of whole numbers"},
		{"[table]\nmissing = 3\n", "want a list of texts"},
		{"[table]\nkinds = 3\n", "want kinds such as"},
		{"[train]\nlr = \"x\"\n", "want a number"},
		{"[net]\nbatchnorm = 1\n", "want true or false"},
		{"target = 3\n", "want a text in quotes"},
		{"table = 3\n", "want a section such as [table]"},
		{"[train\n", "s.toml: line 1, column 7: "},
		{"seed = -1\n", "s.toml: line 1, column 8: seed: it is -1, want at least 0"},
		{"[table]\nkinds = {zip = \"colour\"}\n", `"colour" is no kind, want number, category or text`},
		{"[train]\noptimizer = \"fast\"\n", `optimizer is "fast", want one of`},
		{"[train]\nprecision = \"low\"\n", `precision is "low", want one of highest, high, medium`},
		{"[net]\nhidden = [0, 3]\n", "a layer of 0 units"},
	} {
		put(t, "s.toml", c.text)
		r := run(t, "", "train", "stones.csv", "-c", "s.toml")
		text := strings.ReplaceAll(r.errs, "\n  ", " ")
		if r.code != wrongUsage || !strings.Contains(text, c.want) || r.out != "" ||
			strings.Contains(text, "struct") || strings.Contains(text, "command.") {
			t.Errorf("%q: code %d, error %swant %q in it", c.text, r.code, text, c.want)
		}
	}
	if r := run(t, "", "train", "stones.csv", "-c", "none.toml"); r.code != wrongUsage {
		t.Errorf("no file: code %d", r.code)
	}
	if _, err := os.Stat("stones.safetensors"); err == nil {
		t.Error("a model was written")
	}
}

// TestDropout: without the flag the rows decide, and a dropout of 0 is none.
func TestDropout(t *testing.T) {
	var n netSettings
	if few, many := n.dropout(fewRows-1), n.dropout(fewRows); few != 0.2 || many != 0 {
		t.Errorf("by the rows %v and %v, want 0.2 and 0", few, many)
	}
	f := dropoutFlag{&n.Dropout}
	must(t, f.Set("0"))
	if got := n.dropout(1); got != 0 || f.String() != "0" {
		t.Errorf("%v, %q, want none", got, f.String())
	}
	if f.Set("some") == nil {
		t.Error("a word is no error")
	}
}
