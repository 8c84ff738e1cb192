package main

import (
	"encoding/json"
	"io"
	"os"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// totals are what a ledger adds up to, over the mutants of the code as it is.
type totals struct {
	Tried      int // that were compiled, and whose verdict is no longer open
	Killed     int
	Allowed    int
	Within     int // the stated errors, with another constant
	Alive      int
	Open       int // lived through the quickest tests, and have not met the others
	Elsewhere  int // that lived where this CPU does not run their function: not tried
	VZeroUpper int // dropped VZEROUPPERs alive or open
}

// add counts one mutant.
func (t *totals) add(m *mutant, e entry, may map[string]string, runs bool) {
	v := m.judged(e, may)
	open := v == lived && e.Tests == quickest
	switch {
	case v == invalid:
		return
	case v == lived && !runs:
		t.Elsewhere++
		return
	case open:
		t.Open++
	case v == lived:
		t.Alive++
	case v == allowed:
		t.Allowed++
	case v == within:
		t.Within++
	case v == killed:
		t.Killed++
	}
	if v == lived && m.Kind == "vzeroupper" {
		t.VZeroUpper++
	}
	t.Tried = t.Killed + t.Allowed + t.Within + t.Alive
}

// printTotals prints the totals of the ledger.
func (o *options) printTotals(w io.Writer, root string, all []*mutant, may map[string]string) error {
	b, err := readBook(o.path(root))
	if err != nil {
		return err
	}
	var t totals
	for _, m := range all {
		if e, ok := b.get(m); ok {
			t.add(m, e, may, o.runs(m))
		}
	}
	text, err := json.MarshalIndent(t, "", "\t")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// count says to tools/trust, if that runs this program, how many mutants were tried and killed.
func count(of string, results []result) error {
	path := os.Getenv(proof.Variable)
	if path == "" {
		return nil
	}
	n := 0
	for _, r := range results {
		if r.Verdict == killed {
			n++
		}
	}
	text, err := json.Marshal(proof.Figure{Point: "mutation", N: float64(n),
		Name: "mutants of " + of + " killed in this run"})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
