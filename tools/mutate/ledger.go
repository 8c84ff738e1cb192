package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// verdict is what became of a mutant.
type verdict string

const (
	killed  verdict = "killed"
	lived   verdict = "lived"
	allowed verdict = "allowed"      // lived, and package file allowed.txt says why it may
	invalid verdict = "not compiled" // the assembler or the compiler refused it
)

// entry is a line of the ledger.
type entry struct {
	ID      string
	Verdict verdict
	By      string // the tests that killed it
	Why     string // the first line of theirs that says so
	Seconds float64
	Long    bool // the long tests ran too
}

// ledger is a file of the verdicts so far: a line with the hash of the sources, then one for each
// mutant. It belongs to these sources alone.
type ledger struct {
	lock    sync.Mutex
	file    *os.File
	entries map[string]entry
}

type ledgerHead struct{ Sources string }

// openLedger opens the file, or starts it. A last line that is cut off is dropped: the process that
// wrote it was killed.
func openLedger(path, sources string) (*ledger, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	l := &ledger{file: file, entries: map[string]entry{}}
	if err := l.read(path, sources); err != nil {
		file.Close()
		return nil, err
	}
	return l, nil
}

func (l *ledger) read(path, sources string) error {
	r := bufio.NewReader(l.file)
	var at int64
	for n := 1; ; n++ {
		text, err := r.ReadBytes('\n')
		if err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		if n == 1 {
			var head ledgerHead
			if json.Unmarshal(text, &head) != nil || head.Sources == "" {
				return fmt.Errorf("%s:1: no ledger", path)
			} else if head.Sources != sources {
				return fmt.Errorf("%s: the ledger belongs to sources %.12s, these are %.12s: remove it, "+
					"or name another with -ledger", path, head.Sources, sources)
			}
		} else {
			var e entry
			if err := json.Unmarshal(text, &e); err != nil || e.ID == "" {
				return fmt.Errorf("%s:%d: no entry of a ledger", path, n)
			}
			l.entries[e.ID] = e
		}
		at += int64(len(text))
	}
	if err := l.file.Truncate(at); err != nil {
		return err
	}
	if _, err := l.file.Seek(at, io.SeekStart); err != nil || at > 0 {
		return err
	}
	return l.write(ledgerHead{sources})
}

// add notes a verdict.
func (l *ledger) add(e entry) error {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.entries[e.ID] = e
	return l.write(e)
}

func (l *ledger) write(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = l.file.Write(append(text, '\n'))
	return err
}

func (l *ledger) get(id string) (entry, bool) {
	l.lock.Lock()
	defer l.lock.Unlock()
	e, ok := l.entries[id]
	return e, ok
}

func (l *ledger) close() error { return l.file.Close() }

// skipped are folders that no verdict depends on.
var skipped = []string{".git", ".ci", "out", "bench", "examples", filepath.Join("tools", "mutate")}

// hashSources returns the hash of all files of the repository that a verdict depends on: the code
// and the tests, with their data.
func hashSources(root string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch rel, _ := filepath.Rel(root, path); {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skipped, rel):
			return filepath.SkipDir
		case !d.Type().IsRegular() || !matters(filepath.ToSlash(rel)):
			return nil
		default:
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(text)
			fmt.Fprintf(h, "%s %x\n", filepath.ToSlash(rel), sum)
			return nil
		}
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

func matters(path string) bool {
	switch filepath.Ext(path) {
	case ".go", ".s", ".mod", ".sum":
		return true
	}
	return strings.Contains(path, "/testdata/")
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
