package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/internal/atomicfile"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/train"
	"github.com/ashlar-go/ashlar/train/plot"
)

// output has the paths of the files with the results.
type output struct{ weights, history, plot, confusion string }

// newOutput makes the folder. It returns an error before the training if a file cannot be written.
func newOutput(c config) (*output, error) {
	if err := console.MakeFolder(c.out); err != nil {
		return nil, err
	}
	path := func(suffix string) string { return filepath.Join(c.out, c.data+suffix) }
	o := &output{weights: path(".safetensors"), history: path(".csv"), plot: path(".png"),
		confusion: path("-confusion.png")}
	for _, path := range []string{o.weights, o.history, o.plot, o.confusion} {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return nil, fmt.Errorf("-out %s: %s is a folder", c.out, path)
		}
	}
	return o, nil
}

func (o *output) saveWeights(net *layer.Sequential[float32]) error {
	return model.SaveWeights(o.weights, net)
}

// savePlots writes the history, its curves and the confusion matrix.
func (o *output) savePlots(c config, epochs []epochResult, m train.Confusion) error {
	err := atomicfile.Write(o.history, func(w io.Writer) error { return writeHistory(w, epochs) })
	if err != nil {
		return err
	}
	figure, err := curves(epochs)
	if err != nil {
		return err
	}
	figure.Title = fmt.Sprintf("perceptron on %s, %s at rate %g, batch %d, tier %v", c.data, c.optimizer,
		c.lr,
		c.batch, kernels.Active())
	if err := figure.Save(o.plot); err != nil {
		return err
	}
	if figure, err = plot.Confusion(m, nil); err != nil {
		return err
	}
	return figure.Save(o.confusion)
}

// list prints the paths of the files.
func (o *output) list(w io.Writer) {
	fmt.Fprintf(w, "weights %s\nhistory %s\nplots   %s\n        %s\n", o.weights, o.history, o.plot,
		o.confusion)
}
