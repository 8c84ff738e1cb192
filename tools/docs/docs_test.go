package docs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const root = "../.."

// pages returns the documents of the repository.
func pages(t *testing.T) (list []*page) {
	t.Helper()
	names := []string{"README.md", "CONTRIBUTING.md", "bench/README.md"}
	found, err := filepath.Glob(root + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		names = append(names, "docs/"+filepath.Base(f))
	}
	for _, n := range names {
		text, err := os.ReadFile(filepath.Join(root, n))
		if err != nil {
			t.Fatal(err)
		}
		p, err := readPage(n, string(text))
		if err != nil {
			t.Error(err)
			continue
		}
		list = append(list, p)
	}
	return list
}

// TestRun compiles all programs of all pages into one binary, and runs what each page runs.
func TestRun(t *testing.T) {
	list := pages(t)
	bin := t.TempDir()
	names := build(t, list, bin)
	if t.Failed() {
		return
	}
	if slices.ContainsFunc(list, func(p *page) bool {
		return slices.ContainsFunc(p.steps, func(s *step) bool { return s.script.lang == "sh" })
	}) {
		dir, err := ashlar()
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	for _, p := range list {
		if len(p.steps) == 0 {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, f := range p.files {
				if err := os.WriteFile(filepath.Join(dir, f.words[0]), []byte(f.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, s := range p.steps {
				s.run(t, dir, bin, names)
			}
		})
	}
}

// build writes the programs as packages that exist in the overlay of one build alone, and returns their
// names.
func build(t *testing.T, list []*page, bin string) map[*program]string {
	t.Helper()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	src := t.TempDir()
	replace := map[string]string{}
	write := func(path, text string) {
		file := filepath.Join(src, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(here, "overlay", path)] = file
	}
	names := map[*program]string{}
	driver := "package main\n\nimport \"os\"\n"
	for _, p := range list {
		for _, s := range p.steps {
			if s.program == nil {
				continue
			}
			name := fmt.Sprintf("block%d", len(names))
			text, err := s.program.source(name, filepath.Dir(filepath.Dir(here)))
			if err != nil {
				t.Error(err)
				continue
			}
			names[s.program] = name
			write(name+"/block.go", text)
			write(name+"/mark.go", "package "+name+"\n\nimport \"os\"\n\n"+
				"func mark() error { _, err := os.Stdout.WriteString(\""+mark+"\"); return err }\n")
			driver += "import \"" + ours + "tools/docs/overlay/" + name + "\"\n"
		}
	}
	driver += "\nvar blocks = map[string]func() error{\n"
	for _, n := range slices.Sorted(maps.Values(names)) {
		driver += "\"" + n + "\": " + n + ".Block,\n"
	}
	driver += "}\n\nfunc main() {\n\tname := os.Args[1]\n\tos.Args = os.Args[:1]\n" +
		"\tif err := blocks[name](); err != nil {\n\t\tprintln(err.Error())\n\t\tos.Exit(1)\n\t}\n}\n"
	write("main.go", driver)
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(src, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := goBuild("-overlay", file, "-o", filepath.Join(bin, "blocks"), "./overlay"); err != nil {
		t.Errorf("a block does not compile: %v\n%s", err, out)
	}
	return names
}

// mark separates the outputs of two blocks of a program.
const mark = "\\x1e"

// ashlar is the folder with the command, built once.
var ashlar = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(temp, "command")
	out, err := goBuild("-o", filepath.Join(dir, "ashlar"), ours+"cmd/ashlar")
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return dir, err
})

// temp is a folder for the whole run.
var temp string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "docs")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	temp = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// goBuild links without tables for debuggers, which takes less time.
func goBuild(args ...string) ([]byte, error) {
	return exec.Command("go", append([]string{"build", "-ldflags=-s -w"}, args...)...).CombinedOutput()
}

// run runs one step in a folder and compares what it prints.
func (s *step) run(t *testing.T, dir, bin string, names map[*program]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var cmd *exec.Cmd
	var at fmt.Stringer = s.script
	switch python := os.Getenv("ASHLAR_PYTHON"); {
	case s.program != nil:
		cmd, at = exec.CommandContext(ctx, filepath.Join(bin, "blocks"), names[s.program]), s.program
	case s.script.lang == "sh":
		cmd = exec.CommandContext(ctx, "bash", "-e", "-c", s.script.text)
	case python == "":
		return // make interop sets it, to a Python that has the libraries
	default:
		cmd = exec.CommandContext(ctx, python, "-c", s.script.text)
	}
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Errorf("%v: %v\n%s%s", at, err, out.String(), errs.String())
		return
	}
	if s.program == nil {
		compare(t, s.script, out.String(), s.output)
		return
	}
	parts := strings.Split(out.String(), "\x1e")
	for i, b := range s.program.pieces {
		if !b.above {
			compare(t, b, parts[0], s.program.output[i])
			parts = parts[1:]
		}
	}
}

func compare(t *testing.T, b block, got, want string) {
	t.Helper()
	if got != "" {
		t.Logf("%v prints\n%s", b, got)
	}
	if !agree(got, want) {
		t.Errorf("%v: the block prints\n%s\nwhere the page says\n%s", b, got, want)
	}
}

// TestShell: commands of the pages name what exists.
func TestShell(t *testing.T) {
	check := func(args []string) error {
		dir, err := ashlar()
		if err != nil {
			return err
		}
		return checkAshlar(filepath.Join(dir, "ashlar"), args)
	}
	for _, p := range pages(t) {
		for _, b := range p.shell {
			if err := checkShell(root, b, check); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestPython: blocks of Python parse.
func TestPython(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.python {
			python, err := exec.LookPath("python3")
			if err != nil {
				t.Skip("there is no python3")
			}
			cmd := exec.Command(python, "-c", "import ast, sys; ast.parse(sys.stdin.read())")
			cmd.Stdin = strings.NewReader(strings.Repeat("\n", b.line-1) + b.text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %v\n%s", b, err, out)
			}
		}
	}
}

// TestLinks: links inside the repository lead somewhere.
func TestLinks(t *testing.T) {
	for _, p := range pages(t) {
		text, err := os.ReadFile(filepath.Join(root, p.name))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range badLinks(root, p.name, string(text)) {
			t.Error(l)
		}
	}
}
