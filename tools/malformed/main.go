// Command malformed writes the damaged files of package malform to a folder, for other programs and for
// people
// who look for what a reader makes of one. A file "must-" must be refused, a file "may-" may be read.
//
//	go run ./tools/malformed -onnx model/onnx/testdata/mlp_three.onnx FOLDER
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ashlar-go/ashlar/internal/malform"
	"github.com/ashlar-go/ashlar/tools/internal/tempdir"
)

func main() {
	onnx := flag.String("onnx", "", "a whole ONNX `file`, to damage it too")
	flag.Parse()
	if err := run(*onnx, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "malformed:", err)
		os.Exit(1)
	}
}

func run(onnx string, args []string) error {
	if len(args) != 1 {
		return errors.New("want one folder to write the files to")
	}
	temp, remove, err := tempdir.Make("malformed-")
	if err != nil {
		return err
	}
	defer remove()
	whole, err := malform.Whole(temp)
	if err != nil {
		return err
	}
	if onnx != "" {
		if whole[malform.ONNX], err = os.ReadFile(onnx); err != nil {
			return err
		}
	}
	files := malform.Corpus(whole)
	for i, f := range files {
		kind := "must"
		if f.Unnoticed {
			kind = "may"
		}
		folder := filepath.Join(args[0], strings.ReplaceAll(string(f.Format), " ", "-"))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		path := filepath.Join(folder, fmt.Sprintf("%s-%05d", kind, i))
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", path, f.Name)
	}
	return nil
}
