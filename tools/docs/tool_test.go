package docs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const fence = "```"

// read returns the page of a text in which ~~~ stands for a fence.
func read(text string) (*page, error) {
	return readPage("page.md", strings.ReplaceAll(text, "~~~", fence))
}

func TestReadPage(t *testing.T) {
	p, err := read("# Head\n\n<!-- go\nn := 1\n-->\n\n~~~go\nfmt.Println(n)\n~~~\n\nText.\n\n" +
		"~~~text output\n1\n~~~\n~~~csv a.csv\nx,y\n~~~\n~~~go continues\nn++\n~~~\n" +
		"~~~sh run\nmake help\n~~~\n~~~text output\nhelp\n~~~\n" +
		"- a list\n\n  ~~~python\n  if x:\n      y\n  ~~~\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.steps) != 2 || len(p.files) != 1 || len(p.shell) != 1 || len(p.python) != 1 {
		t.Fatalf("the page has %d steps, %d files, %d of sh, %d of python, want 2, 1, 1, 1",
			len(p.steps), len(p.files), len(p.shell), len(p.python))
	}
	g := p.steps[0].program
	if len(g.pieces) != 3 || g.output[1] != "1\n" || g.output[2] != "" || g.pieces[1].line != 8 {
		t.Errorf("the program is %+v", g)
	}
	if s := p.steps[1]; s.script.text != "make help\n" || s.output != "help\n" {
		t.Errorf("the script is %+v", s)
	}
	if got := p.python[0].text; got != "if x:\n    y\n" {
		t.Errorf("the indented block is %q", got)
	}
}

func TestReadPageErrors(t *testing.T) {
	for text, want := range map[string]string{
		"~~~go\nx\n":                        "page.md:1: the block has no end",
		"~~~go unchecked:\nx\n~~~\n":        "page.md:2: go unchecked: has no reason",
		"~~~go contiues\nx\n~~~\n":          "page.md:2: go contiues",
		"~~~go continues\nx\n~~~\n":         "page.md:2: go continues: there is no program",
		"\n~~~text output\nx\n~~~\n":        "page.md:3: text output: no block",
		"~~~ruby\nx\n~~~\n":                 "page.md:2: nothing checks blocks of \"ruby\"",
		"~~~csv ../a.csv\nx\n~~~\n":         "page.md:2: csv ../a.csv",
		"~~~sh rum\nx\n~~~\n":               "page.md:2: sh rum",
		"~~~python later\nx\n~~~\n":         "page.md:2: python later",
		"<!-- go\nx := 1\n-->\n":            "page.md:2: hidden statements have no block",
		"<!-- go\nx\n-->\n~~~sh\nls\n~~~\n": "page.md:2: hidden statements are above",
	} {
		if _, err := read(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: the error is %v, want %s", text, err, want)
		}
	}
}

func TestSource(t *testing.T) {
	for text, want := range map[string][]string{
		"~~~go\nkernels.Exp(y, x)\n~~~\n": {
			`import "github.com/ashlar-go/ashlar/kernels"`, "//line /r/page.md:2\n",
		},
		"~~~go\nf, err := os.Open(\"x\")\n~~~\n": {
			`import "os"`, "if err != nil { return err }", "_ = f\n",
		},
		"~~~go\nmodel := 1\nmodel.Save()\n~~~\n": {
			"_ = model\n",
		},
		"~~~go\nfunc f() {}\n~~~\n~~~go continues\nf()\n~~~\n": {
			"func f() {}\n", "//line /r/page.md:5\nf()\n",
		},
		"~~~go\nimport \"a/mat\"\n\nmat.F()\n~~~\n": {
			`import "a/mat"`, "//line /r/page.md:2\n\n\nmat.F()",
		},
		"~~~go\npackage main\n\nfunc main() {}\n~~~\n": {
			"package b\n//line /r/page.md:3\n\nfunc main() {}",
		},
	} {
		p, err := read(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.steps[0].program.source("b", "/r")
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%q: the source lacks %q:\n%s", text, w, got)
			}
		}
		if strings.Contains(text, "model :=") && strings.Contains(got, "import") {
			t.Errorf("%q: a variable was taken for a package:\n%s", text, got)
		}
	}
	p, err := read("~~~go\nif {\n~~~\n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.steps[0].program.source("b", "/r")
	if err == nil || !strings.HasPrefix(err.Error(), "/r/page.md:2:") {
		t.Errorf("the error is %v, want one at /r/page.md:2", err)
	}
}

func TestAgree(t *testing.T) {
	for _, c := range []struct {
		printed, shown string
		want           bool
	}{
		{"a \nb\n", "a\nb\n", true},
		{"a\n", "", true},
		{"a\n", "b\n", false},
		{"took 12 ms\n", "took ... ms\n", true},
		{"a\n1\n2\nb\n", "a\n...\nb\n", true},
		{"a.b", "a+b", false},
		{"ab", "a", false},
	} {
		if got := agree(c.printed, c.shown); got != c.want {
			t.Errorf("agree(%q, %q) = %t", c.printed, c.shown, got)
		}
	}
}

func TestCheckShell(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "cmd"), 0o700); err != nil {
		t.Fatal(err)
	}
	makefile := []byte("test: ## x\n\tgo\n")
	if err := os.WriteFile(filepath.Join(root, "Makefile"), makefile, 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"make test ARGS='-a b' -j2 # make that": "",
		"make tests":                            "p.md:7: the Makefile has no target tests",
		"A=1 BF16_B=x make test && make no":     "p.md:7: the Makefile has no target no",
		"go run ./cmd -x":                       "",
		"cd cmd && go run ./cmd":                "p.md:7: there is no cmd/cmd in the repository",
		"go -C cmd run ./x":                     "p.md:7: there is no cmd/x in the repository",
		"go install " + ours + "cmd@latest":     "",
		"go get " + ours + "none":               "p.md:7: there is no none in the repository",
		"./cmd && ./no":                         "p.md:7: there is no no in the repository",
		"frobnicate":                            "p.md:7: no check for the command frobnicate",
		"ashlar train 'a b.csv' | make no":      "p.md:7: the Makefile has no target no",
		"ashlar bad":                            "p.md:7: bad",
	} {
		err := checkShell(root, block{page: "p.md", line: 7, text: line + "\n"}, func(args []string) error {
			if args[0] == "bad" {
				return errors.New("bad")
			}
			return nil
		})
		if got := ""; err != nil {
			got = err.Error()
			if got != want {
				t.Errorf("%s: the error is %q, want %q", line, got, want)
			}
		} else if want != "" {
			t.Errorf("%s: no error, want %q", line, want)
		}
	}
}

func TestBadLinks(t *testing.T) {
	root := t.TempDir()
	page := []byte("# The head: one, `two`\n")
	if err := os.WriteFile(filepath.Join(root, "a.md"), page, 0o600); err != nil {
		t.Fatal(err)
	}
	got := badLinks(root, "b.md", "[x](a.md) [x](a.md#the-head-one-two)\n[x](c.md)\n`[x](d.md)`\n"+fence+
		"\n[x](e.md)\n"+fence+"\n[x](a.md#body) <img src=\"f.svg\"> [x](https://example.com)\n")
	want := []string{
		"b.md:2: the link c.md leads nowhere",
		"b.md:7: the link a.md#body leads to no heading",
		"b.md:7: the link f.svg leads nowhere",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the links are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
