// Package picture saves the plots of the examples.
package picture

import (
	"fmt"
	"path/filepath"

	"github.com/ashlar-go/ashlar/train/plot"
)

// Lines draws panels under a title into a file of a folder and prints its path.
func Lines(dir, name, title string, panels ...plot.Panel) error {
	figure, err := plot.Lines(panels...)
	if err != nil {
		return err
	}
	return Save(dir, name, title, figure)
}

// Save writes a figure with a title into a file of a folder and prints its path.
func Save(dir, name, title string, figure *plot.Figure) error {
	figure.Title = title
	path := filepath.Join(dir, name)
	if err := figure.Save(path); err != nil {
		return err
	}
	fmt.Println("plot", path)
	return nil
}
