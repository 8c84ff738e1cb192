package command

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/console"
	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/train"
	"github.com/ashlar-go/ashlar/train/plot"
)

const trainHelp = `
Trains a multi-layer perceptron on the rows of FILE and writes the model, the history of the training
and its curves. FILE is CSV, JSON lines, npy, npz with x and y, or IDX with --labels; gzip is unzipped;
- is the standard input.

Without flags the last column is the target: texts and a few whole numbers are classes, other numbers
are values. Numbers are standardised, missing ones filled, categories become columns of 0 and 1. 15 %
of the rows measure when to stop, and 15 % are for the test alone. The net grows with the rows, and
the training ends when the validation loss has not fallen for 20 epochs, with the weights of the best.
What is decided is printed.

Ctrl-C ends the training and saves the best epoch so far; a second one ends at once and saves nothing.
--config reads settings from a file of TOML; flags count more. --config-template prints one. A flag that
changes nothing beside the others is an error.`

// trainFiles are the files that train writes.
type trainFiles struct {
	Model   string `json:"model"`
	History string `json:"history"`
	Curves  string `json:"curves"`
}

// trainResult is what train prints as JSON.
type trainResult struct {
	File        string                       `json:"file"`
	Rows        map[string]int               `json:"rows"`
	Target      string                       `json:"target"`
	Task        string                       `json:"task"`
	Classes     []string                     `json:"classes,omitempty"`
	Features    []string                     `json:"features"`
	Hidden      []int                        `json:"hidden"`
	Weights     int                          `json:"weights"`
	Epochs      int                          `json:"epochs"`
	Best        int                          `json:"best_epoch"`
	Interrupted bool                         `json:"interrupted"`
	Seconds     number                       `json:"seconds"`
	Metrics     map[string]map[string]number `json:"metrics"`
	Files       trainFiles                   `json:"files"`
}

func (a *app) train() *cobra.Command {
	s := defaults()
	var config string
	var asJSON, template bool
	c := &cobra.Command{
		Use:   "train FILE",
		Short: "Train a net on the rows of a file",
		Long:  trainHelp,
		Example: "ashlar train flats.csv\n" +
			"ashlar train iris.csv --target species --hidden 32,16 --epochs 50\n" +
			"ashlar train train-images.gz --labels train-labels.gz --out mnist\n" +
			"ashlar train flats.csv --config flats.toml --seed 2 --json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 && !template {
				return fmt.Errorf("%d files, want one with the rows to train on", len(args))
			}
			return nil
		},
		RunE: a.runs(func(c *cobra.Command, args []string) error {
			if template {
				a.Printf("%s", configTemplate)
				return nil
			}
			if config != "" {
				if err := s.file(config, c.Flags()); err != nil {
					return err
				}
			}
			if err := s.check(); err != nil {
				return err
			}
			if err := s.useful(c.Flags()); err != nil {
				return err
			}
			files, err := s.files(args[0])
			if err != nil {
				return err
			}
			if err := files.check(args[0], s.Table.Labels, s.Split.TestFile, config); err != nil {
				return err
			}
			a.quiet = asJSON
			r, err := a.trainFile(c.Context(), &s, args[0], files)
			if err == nil && asJSON {
				return a.JSON(r)
			}
			return err
		}),
	}
	s.flags(c)
	f := c.Flags()
	f.StringVarP(&config, "config", "c", "", "`file` of TOML with settings")
	f.BoolVar(&template, "config-template", false, "print a file for --config with all settings and end")
	jsonFlag(f, &asJSON)
	return c
}

// trainFile trains on a file and writes what files says.
func (a *app) trainFile(ctx context.Context, s *settings, path string, files trainFiles) (*trainResult,
	error) {
	if s.Threads > 0 {
		kernels.SetThreads(s.Threads)
	}
	read := path
	for _, p := range []*string{&read, &s.Table.Labels, &s.Split.TestFile} {
		var err error
		if *p, err = a.input(*p); err != nil {
			return nil, err
		}
	}
	path = a.name(path)
	d, err := s.load(read, func(format string, args ...any) { a.Warn("%s", a.named(fmt.Sprintf(format, args...))) })
	if err == nil {
		err = a.inputs.forget() // the rows are in memory, and a signal means something else from here on
	}
	if err != nil {
		return nil, err
	}
	a.writeData(path, d)
	out := max(1, len(d.fitted.Classes()))
	net, err := s.Net.net(len(d.fitted.Features()), out, d.training.set.Rows, s.Seed)
	if err != nil {
		return nil, err
	}
	a.writePlan(s, d, net)
	ctx, stop := interruptible(ctx)
	defer stop()
	r, err := a.learn(ctx, s, d, net)
	if err != nil {
		return nil, err
	}
	return a.finish(s, path, d, r, files)
}

