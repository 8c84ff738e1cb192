package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// TestMain is also the command of the steps in these tests.
func TestMain(m *testing.M) {
	switch do := os.Getenv("TRUST_DO"); do {
	case "":
		os.Exit(m.Run())
	case "count":
		proof.Count(quietly{}, "sample", "calls", 600)
		proof.Count(quietly{}, "sample", "calls", 400)
		proof.Count(quietly{}, "other", "calls", 5000)
	case "fail":
		fmt.Println("--- FAIL: TestThis")
		os.Exit(1)
	case "sleep":
		time.Sleep(time.Minute)
	case "overlay": // fails as a test would that notices the overlay
		if strings.Contains(os.Getenv("GOFLAGS"), "-overlay=") {
			fmt.Println("--- FAIL: 3 is not 2")
			os.Exit(1)
		}
	}
}

// quietly is a test that cannot fail quietly.
type quietly struct{ testing.TB }

func (quietly) Helper()             {}
func (quietly) Logf(string, ...any) {}
func (quietly) Fatal(args ...any)   { panic(fmt.Sprint(args...)) }

// do returns a command of TestMain.
func do(what string) step {
	return step{name: what, env: []string{"TRUST_DO=" + what}, args: []string{os.Args[0]}}
}

// prove runs a point in a root of its own, which has the file a.txt with the text "one two".
func prove(t *testing.T, f form, p *point) (result, error) {
	t.Helper()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.txt"), []byte("one two"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := newLaboratory(root, f, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	l.progress = io.Discard
	p.name = "sample"
	return l.prove(t.Context(), p)
}

func TestPointIsMet(t *testing.T) {
	r, err := prove(t, normal, &point{steps: []step{do("count")},
		figures: []figure{{"calls", [3]float64{10, 1000, 1e9}}}})
	if err != nil || !r.met() || r.figures["calls"] != 1000 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestPointIsNotMet has a reason why a line is not met in each case.
func TestPointIsNotMet(t *testing.T) {
	late := do("fail")
	late.from = full
	lacking := do("count")
	lacking.lacks = func() string { return "no compiler" }
	noticing := defect{what: "two for one", file: "a.txt", old: "one", new: "two",
		env: []string{"TRUST_DO=overlay"}, args: []string{os.Args[0]}, want: "3 is not 2"}
	blind, otherwise := noticing, noticing
	blind.env = []string{"TRUST_DO=count"}
	otherwise.want = "4 is not 2"
	for _, c := range []struct {
		name, want string
		form       form
		p          point
	}{
		{"a failure", "fail failed: exit status 1: --- FAIL: TestThis", normal, point{steps: []step{do("fail")}}},
		{"a failure of the full form", "", normal, point{steps: []step{late}}},
		{"too few", "1,000 calls, want 1,001", normal,
			point{steps: []step{do("count")}, figures: []figure{{"calls", [3]float64{0, 1001, 0}}}}},
		{"none", "0 calls, want 1", quick, point{figures: []figure{{"calls", [3]float64{1, 1, 1}}}}},
		{"a lack", "count did not run: no compiler", normal, point{steps: []step{lacking}}},
		{"a lack in the quick form", "", quick, point{steps: []step{lacking}}},
		{"a noticed defect", "", normal, point{defects: []defect{noticing}}},
		{"a defect", `"two for one" is not noticed`, normal, point{defects: []defect{blind}}},
		{"another report", `noticed in another way: --- FAIL: 3 is not 2, want "4 is not 2"`, normal,
			point{defects: []defect{otherwise}}},
		{"a short ledger", "7 of 9 done", normal, point{ledger: func(string) (tally, error) {
			return tally{short: []string{"7 of 9 done"}}, nil
		}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := prove(t, c.form, &c.p)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(r.missed, "\n"); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("missed %q, want %q", got, c.want)
			}
		})
	}
}

// TestDefectsAtOnce: each of several defects has an overlay of its own, and the verdicts stand in their order.
func TestDefectsAtOnce(t *testing.T) {
	for _, alone := range []bool{false, true} {
		p := point{alone: alone}
		for i := range 7 {
			d := defect{what: fmt.Sprint("defect ", i), file: "a.txt", old: "one", new: fmt.Sprint(i),
				env: []string{"TRUST_DO=overlay"}, args: []string{os.Args[0]}, want: "3 is not 2"}
			if i == 4 {
				d.env = []string{"TRUST_DO=count"}
			}
			p.defects = append(p.defects, d)
		}
		r, err := prove(t, normal, &p)
		want := []string{"defect 0", "defect 1", "defect 2", "defect 3", "defect 5", "defect 6"}
		if err != nil || !slices.Equal(r.noticed, want) || len(r.missed) != 1 {
			t.Errorf("alone %v: noticed %q, missed %q, %v", alone, r.noticed, r.missed, err)
		}
	}
}

