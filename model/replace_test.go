package model_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/model"
)

// savingTo is an environment variable: a test program that finds it saves to its value until
// TestKilledSaves kills it.
const savingTo = "ASHLAR_TEST_SAVING_TO"

func save(t *testing.T, path string, value float64, n int) {
	t.Helper()
	v := slices.Repeat([]float64{value}, n)
	if err := model.SaveTensors(path, tensors{{Name: "a", Shape: []int{n}, Value: v}}, nil); err != nil {
		t.Error(err)
	}
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// TestKilledSaves kills programs in the middle of saving: the file stays complete, and the
// next Save removes what they left.
func TestKilledSaves(t *testing.T) {
	if path := os.Getenv(savingTo); path != "" {
		for os.Stdout.WriteString("saving\n"); ; {
			save(t, path, 2, 1<<18)
		}
	}
	if runtime.GOOS == "windows" {
		t.Skip("files are taken for abandoned after an hour here")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "net.safetensors")
	left := 0
	for i := range 12 {
		c := exec.Command(os.Args[0], "-test.run=^TestKilledSaves$")
		c.Env = append(os.Environ(), savingTo+"="+path)
		out, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "saving\n" {
			t.Fatalf("the program wrote %q, %v", line, err)
		}
		time.Sleep(time.Duration(1+2*i) * time.Millisecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
		left = max(left,
			len(slices.DeleteFunc(names(t, dir), func(n string) bool { return n == "net.safetensors" })))
	}
	if left == 0 {
		t.Error("no program was killed while it had a temporary file")
	}
	if left > 1 {
		t.Errorf("%d temporary files at once, want 1, which the next program removes", left)
	}
	save(t, path, 3, 4)
	alone(t, path)
}

// TestAbandonedFiles: Save removes the temporary files of its own target and no similar ones.
func TestAbandonedFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a[1]*.safetensors")
	base := filepath.Base(path)
	stay := []string{
		base + ".tmp-1", base + ".tmp-ashlar-", base + ".tmp-ashlar-1x", base + ".tmp-ashlar-1.tmp-ashlar-1",
		"a1.safetensors.tmp-ashlar-1", "b" + base + ".tmp-ashlar-1",
	}
	gone := []string{base + ".tmp-ashlar-1", base + ".tmp-ashlar-42"}
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range append(slices.Clone(stay), gone...) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	directory := base + ".tmp-ashlar-7"
	if err := os.Mkdir(filepath.Join(dir, directory), 0o700); err != nil {
		t.Fatal(err)
	}
	save(t, path, 1, 1)
	want := append(stay, base, directory)
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("left %q\nwant %q", got, want)
	}
}

// TestConcurrentSaves saves to one path from several goroutines: each succeeds, none removes
// the file that another is writing, and the last file is whole.
func TestConcurrentSaves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for range 25 {
				save(t, path, float64(g), 1000)
			}
		})
	}
	group.Wait()
	alone(t, path)
	got := make([]float64, 1000)
	if _, err := model.LoadTensors(path, tensors{{Name: "a", Shape: []int{1000}, Value: got}}); err != nil {
		t.Fatal(err)
	}
	if slices.Min(got) != slices.Max(got) {
		t.Error("the file is of two programs")
	}
}

func TestSaveKeepsTheMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 100))
	save(t, path, 1, 1)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	save(t, path, 2, 1)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