// interruptible returns a context that the first Ctrl-C cancels. The second one ends the program.
func interruptible(ctx context.Context) (context.Context, func()) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// files returns the paths of the files for the model of the rows at path. A folder takes files with the
// name of the rows.
func (s *settings) files(path string) (trainFiles, error) {
	base := s.Out
	info, err := os.Stat(base)
	folder := strings.HasSuffix(filepath.ToSlash(base), "/") || err == nil && info.IsDir()
	if base == "" || folder {
		rows, err := os.Stat(path)
		if path == stdin || err == nil && !rows.Mode().IsRegular() && !rows.IsDir() {
			return trainFiles{}, usagef("--out: %s gives the files no name", path)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".gz")
		base = filepath.Join(base, strings.TrimSuffix(name, filepath.Ext(name)))
	}
	base = strings.TrimSuffix(base, ".safetensors")
	return trainFiles{base + ".safetensors", base + ".history.csv", base + ".png"}, nil
}

// check returns an error unless the files can be written, over none of the inputs.
func (f trainFiles) check(inputs ...string) error {
	list := []string{f.Model, f.History, f.Curves}
	if err := apart(list, inputs...); err != nil {
		return err
	}
	for _, path := range list {
		if err := console.Writable(path); err != nil {
			return err
		}
	}
	return nil
}

// finish measures what was learnt, prints it and writes the files.
func (a *app) finish(s *settings, path string, d *dataset, r *trained, files trainFiles) (*trainResult,
	error) {
	m := d.model(s, path, r)
	if err := s.Table.keep(m.Text); err != nil {
		return nil, err
	}
	columns, err := measureParts(m, d)
	if err != nil {
		return nil, err
	}
	last := columns[len(columns)-1]
	for _, c := range columns {
		for name, v := range c.figures {
			if name != nRows && !math.IsNaN(v) && !math.IsInf(v, 0) {
				m.Summary.Metrics[c.name+"_"+jsonNames[name]] = v
			}
		}
	}
	if err := write(m, r.history, files); err != nil {
		return nil, err
	}
	a.writeResult(s, r, columns, last, files)
	result := &trainResult{File: path, Rows: map[string]int{}, Target: d.target, Task: "values",
		Classes: d.fitted.Classes(), Features: d.fitted.Features(), Hidden: s.Net.hidden(d.training.set.Rows),
		Epochs: len(r.history), Best: r.best, Interrupted: r.interrupted, Seconds: number(r.seconds),
		Metrics: map[string]map[string]number{baseline: last.baseline().json()}, Files: files}
	for _, c := range columns {
		result.Rows[c.name], result.Metrics[c.name] = int(c.figures[nRows]), c.json()
	}
	if d.classes {
		result.Task = "classes"
	}
	result.Weights = weights(r.net)
	return result, nil
}

// model returns the whole model.
func (d *dataset) model(s *settings, path string, r *trained) *model.Model[float32] {
	m := &model.Model[float32]{Net: r.net, In: len(d.fitted.Features()), Output: model.OutputValues,
		Prepare: d.fitted,
		Summary: &model.Summary{Epochs: r.best, Rows: d.training.table.Rows(), Seed: s.Seed,
			Metrics: map[string]float64{}},
		Text: map[string]string{"source": filepath.Base(path)}}
	if d.classes {
		m.Output = model.OutputLogits
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		m.Text["trained_by"] = "ashlar " + info.Main.Version
	}
	return m
}

// measureParts measures a model on each part of the rows.
func measureParts(m *model.Model[float32], d *dataset) (columns []column, err error) {
	for _, p := range []struct {
		name  string
		table *data.Table
	}{{"training", d.training.table}, {"validation", d.validation.table}, {"test", d.test.table}} {
		if p.table == nil {
			continue
		}
		s, err := score(m, p.table, []string{d.target})
		if err != nil {
			return nil, err
		}
		columns = append(columns, column{p.name, s})
	}
	return columns, nil
}

// write writes the files, each completely or not at all. An error names those that were written.
func write(m *model.Model[float32], history []train.Epoch, files trainFiles) error {
	figure, err := plot.LearningCurves(history)
	if err != nil {
		return err
	}
	if err := model.Save(files.Model, m); err != nil {
		return err
	}
	err = console.WriteFile(files.History, func(w io.Writer) error { return train.WriteCSV(w, history) })
	if err != nil {
		return fmt.Errorf("%w; the model %s is written", err, files.Model)
	}
	if err := figure.Save(files.Curves); err != nil {
		return fmt.Errorf("%w; the model %s and %s are written", err, files.Model, files.History)
	}
	return nil
}

func weights(net layer.Layer[float32]) (n int) {
	for _, p := range net.Params() {
		n += len(p.Value)
	}
	return n
}
