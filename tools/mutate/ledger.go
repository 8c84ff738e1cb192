package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// verdict is what became of a mutant.
type verdict string

const (
	killed  verdict = "killed"
	lived   verdict = "lived"
	allowed verdict = "allowed"      // lived, and allowed.txt or a rule says why it may
	within  verdict = "within"       // lived, and the stated errors hold with its constant too
	invalid verdict = "not compiled" // the assembler, the linker or the compiler refused it
)

// tests is how many tests a mutant has to live through.
type tests int

const (
	quickest tests = iota // seconds each
	shorter               // go test -short of all that may notice it
	longer                // the whole suites
)

var testsNames = []string{"quick", "short", "long"}

func (n tests) String() string { return testsNames[n] }

func (n tests) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

func (n *tests) UnmarshalText(text []byte) error {
	i := slices.Index(testsNames, string(text))
	if i < 0 {
		return fmt.Errorf("tests %q, want one of %v", text, testsNames)
	}
	*n = tests(i)
	return nil
}

// entry is what a line of the ledger says of a mutant, whose ID is the key.
type entry struct {
	Verdict verdict
	By      string `json:",omitempty"` // the tests that killed it
	Why     string `json:",omitempty"` // the first line of theirs that says so
	Seconds float64
	Tests   tests // that it lived through, or that were to run
}

// book is the ledger of the verdicts. A line holds as long as the code that the mutant changes has the text
// that it had: new tests make no dead mutant live.
type book struct {
	file   *ledger.Ledger[entry] // nil if nothing is written
	commit string

	lock   sync.Mutex
	latest map[string]ledger.Line[entry]
}

func newBook(lines ...ledger.Line[entry]) *book {
	b := &book{latest: map[string]ledger.Line[entry]{}}
	for _, line := range lines {
		b.latest[line.Key] = line
	}
	return b
}

// readBook reads a ledger.
func readBook(path string) (*book, error) {
	lines, err := ledger.Read[entry](path)
	return newBook(lines...), err
}

// openBook opens a ledger to add to it.
func openBook(path, root string) (*book, error) {
	l, err := ledger.Open[entry](path)
	if err != nil {
		return nil, err
	}
	b := newBook(l.Lines()...)
	b.file = l
	cmd := exec.Command("git", "rev-parse", "--short=12", "HEAD")
	cmd.Dir = root
	if out, err := cmd.Output(); err == nil { // a release archive has no commit
		b.commit = strings.TrimSpace(string(out))
	}
	return b, nil
}

func (b *book) close() error { return b.file.Close() }

// sources returns the hash of the code that a verdict is about: the functions of the assembly that the
// mutant changes, or that use its constant; of Go, the file.
func (m *mutant) sources() string {
	h := sha256.New()
	for _, text := range m.code {
		sum := sha256.Sum256([]byte(text))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// get returns the verdict of a mutant, if there is one of the code as it is.
func (b *book) get(m *mutant) (entry, bool) {
	b.lock.Lock()
	defer b.lock.Unlock()
	line, ok := b.latest[m.ID]
	return line.Found, ok && line.Sources == m.sources()
}

// note adds a verdict.
func (b *book) note(m *mutant, e entry) error {
	line := ledger.Line[entry]{Key: m.ID, Sources: m.sources(), Commit: b.commit, CPU: cpuid.CPU.BrandName,
		Date: time.Now().UTC().Format(time.DateOnly), Found: e}
	b.lock.Lock()
	b.latest[m.ID] = line
	b.lock.Unlock()
	if b.file == nil {
		return nil
	}
	return b.file.Add(line)
}

// judged returns the verdict with what allowed.txt says.
func (m *mutant) judged(e entry, may map[string]string) verdict {
	if e.Verdict == lived && (may[m.ID] != "" || m.may != "") {
		return allowed
	}
	return e.Verdict
}

// allowances are the mutants that may live, and the reason of each. A line of the file has the ID
// of a mutant, blanks and the reason; one that starts with # is a comment.
func readAllowances(text []byte) (map[string]string, error) {
	all := map[string]string{}
	for n, line := range bytes.Split(text, []byte("\n")) {
		s := strings.TrimSpace(string(line))
		if s == "" || strings.HasPrefix(s, "#") {
			continue
		}
		id, why, _ := strings.Cut(s, " ")
		if why = strings.TrimSpace(why); why == "" {
			return nil, fmt.Errorf("allowed.txt:%d: no reason why %s may live", n+1, id)
		} else if all[id] != "" {
			return nil, fmt.Errorf("allowed.txt:%d: %s stands there twice", n+1, id)
		}
		all[id] = why
	}
	return all, nil
}