// TestPart: what the quick form or the machine leaves out makes a line part of a met one, not a met one.
func TestPart(t *testing.T) {
	later, lacking := do("count"), do("count")
	later.from, later.name = normal, "long"
	lacking.lacks = func() string { return "no emulator" }
	unseen := defect{from: normal, what: "two for one", file: "a.txt", old: "one", new: "two"}
	absent := defect{what: "two for one", file: "a.txt", old: "one", new: "two", lacks: lacking.lacks}
	short := func(string) (tally, error) { return tally{short: []string{"7 of 9 done"}}, nil }
	counts := []figure{{"calls", [3]float64{1, 1, 1}}}
	for _, c := range []struct {
		name, want string
		form       form
		p          point
	}{
		{"whole", "met", quick, point{steps: []step{do("count")}, figures: counts}},
		{"a step of the normal form", "part", quick, point{steps: []step{do("count"), later}}},
		{"the same there", "met", normal, point{steps: []step{do("count"), later}}},
		{"a defect of the normal form", "part", quick, point{defects: []defect{unseen}}},
		{"a short ledger", "part", quick, point{ledger: short}},
		{"a step that cannot run, with its figures", "part", quick, point{steps: []step{lacking}, figures: counts}},
		{"a defect that cannot be tried", "part", quick, point{defects: []defect{absent}}},
		{"the same in the normal form", "NOT MET", normal, point{defects: []defect{absent}}},
	} {
		r, err := prove(t, c.form, &c.p)
		if err != nil {
			t.Fatal(err)
		}
		if got := verdict(&r); got != c.want {
			t.Errorf("%s: %s, want %s (%+v)", c.name, got, c.want, r)
		}
	}
}

// TestMarkdown: the page says what did not run and what a figure had to reach.
func TestMarkdown(t *testing.T) {
	later := do("count")
	later.from, later.name = normal, "the long way"
	r, err := prove(t, quick, &point{steps: []step{do("count"), later}, figures: []figure{{"calls", [3]float64{10, 1, 1}}},
		ledger: func(string) (tally, error) { return tally{short: []string{"7 of 9 done"}}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "page.md")
	if err := writeMarkdown(path, scene{form: quick}, []result{r}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"go run ./tools/trust -quick", "The form normal also has: the long way.",
		"**Not yet:** 7 of 9 done.", "| calls | 1,000 | 10 |", "sample](#sample) | part |", "NEON ran under qemu alone"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}

func TestDefectCannotBePlanted(t *testing.T) {
	for _, d := range []defect{
		{file: "a.txt", old: "three"}, {file: "a.txt", old: "o"}, {file: "b.txt", old: "one"},
	} {
		if _, err := prove(t, normal, &point{defects: []defect{d}}); err == nil {
			t.Errorf("planting %q in %s: want an error", d.old, d.file)
		}
	}
}

func TestInterrupt(t *testing.T) {
	l, err := newLaboratory(t.TempDir(), normal, true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = l.prove(ctx, &point{name: "sample", steps: []step{do("sleep")}})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 30*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234",
		0.8913: "0.8913", 1e10: "10,000,000,000"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %s, want %s", v, got, want)
		}
	}
}

// TestPoints: the points of the table are complete, and each defect can be planted in the sources as they are.
func TestPoints(t *testing.T) {
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	l, err := newLaboratory(t.TempDir(), quick, true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	l.root = root
	for _, p := range points {
		switch {
		case p.name == "" || p.what == "" || len(p.figures) == 0:
			t.Errorf("point %q has no name, no sentence or no figures", p.name)
		case len(p.planted(quick)) == 0:
			t.Errorf("point %s plants no defect in the quick form", p.name)
		case !slices.ContainsFunc(p.steps, func(s step) bool { return s.runs(quick) }):
			t.Errorf("point %s has no step in the quick form", p.name)
		}
		for _, d := range p.defects {
			if _, err := l.overlay(&d, "plot"); err != nil {
				t.Errorf("point %s, defect %q: %v", p.name, d.what, err)
			}
			if d.want == "" || d.what == "" || len(d.args) == 0 {
				t.Errorf("point %s, defect %q: no words, command or text that it wants", p.name, d.what)
			}
		}
	}
}
