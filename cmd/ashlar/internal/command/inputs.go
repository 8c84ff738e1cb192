package command

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// stdin is the path of the standard input.
const stdin = "-"

// inputs are the files of a run that are no files: pipes and the standard input, which can be read once
// alone. Each has a copy, since the commands look at a file before they read it.
type inputs struct {
	folder string            // "" before the first copy, and once they are removed
	names  map[string]string // what a copy is of, by its path
	done   func()            // ends what watches for signals
}

// input returns the path of a regular file with what is at path: path itself, or a copy. "" is no file.
func (a *app) input(path string) (string, error) {
	if path == "" {
		return path, nil
	}
	from := a.In
	if path != stdin {
		info, err := os.Stat(path)
		if err != nil || info.Mode().IsRegular() || info.IsDir() {
			return path, nil // who opens it tells what is wrong
		}
		if info.Mode()&os.ModeDevice != 0 {
			return "", fmt.Errorf("%s is a device, want a file or a pipe", path)
		}
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		from = f
	}
	copied, err := a.inputs.copy(path, from)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", a.name(path), err)
	}
	return copied, nil
}

// copy copies a stream to a file of its own.
func (in *inputs) copy(path string, from io.Reader) (copied string, err error) {
	if in.folder == "" {
		if in.folder, err = os.MkdirTemp("", "ashlar-"); err != nil {
			return "", err
		}
		in.names = map[string]string{}
		in.done = removeOnSignal(in.folder)
	}
	copied = filepath.Join(in.folder, strconv.Itoa(len(in.names)))
	in.names[copied] = path
	f, err := os.Create(copied)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(f, from); err != nil {
		f.Close()
		return "", err
	}
	return copied, f.Close()
}

// name returns what people call the file at path.
func (a *app) name(path string) string {
	if of, is := a.inputs.names[path]; is {
		path = of
	}
	if path == stdin {
		return "the standard input"
	}
	return path
}

// named replaces the paths of the copies in a text.
func (a *app) named(text string) string {
	for copied := range a.inputs.names {
		text = strings.ReplaceAll(text, copied, a.name(copied))
	}
	return text
}

// removeOnSignal has a folder removed where a signal ends the program. It returns a function that ends that.
func removeOnSignal(folder string) (end func()) {
	signals, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			os.RemoveAll(folder)
			signal.Reset(s)
			if self, err := os.FindProcess(os.Getpid()); err != nil || self.Signal(s) != nil {
				os.Exit(failed) // a system without signals
			}
		case <-ended:
		}
	}()
	return func() {
		signal.Stop(signals)
		close(ended)
	}
}

// forget removes the copies, and keeps their names. What reads them has ended.
func (in *inputs) forget() error {
	if in.folder == "" {
		return nil
	}
	err := os.RemoveAll(in.folder)
	in.done()
	in.folder = ""
	return err
}

// apart returns a usageError if one of the files to write is one of those to read.
func apart(outputs []string, inputs ...string) error {
	for _, in := range inputs {
		read, err := os.Stat(in)
		if err != nil || !read.Mode().IsRegular() {
			continue // "", the standard input, a pipe, or an error of who opens it
		}
		for _, out := range outputs {
			if written, err := os.Stat(out); err == nil && os.SameFile(read, written) {
				return usagef("%s would be written over the input %s", out, in)
			}
		}
	}
	return nil
}
