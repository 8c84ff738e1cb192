package command

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/console"
	"github.com/ashlar-go/ashlar/kernels"
)

var update = flag.Bool("update", false, "write the golden files")

// TestMain runs all on the tier that gives the same bits on every machine.
func TestMain(m *testing.M) {
	if err := kernels.Limit(kernels.Generic); err != nil {
		panic(err)
	}
	kernels.SetThreads(1)
	os.Exit(m.Run())
}

// result is what a run of the command gave.
type result struct {
	code      int
	out, errs string
}

// run runs the command.
func run(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	return runContext(t.Context(), strings.NewReader(stdin), args...)
}

func runContext(ctx context.Context, stdin io.Reader, args ...string) result {
	var out, errs bytes.Buffer
	code := Run(ctx, args, stdin, &out, &errs)
	return result{code, out.String(), errs.String()}
}

// good runs the command, which must succeed without a warning.
func good(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := run(t, stdin, args...)
	if r.code != ok || r.errs != "" {
		t.Fatalf("ashlar %s: code %d\n%s", strings.Join(args, " "), r.code, r.errs)
	}
	return r.out
}

// inFolder makes an empty folder the current one, with copies of files of testdata.
func inFolder(t *testing.T, files ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, name), string(text))
	}
	t.Chdir(dir)
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// golden compares a text with a file, and its lines with the width of a terminal.
func golden(t *testing.T, name, got string) {
	t.Helper()
	for i, line := range strings.Split(got, "\n") {
		if n := console.Columns(line); n > console.Width {
			t.Errorf("%s: line %d has %d columns: %s", name, i+1, n, line)
		}
	}
	path := filepath.Join(home, "testdata", "golden", name+".txt")
	if *update {
		put(t, path, got)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test -update writes it", err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant, or go test -update\n%s", name, got, want)
	}
}

// home is the folder of the package.
var home, _ = os.Getwd()

var (
	times    = regexp.MustCompile(`\d+(\.\d+)? (ms|s)\b`)
	versions = regexp.MustCompile(`ashlar (\(devel\)|v[^\s,]+)`)
	sizesOf  = regexp.MustCompile(`(a model.*), [0-9.]+ KiB`) // a version is in the file
)

// steady replaces what differs from run to run.
func steady(text string) string {
	text = sizesOf.ReplaceAllString(text, "$1, SIZE")
	return versions.ReplaceAllString(times.ReplaceAllString(text, "TIME"), "ashlar VERSION")
}

// TestHelp compares the help of every command with its file, and has each named in the list.
func TestHelp(t *testing.T) {
	list := good(t, "")
	golden(t, "help", list)
	if good(t, "", "help") != list || good(t, "", "--help") != list || good(t, "", "-h") != list {
		t.Error("help, --help and -h differ")
	}
	commands := []string{"train", "predict", "eval", "describe", "convert", "bench", "info", "completion",
		"version"}
	for _, name := range commands {
		text := good(t, "", "help", name)
		golden(t, "help_"+name, text)
		if good(t, "", name, "--help") != text {
			t.Errorf("%s --help is not help %s", name, name)
		}
		if !strings.Contains(text, "Examples:\n  ") {
			t.Errorf("%s has no examples", name)
		}
		if !strings.Contains(list, "\n  "+name+" ") {
			t.Errorf("the help does not list %s", name)
		}
	}
	_, listed, _ := strings.Cut(list, "Commands:\n")
	listed, _, _ = strings.Cut(listed, "\n\n")
	if n := strings.Count(listed, "\n") + 1; n != len(commands) {
		t.Errorf("the help lists %d commands, want %d:\n%s", n, len(commands), listed)
	}
}

