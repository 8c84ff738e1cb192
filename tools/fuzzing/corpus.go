package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"crypto/sha256"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/tools/internal/fuzzing"
)

// The corpus of the repository has a file for each target: a line for each input, quoted as Go
// does it, with the content of a file of go test -fuzz.

// most is how many bytes of inputs a file may have: all targets together stay below a megabyte.
const most = 24 << 10

func (r *runner) kept(t *fuzzing.Target) string {
	name := strings.ReplaceAll(t.Dir, "/", ".") + "." + t.Name
	return filepath.Join(r.root, "tools", "fuzzing", "corpus", name)
}

// seed puts the inputs of the repository among those of the go command.
func (r *runner) seed(t *fuzzing.Target) error {
	text, err := os.ReadFile(r.kept(t))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	dir := filepath.Join(r.corpus(t), t.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		input, err := strconv.Unquote(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return fmt.Errorf("%s:%d: not a quoted input: %w", r.kept(t), n, err)
		}
		name := filepath.Join(dir, fmt.Sprintf("%x", sha256.Sum256([]byte(input)))[:16])
		if _, err := os.Stat(name); err == nil {
			continue
		}
		if err := os.WriteFile(name, []byte(input), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// keep writes the corpus of the repository: of each target the smallest inputs of the go command's.
// Each of them reached code that no input before it did.
func (r *runner) keep(list []fuzzing.Progress) (err error) {
	if r.cache, err = r.goEnv("GOCACHE"); err != nil {
		return err
	}
	for i := range list {
		t := &list[i].Target
		inputs, err := r.smallest(t)
		if err != nil {
			return err
		}
		if len(inputs) == 0 {
			continue
		}
		var text strings.Builder
		for _, input := range inputs {
			text.WriteString(strconv.QuoteToASCII(input) + "\n")
		}
		file := r.kept(t)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(r.w, "%s.%s: %d inputs\n", t.Dir, t.Name, len(inputs))
	}
	return nil
}

// smallest returns the smallest inputs of a target that fit into a file of the corpus.
func (r *runner) smallest(t *fuzzing.Target) (inputs []string, err error) {
	dir := filepath.Join(r.corpus(t), t.Name)
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(string(text), "go test fuzz v1\n") {
			inputs = append(inputs, string(text))
		}
	}
	slices.SortFunc(inputs, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	bytes := 0
	for i, input := range inputs {
		if bytes += len(strconv.QuoteToASCII(input)) + 1; bytes > most {
			return inputs[:i], nil
		}
	}
	return inputs, nil
}

// appendFigure adds a line to a file of figures.
func appendFigure(file, name string, n int) error {
	text, err := json.Marshal(proof.Figure{Point: "fuzzing", Name: name, N: float64(n)})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}
