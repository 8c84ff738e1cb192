// Package ledger keeps the totals of long runs in files of JSON lines. A run appends a line for each
// piece of work that it has finished, and the next run goes on from there. Every line names the hash of
// the sources that the work was about: lines of other sources no longer count.
package ledger

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Line is one piece of finished work. T is what it found.
type Line[T any] struct {
	Key     string // what was worked on, such as "Tanh/f32/avx512 3/64"
	Sources string // the hash of its sources
	Commit  string `json:",omitempty"` // the commit that was checked out
	CPU     string `json:",omitempty"`
	Date    string `json:",omitempty"` // as 2006-01-02
	Found   T
}

// Ledger is a file of lines.
type Ledger[T any] struct {
	lock  sync.Mutex
	file  *os.File
	lines []Line[T]
}

// Read returns the lines of a ledger; none if there is no such file. A last line that is cut off, by a
// kill, does not count.
func Read[T any](path string) ([]Line[T], error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	lines, _, err := parse[T](path, text)
	return lines, err
}

// parse returns the whole lines of text and where they end.
func parse[T any](path string, text []byte) (lines []Line[T], end int, err error) {
	r := bufio.NewReader(bytes.NewReader(text))
	for n := 1; ; n++ {
		one, err := r.ReadBytes('\n')
		if err == io.EOF {
			return lines, end, nil
		} else if err != nil {
			return nil, 0, err
		}
		var l Line[T]
		if err := json.Unmarshal(one, &l); err != nil || l.Key == "" || l.Sources == "" {
			return nil, 0, fmt.Errorf("%s:%d: no line of a ledger", path, n)
		}
		lines = append(lines, l)
		end += len(one)
	}
}

// Open opens a ledger to add to it, or starts it.
func Open[T any](path string) (*Ledger[T], error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	l := &Ledger[T]{file: file}
	text, err := io.ReadAll(file)
	if err == nil {
		var end int
		if l.lines, end, err = parse[T](path, text); err == nil {
			err = file.Truncate(int64(end))
		}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return l, nil
}

// Add appends a line and flushes it to the disk.
func (l *Ledger[T]) Add(line Line[T]) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	l.lines = append(l.lines, line)
	if _, err := l.file.Write(append(text, '\n')); err != nil {
		return err
	}
	return l.file.Sync()
}

// Lines returns a copy of the lines so far.
func (l *Ledger[T]) Lines() []Line[T] {
	l.lock.Lock()
	defer l.lock.Unlock()
	return slices.Clone(l.lines)
}

// Close closes the file.
func (l *Ledger[T]) Close() error { return l.file.Close() }

// Hash returns the hash of files below root, named with slashes. Their order does not matter.
func Hash(root string, files ...string) (string, error) {
	files = slices.Clone(files)
	slices.Sort(files)
	h := sha256.New()
	for _, name := range slices.Compact(files) {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %x\n", name, sha256.Sum256(text))
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
