//go:build linux || darwin

package killtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/internal/atomicfile"
	"github.com/ashlar-go/ashlar/internal/malform"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/train"
)

// Variables of the environment: the first says how often to kill, the others what this program writes
// where, as the process that is killed.
const (
	killsVariable  = "ASHLAR_KILLS"
	writeVariable  = "ASHLAR_KILLTEST_WRITE"
	folderVariable = "ASHLAR_KILLTEST_FOLDER"
	sizeVariable   = "ASHLAR_KILLTEST_SIZE"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(writeVariable); name != "" {
		if err := child(name, os.Getenv(folderVariable)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child is the process that is killed, or whose files may not grow.
func child(name, folder string) error {
	if size, err := strconv.ParseUint(os.Getenv(sizeVariable), 10, 64); err == nil {
		// Beyond the limit a write fails with EFBIG, as on a full disk with ENOSPC: Go ignores SIGXFSZ.
		if err := setSizeLimit(size); err != nil {
			return err
		}
	}
	fmt.Println("begins")
	return writers[name].write(filepath.Join(folder, name))
}

// width makes the files large enough that a kill hits them half written: 400 kB or so.
const width = 100_000

// numbers returns what turn i writes: a file of two turns would have different ones.
func numbers(i int) *data.Array[float32] {
	a := &data.Array[float32]{Dims: []int{width}, Data: make([]float32, width)}
	for j := range a.Data {
		a.Data[j] = float32(i)
	}
	return a
}

// same returns an error unless all numbers are equal.
func same(list []float32) error {
	for i, v := range list {
		if v != list[0] {
			return fmt.Errorf("element %d is %v, want %v as the first", i, v, list[0])
		}
	}
	if len(list) != width {
		return fmt.Errorf("%d elements, want %d", len(list), width)
	}
	return nil
}

// writer writes a file over and over.
type writer struct {
	once  func(path string, i int) error
	check func(path string) error // that the file is whole
}

// write writes until it is killed, or fails.
func (w writer) write(path string) error {
	for i := 1; ; i++ {
		if err := w.once(path, i); err != nil {
			return err
		}
	}
}

// writers are those of the formats, and of a run with checkpoints.
var writers = map[string]writer{
	"model": {
		func(path string, i int) error {
			net := wide(float32(i))
			return model.Save(path, &model.Model[float32]{Net: net, In: 1, Output: model.OutputValues})
		},
		func(path string) error {
			m, err := model.Load[float32](path)
			if err != nil {
				return err
			}
			return same(m.Net.(*layer.Linear[float32]).W.Value)
		},
	},
	"npz": {
		func(path string, i int) error {
			return data.WriteNPZFile(path, map[string]data.AnyArray{"x": numbers(i), "y": numbers(i)})
		},
		func(path string) error {
			x, err := data.ReadNPZFile[float32](path, "x")
			if err != nil {
				return err
			}
			y, err := data.ReadNPZFile[float32](path, "y")
			if err != nil {
				return err
			}
			if x.Data[0] != y.Data[0] {
				return fmt.Errorf("x is of turn %v, y of turn %v", x.Data[0], y.Data[0])
			}
			return same(x.Data)
		},
	},
	"csv": {
		func(path string, i int) error {
			row := []byte(strings.Repeat("x", 99) + strconv.Itoa(i%10) + "\n")
			return atomicfile.Write(path, newLines(row, 4000))
		},
		func(path string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line, _, _ := bytes.Cut(b, []byte("\n"))
			if want := bytes.Repeat(append(line, '\n'), 4000); !bytes.Equal(b, want) {
				return fmt.Errorf("%d bytes, want 4000 equal lines", len(b))
			}
			return nil
		},
	},
	"checkpoint": {
		func(path string, _ int) error {
			t, set := longRun(path)
			_, err := t.Run(context.Background(), set)
			if err == nil {
				err = os.Remove(path) // begin anew
			}
			return err
		},
		func(path string) error {
			_, err := model.ReadText(path)
			return err
		},
	},
}

// wide returns a layer whose weights are all v.
func wide(v float32) *layer.Linear[float32] {
	l := layer.NewLinear[float32](1, width, kernels.ActIdentity)
	for i := range l.W.Value {
		l.W.Value[i] = v
	}
	return l
}

// longRun is a run of many epochs, each of which writes a checkpoint.
func longRun(path string) (*train.Trainer[float32], *data.Set[float32]) {
	t, set := malform.Run(path)
	t.Epochs, t.Checkpoint.Every = 60, 1
	return t, set
}

// kills returns how often to kill in all.
func kills(t *testing.T) int {
	text := os.Getenv(killsVariable)
	if text == "" {
		return 8
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < len(writers) {
		t.Fatalf("%s is %q, want a number of at least %d", killsVariable, text, len(writers))
	}
	return n
}

// start starts this program to write one kind of file, and waits until it does.
func start(t *testing.T, name, folder, size string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), writeVariable+"="+name, folderVariable+"="+folder, sizeVariable+"="+size,
		"GOMAXPROCS=2")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "begins\n" {
		t.Fatalf("the writer said %q, %v", line, err)
	}
	return c, &stderr
}

// TestKill: programs that write are killed at random times. The file is whole each time, and in the end one
// more write leaves it alone in its folder.
func TestKill(t *testing.T) {
	n, r := kills(t), rand.New(rand.NewPCG(1, 2))
	folder, left, done := t.TempDir(), 0, 0
	for done < n {
		for name, w := range writers {
			if done == n {
				break
			}
			path := filepath.Join(folder, name)
			c, stderr := start(t, name, folder, "")
			time.Sleep(time.Duration(r.IntN(60_000)) * time.Microsecond)
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			err := c.Wait()
			if exit, is := errors.AsType[*exec.ExitError](err); !is ||
				exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("%s: %v: %s", name, err, stderr)
			}
			done++
			left += len(temporary(t, folder))
			if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
				continue // killed before the first file was complete, or between two runs
			}
			if err := w.check(path); err != nil {
				t.Fatalf("%s after kill %d: %v", name, done, err)
			}
		}
	}
	for name, w := range writers {
		if name == "checkpoint" {
			resumed(t, filepath.Join(folder, name))
		} else if err := w.once(filepath.Join(folder, name), 1); err != nil {
			t.Fatal(err)
		}
	}
	if list := temporary(t, folder); len(list) > 0 {
		t.Errorf("after another write of each file the folder still has %v", list)
	}
	if left == 0 && n >= 100 {
		t.Error("no kill left a temporary file: none hit a file half written")
	}
	proof.Count(t, "files", "kills", done)
}