// TestUsage: wrong flags and arguments are told apart from failures, and nothing goes to the output.
func TestUsage(t *testing.T) {
	inFolder(t, "stones.csv")
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"nothing", wrongUsage, `unknown command "nothing"`},
		{"help nothing", wrongUsage, `there is no command "nothing"`},
		{"train", wrongUsage, "0 files, want one"},
		{"train stones.csv --rate 3", wrongUsage, "unknown flag: --rate"},
		{"train stones.csv --epochs x", wrongUsage, "invalid argument"},
		{"train stones.csv --epochs 0", wrongUsage, "epochs is 0, want at least 1"},
		{"train stones.csv -epochs=-1", wrongUsage, "epochs is -1, want at least 1"},
		{"train stones.csv --lr NaN", wrongUsage, "lr is NaN"},
		{"train stones.csv --test 1", wrongUsage, "test is 1, want at least 0 and less than 1"},
		{"train stones.csv --test 0.5 --validation 0.5", wrongUsage, "validation and test together"},
		{"train stones.csv --dropout 1", wrongUsage, "dropout is 1"},
		{"train stones.csv --hidden 8,-1", wrongUsage, "a layer of -1 units"},
		{"train stones.csv --hidden 8,x", wrongUsage, `"x" is no whole number`},
		{"train stones.csv --activation sine", wrongUsage, `activation is "sine", want one such as relu`},
		{"train stones.csv --optimizer fast", wrongUsage, `optimizer is "fast", want one of adamw`},
		{"train stones.csv --task guess", wrongUsage, `task is "guess"`},
		{"train stones.csv --task values", wrongUsage, `the target "kind" is of category, want numbers`},
		{"train stones.csv --target size", wrongUsage,
			`there is no column "size", want one of length, width`},
		{"train stones.csv --drop kind", wrongUsage, `--drop leaves out the target "kind"`},
		{"train stones.csv --drop size", wrongUsage, `"size"`},
		{"train stones.csv --kind width=colour", wrongUsage, `"colour" is no kind`},
		{"train stones.csv --separator ab", wrongUsage, `separator is "ab", want one character`},
		{"train stones.csv --out none/x", failed,
			"cannot write none/x.safetensors: no such file or directory"},
		{"train none.csv", failed, "none.csv: no such file or directory"},
		{"train .", failed, ". is a folder, want a file"},
		{"predict", wrongUsage, "accepts between 1 and 2 arg(s), received 0"},
		{"predict stones.csv", wrongUsage, "stones.csv is csv, want a model"},
		{"eval a", wrongUsage, "accepts 2 arg(s), received 1"},
		{"describe", wrongUsage, "requires at least 1 arg(s)"},
		{"convert a a", wrongUsage, "IN and OUT are both a"},
		{"convert stones.csv out.onnx", wrongUsage, "stones.csv is csv, want safetensors, ONNX or npz"},
		{"convert a b --to keras", wrongUsage, `to is "keras", want one of ashlar, onnx, pytorch`},
		{"bench --seconds 0", wrongUsage, "--seconds is 0"},
		{"info 1 2", wrongUsage, "2 arguments, want none or the sizes M N K"},
		{"info 1 2 x", wrongUsage, `K is "x", want a whole number`},
		{"info 9000000000000 9000000000000 1", wrongUsage, "is larger than memory can be"},
		{"completion tcsh", wrongUsage, `invalid argument "tcsh"`},
		{"version 2", wrongUsage, `unknown command "2"`},
	} {
		r := run(t, "", strings.Fields(c.args)...)
		text := strings.ReplaceAll(strings.ReplaceAll(r.errs, "\n  ", " "), "\n", " ")
		if r.code != c.code || !strings.Contains(text, c.want) || r.out != "" {
			t.Errorf("ashlar %s: code %d, want %d; output %q; error\n%swant %q in it", c.args, r.code,
				c.code, r.out, r.errs, c.want)
		}
		if c.code == wrongUsage && !strings.Contains(r.errs, "--help' shows the flags") {
			t.Errorf("ashlar %s does not point to the help: %s", c.args, r.errs)
		}
	}
	if files, _ := filepath.Glob("*"); len(files) != 1 {
		t.Errorf("files %v, want stones.csv alone", files)
	}
}

// TestDashes: flags of one and of two dashes are the same, other words are left alone.
func TestDashes(t *testing.T) {
	if good(t, "", "version", "-json") != good(t, "", "version", "--json") {
		t.Error("-json is not --json")
	}
	a := &app{Console: console.New(nil, io.Discard, io.Discard)}
	got := doubleDashes(a.root(), []string{"train", "-epochs", "3", "-epochs=3", "-e", "3", "-unknown",
		"--json", "-", "--",
		"-epochs"})
	want := "train --epochs 3 --epochs=3 -e 3 -unknown --json - -- -epochs"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestCompletion: the scripts are those of the shells, and flags and files complete.
func TestCompletion(t *testing.T) {
	for shell, want := range map[string]string{"bash": "complete -o default", "zsh": "#compdef ashlar",
		"fish": "complete -c ashlar"} {
		if text := good(t, "", "completion", shell); !strings.Contains(text, want) {
			t.Errorf("%s: no %q in %d bytes", shell, want, len(text))
		}
	}
	for _, c := range []struct{ args, want string }{
		{"tr", "train"}, {"help de", "describe"}, {"train x --optimizer a", "adamw"}, {"convert a b --to o",
			"onnx"},
		{"train x --precision m", "medium"}, {"completion z", "zsh"}, {"train x --ep", "--epochs"},
	} {
		r := run(t, "", append([]string{"__complete"}, strings.Fields(c.args)...)...)
		if !strings.Contains(r.out, c.want) {
			t.Errorf("%s completes to %q, want %s", c.args, r.out, c.want)
		}
	}
}
