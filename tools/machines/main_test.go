package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/tiertest"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestTable: names differ, the lists of tiers are such that tiertest reads, and each machine runs something.
func TestTable(t *testing.T) {
	names := map[string]bool{}
	for _, m := range emulated {
		if names[m.name] {
			t.Errorf("two machines %s", m.name)
		}
		names[m.name] = true
		tiers := []kernels.Tier{kernels.Generic}
		if best, err := kernels.ParseTier(m.tier()); err != nil {
			t.Errorf("%s: %v", m.name, err)
		} else if best != kernels.Generic {
			tiers = append(tiers, best)
		}
		if err := tiertest.CheckExact(m.tiers, tiers); err != nil {
			t.Errorf("%s has the best tier %s: %v", m.name, m.tier(), err)
		}
		if m.why == "" || m.cpu != "" && m.emulator == "" {
			t.Errorf("%+v lacks why it is there, or an emulator", m)
		}
		for _, f := range []form{quick, normal, full} {
			exchanged := false
			for _, s := range m.suites(f) {
				exchanged = exchanged || s.pkg == exchangePkg
				for _, pattern := range []string{s.only, s.skip} {
					for part := range strings.SplitSeq(pattern, "/") {
						if _, err := regexp.Compile(part); err != nil {
							t.Errorf("%s, %v: %v", m.name, s, err)
						}
					}
				}
				if _, err := os.Stat(filepath.Join("../..", s.pkg)); err != nil {
					t.Errorf("%s: %v", m.name, err)
				}
			}
			if !exchanged {
				t.Errorf("%s writes no files for the others", m.name)
			}
		}
	}
}

// TestPresent: a lack of the emulator is an error that names Debian's package.
func TestPresent(t *testing.T) {
	err := present([]machine{{name: "odd", goarch: "s390x", emulator: "qemu-no-such-machine"}})
	if err == nil || !strings.Contains(err.Error(), "machine odd needs qemu-no-such-machine, of Debian's "+
		"package qemu-user-static") {
		t.Errorf("%v, want an error that names the package", err)
	}
	if err := present([]machine{{name: "odd", goarch: "s390x"}}); err == nil {
		t.Error("this CPU counts as one of s390x")
	}
}

// TestCompare: other weights or another loss are errors.
func TestCompare(t *testing.T) {
	write := func(weights, loss string) string {
		dir := t.TempDir()
		csv := "epoch,loss,training accuracy,test loss\n1," + loss + ",0.5,1.25\n"
		for name, text := range map[string]string{"digits.safetensors": weights, "digits.csv": csv} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	want := write("weights", "1.5")
	for _, c := range []struct {
		got      string
		bits, ok bool
	}{
		{write("weights", "1.5"), true, true},
		{write("weighty", "1.5"), true, false},
		{write("weighty", "1.5"), false, true},
		{write("weights", "1.500001"), false, true},
		{write("weights", "1.50001"), false, false},
		{write("weights", "NaN"), false, false},
		{write("weights", "one"), false, false},
		{t.TempDir(), false, false},
	} {
		if err := compare(want, c.got, c.bits); (err == nil) != c.ok {
			t.Errorf("bits %v: %v, want success: %v", c.bits, err, c.ok)
		}
	}
}

// TestTail: the output of a failure leaves out what passed and what qemu warns of.
func TestTail(t *testing.T) {
	out := "=== RUN   TestA\nqemu: warning: TCG doesn't support requested feature: x\n" +
		"--- PASS: TestA (0.00s)\nlost\n"
	if got := string(tail([]byte(out))); got != "lost\n" {
		t.Errorf("%q is left", got)
	}
	if n := len(passed.FindAllString(out+"    --- PASS: TestA/b (0.00s)\nsaid --- PASS: no\n", -1)); n != 2 {
		t.Errorf("%d tests passed, want 2", n)
	}
}