// unbroken returns the parameters after a run that was not interrupted.
var unbroken = sync.OnceValues(func() ([]*layer.Param[float32], error) {
	whole, set := longRun("")
	whole.Checkpoint = nil
	_, err := whole.Run(context.Background(), set)
	return whole.Model.Params(), err
})

// resumed goes on from what a kill left, and compares the end with that of a run that was not interrupted.
func resumed(t *testing.T, path string) {
	t.Helper()
	want, err := unbroken()
	if err != nil {
		t.Fatal(err)
	}
	again, set := longRun(path)
	again.Checkpoint.Every = 20
	if _, err := again.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	for i, p := range again.Model.Params() {
		for j, v := range p.Value {
			if w := want[i].Value[j]; v != w {
				t.Fatalf("%s[%d] is %v after a kill, %v without", p.Name, j, v, w)
			}
		}
	}
}

// TestResumeAfterKills: a run that is killed over and over, and goes on each time, ends with the bits of one
// that is not.
func TestResumeAfterKills(t *testing.T) {
	folder, r := t.TempDir(), rand.New(rand.NewPCG(3, 4))
	n := kills(t) / 4
	for range n {
		c, _ := start(t, "checkpoint", folder, "")
		time.Sleep(time.Duration(r.IntN(20_000)) * time.Microsecond)
		_ = c.Process.Kill()
		_ = c.Wait()
		resumed(t, filepath.Join(folder, "checkpoint"))
		if err := os.Remove(filepath.Join(folder, "checkpoint")); err != nil {
			t.Fatal(err)
		}
	}
	proof.Count(t, "files", "kills", n)
	proof.Count(t, "files", "resumptions bit-equal", n)
}

// temporary lists the temporary files in a folder.
func temporary(t *testing.T, folder string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if writers[e.Name()].once == nil {
			list = append(list, e.Name())
		}
	}
	return list
}

// TestFull: where a file may not grow to its length, as on a full disk, the error says so and names the
// file, not the temporary one, the old file stays, and nothing is left beside it.
func TestFull(t *testing.T) {
	n := 0
	for name, w := range writers {
		if name == "checkpoint" {
			continue // its files are small; those of model are written alike
		}
		for _, size := range []string{"0", "1", "4096", "65536", "200000"} {
			folder := t.TempDir()
			path := filepath.Join(folder, name)
			if err := w.once(path, 1); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c, stderr := start(t, name, folder, size)
			err = c.Wait()
			if text := stderr.String(); err == nil || !strings.Contains(text, "file too large") ||
				!strings.Contains(text, path) || strings.Contains(text, path+".") {
				t.Errorf("%s limited to %s bytes: %v: %s", name, size, err, stderr)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("%s limited to %s bytes: the old file has changed, %v", name, size, err)
			}
			if list := temporary(t, folder); len(list) > 0 {
				t.Errorf("%s limited to %s bytes: left %v", name, size, list)
			}
			n++
		}
	}
	proof.Count(t, "files", "writes to a full disk", n)
}

// TestClosedFolder: in a folder that nobody may write to the old file stays and the error names it. Root may
// write everywhere but below a file.
func TestClosedFolder(t *testing.T) {
	n := 0
	for name, w := range writers {
		if name == "checkpoint" {
			continue
		}
		folder := t.TempDir()
		path := filepath.Join(folder, name)
		if err := w.once(path, 1); err != nil {
			t.Fatal(err)
		}
		below := filepath.Join(path, "below")
		if err := w.once(below, 1); err == nil || !strings.Contains(err.Error(), below) {
			t.Errorf("%s below a file: %v", name, err)
		}
		if os.Geteuid() != 0 {
			if err := os.Chmod(folder, 0o500); err != nil {
				t.Fatal(err)
			}
			if err := w.once(path, 2); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s in a closed folder: %v", name, err)
			}
			if err := os.Chmod(folder, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.check(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if list := temporary(t, folder); len(list) > 0 {
			t.Errorf("%s: left %v", name, list)
		}
		n++
	}
	proof.Count(t, "files", "writes to a folder that is closed", n)
}
