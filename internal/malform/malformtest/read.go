// Package malformtest reads the damaged files of package malform in a test.
package malformtest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/internal/malform"
	"github.com/ashlar-go/ashlar/internal/proof"
)

// slack is what a reader may allocate beside as much as the file has.
const slack = 1 << 20

// Reader reads the file at path. It returns the error of the read, which is to name the path.
type Reader func(path string) error

// Read has every file read. Each must be refused with an error that names it, unless its damage may go
// unnoticed, and none may make the reader panic, take longer than a minute or allocate more than the length
// of the file and 1 MiB: of all that it allocates, whether it is garbage by then or not, by
// runtime.MemStats.TotalAlloc. The figures go to the point "files" of the proof.
func Read(t *testing.T, files []malform.File, readers map[malform.Format]Reader) {
	path := filepath.Join(t.TempDir(), "damaged")
	counts, refused, unnoticed, largest := map[malform.Format]int{}, 0, 0, 0
	for _, f := range files {
		n, err := read(t, f, path, readers[f.Format], len(f.Data)+slack)
		largest = max(largest, n-len(f.Data))
		if err != nil {
			refused++
		} else {
			unnoticed++
		}
		counts[f.Format]++
	}
	for format, n := range counts {
		proof.Count(t, "files", "malformed files: "+string(format), n)
	}
	proof.Count(t, "files", "malformed files", len(files))
	proof.Count(t, "files", "malformed files refused", refused)
	proof.Count(t, "files", "malformed files that still are files of their format", unnoticed)
	proof.Count(t, "files", "formats", len(counts))
	t.Logf("largest allocation: the size of the file and %d bytes", largest)
}

// Bound is what the documentation of a reader says that it allocates at most: Times the bytes of the file,
// Column bytes for each column, and 1 MiB.
type Bound struct{ Times, Column int }

// ReadLarge is Read for the files of malform.Large, with the bounds of their readers.
func ReadLarge(t *testing.T, files []malform.File, r Reader, b Bound) {
	path, times := filepath.Join(t.TempDir(), "damaged"), 0.
	for _, f := range files {
		beside := b.Column*f.Columns + slack
		n, _ := read(t, f, path, r, b.Times*len(f.Data)+beside)
		times = max(times, float64(n-beside)/float64(len(f.Data)))
	}
	proof.Count(t, "files", "large malformed files", len(files))
	t.Logf("most allocated: %.1f times a file, %d bytes a column and 1 MiB, may be %d times", times,
		b.Column, b.Times)
}

// read reads a file, checks how, and returns how many bytes the reader allocated, which are most at most.
func read(t *testing.T, f malform.File, path string, r Reader, most int) (allocated int, err error) {
	t.Helper()
	if err := os.WriteFile(path, f.Data, 0o600); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("%s: %s", f.Format, f.Name)
	allocated, err = measured(t, r, path)
	switch {
	case allocated > most:
		t.Errorf("%s: allocated %d bytes for the %d of the file, want at most %d (%.300v)", name, allocated,
			len(f.Data), most, err)
	case err == nil && !f.Unnoticed:
		t.Errorf("%s: read without an error", name)
	case err != nil && strings.Contains(err.Error(), "panic: "):
		t.Errorf("%s: %v", name, err)
	case err != nil && !strings.Contains(err.Error(), path):
		t.Errorf("%s: the error does not name the file: %.300v", name, err)
	}
	return allocated, err
}

// measured reads one file and returns how many bytes the reader allocated.
func measured(t *testing.T, read Reader, path string) (allocated int, err error) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err = read(path)
		runtime.ReadMemStats(&after)
		allocated = int(min(after.TotalAlloc-before.TotalAlloc, math.MaxInt))
	}()
	select {
	case <-done:
		return allocated, err
	case <-time.After(time.Minute):
		t.Fatalf("%s: the reader hangs", path)
		return 0, nil
	}
}
