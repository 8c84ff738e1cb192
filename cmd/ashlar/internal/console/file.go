package console

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/ashlar-go/ashlar/internal/atomicfile"
)

// WriteFile creates or replaces the file at path by what write writes, completely or not at all. A device
// or a FIFO is written as it is.
func WriteFile(path string, write func(w io.Writer) error) error {
	if err := atomicfile.Write(path, write); err != nil {
		return fmt.Errorf("writing %s: %w", path, cause(err, path))
	}
	return nil
}

// Writable returns an error unless a file at path can be created or replaced, which is known before the
// work then, and not after it.
func Writable(path string) error {
	if err := atomicfile.Check(path); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err, path))
	}
	return nil
}

// cause returns an error without the path, where it begins with it.
func cause(err error, path string) error {
	if p, is := errors.AsType[*fs.PathError](err); is && p.Path == path {
		return p.Err
	}
	return err
}
