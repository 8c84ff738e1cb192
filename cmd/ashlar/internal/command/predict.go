package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/console"
	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

const predictHelp = `
Predicts from the rows of FILE, or of the standard input: CSV, JSON lines, npy, npz with x, or IDX,
with the raw columns that the model was trained on, in any order and with others beside them. It prints CSV,
or JSON lines: for classes the class and the probability of each, for values the values in the units of
the training.

CSV and JSON lines are read and answered as they come, so the input may be larger than the memory, or
never end. Columns of --keep that the model does not take are printed as the texts that they are, such
as NA and 1.50; an empty cell of CSV is null in JSON lines.`

// forms are the names of the forms of weights.
var forms = []string{layer.WeightsFull.String(), layer.WeightsBFloat16.String(), layer.WeightsInt8.String()}

// predictFlags are the flags of predict.
type predictFlags struct {
	out   string
	keep  words
	json  bool
	table tableSettings

	weights string // a name of layer.Weights
}

func (a *app) predict() *cobra.Command {
	var p predictFlags
	c := &cobra.Command{
		Use:   "predict MODEL [FILE]",
		Short: "Predict from the rows of a file or of the standard input",
		Long:  predictHelp,
		Example: "ashlar predict flats.safetensors new.csv\n" +
			"ashlar predict flats.safetensors new.csv --keep id --out prices.csv\n" +
			"tail -f rows.csv | ashlar predict flats.safetensors --json",
		Args: cobra.RangeArgs(1, 2),
		RunE: a.runs(func(c *cobra.Command, args []string) error {
			if err := p.table.check(); err != nil {
				return err
			}
			if err := known("weights", p.weights, forms); err != nil {
				return err
			}
			path := "-"
			if len(args) == 2 {
				path = args[1]
			}
			if err := apart([]string{p.out}, args[0], path); err != nil {
				return err
			}
			file, err := a.input(args[0])
			if err != nil {
				return err
			}
			return withModel(file,
				func(m *model.Model[float32]) error { return predictTo(c, a, m, path, &p) },
				func(m *model.Model[float64]) error { return predictTo(c, a, m, path, &p) })
		}),
	}
	f := c.Flags()
	f.StringVarP(&p.out, "out", "o", "", "`file` for the predictions (default the standard output)")
	f.Var(&p.keep, "keep", "`columns` of the input to print first, such as id,name")
	p.table.flags(f, asTrained, asTrained)
	f.StringVar(&p.weights, "weights", forms[0],
		"`form` of the weights: full, bfloat16 for half the memory or int8 for a quarter")
	f.BoolVar(&p.json, "json", false, "print JSON lines in place of CSV")
	oneOf(c, "weights", forms)
	return c
}

// predictTo predicts and writes to where the flags say. An interrupt leaves no part of a file.
func predictTo[T kernels.Float](c *cobra.Command, a *app, m *model.Model[T], path string,
	p *predictFlags) error {
	ctx := c.Context()
	if err := p.table.recall(m.Text, c.Flags()); err != nil {
		return err
	}
	var err error
	if m.Weights, err = layer.ParseWeights(p.weights); err != nil {
		return err
	}
	if err := a.checkWeights(len(layer.Int8Layers(m.Net)), wideLinears(m.Net), m.Weights); err != nil {
		return err
	}
	if _, err := m.Predictor(); err != nil {
		return err
	}
	in, close, err := a.rows(path, inputsOf(m), m.Prepare != nil, p)
	if err != nil {
		return err
	}
	defer close()
	if p.out == "" {
		return predictAll(ctx, m, in, a.Out, p)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	return console.WriteFile(p.out, func(w io.Writer) error { return predictAll(ctx, m, in, w, p) })
}

// checkWeights returns an error if --weights asks for another form than a file in int8 has, and warns where
// the form changes nothing.
func (a *app) checkWeights(int8s, wide int, form layer.Weights) error {
	switch {
	case form == layer.WeightsBFloat16 && int8s > 0:
		return usagef("--weights %v: %d layers of the model are in int8 already", form, int8s)
	case form != layer.WeightsFull && int8s+wide == 0:
		a.Warn("--weights %v changes nothing: the model has no Linear layer of more than one output", form)
	}
	return nil
}

// wideLinears counts the Linear layers that --weights changes.
func wideLinears[T kernels.Float](l layer.Layer[T]) (n int) {
	switch l := l.(type) {
	case *layer.Linear[T]:
		if l.W.Shape[1] > 1 {
			return 1
		}
	case layer.Container[T]:
		for _, part := range l.Parts() {
			n += wideLinears(part)
		}
	}
	return n
}

// predictAll predicts from all rows, part by part.
func predictAll[T kernels.Float](ctx context.Context, m *model.Model[T], in rowSource, w io.Writer,
	p *predictFlags) error {
	buffered := bufio.NewWriter(w)
	out, err := newPredictionWriter(m, buffered, p)
	if err != nil {
		return err
	}
	for {
		rows, err := in.next(ctx)
		if err == io.EOF {
			if err := out.begin(); err != nil { // there were no rows
				return err
			}
			return buffered.Flush()
		}
		var list []model.Prediction
		if err == nil {
			list, err = m.PredictTable(rows.table)
			if err != nil {
				err = fmt.Errorf("%s: %w", rows.place, err)
			}
		}
		if err == nil {
			err = out.write(rows, list)
		}
		if flush := buffered.Flush(); err == nil { // what was right before is printed
			err = flush
		}
		if err != nil {
			return err
		}
	}
}

// predictionWriter writes predictions as CSV or JSON lines.
type predictionWriter struct {
	flags   *predictFlags
	csv     *csv.Writer
	w       io.Writer
	classes []string // nil for values
	targets []string
	digits  int
	begun   bool
}

func newPredictionWriter[T kernels.Float](m *model.Model[T], w io.Writer, p *predictFlags) (*predictionWriter,
	error) {
	out := &predictionWriter{flags: p, csv: csv.NewWriter(w), w: w, classes: classesOf(m), digits: 7}
	if any(T(0)) == any(float64(0)) {
		out.digits = 15
	}
	if m.Prepare != nil {
		out.targets = m.Prepare.Targets()
	}
	if outputs, _ := m.Net.Out(m.In); out.targets == nil && out.classes == nil && outputs > 1 {
		for i := range outputs {
			out.targets = append(out.targets, fmt.Sprintf("value%d", i+1))
		}
	} else if out.targets == nil {
		out.targets = []string{map[bool]string{true: "value", false: "class"}[out.classes == nil]}
	}
	out.targets = slices.Clone(out.targets)
	for i, name := range out.targets {
		if slices.Contains(p.keep, name) {
			out.targets[i] = "predicted_" + name
		}
	}
	return out, out.check()
}

// check returns a usageError if two columns of the output have one name.
func (o *predictionWriter) check() error {
	names := o.header()
	if o.flags.json {
		names = append(slices.Clone(o.flags.keep), o.targets...)
		if o.classes != nil {
			names = append(names, "probabilities")
		}
	}
	slices.Sort(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return usagef("--keep: two columns of the output would be called %q", names[i])
		}
	}
	return nil
}

// write writes the predictions of rows.
func (o *predictionWriter) write(rows rowPart, list []model.Prediction) error {
	for _, name := range o.flags.keep {
		if rows.table.Column(name) == nil {
			return noColumn(name)
		}
	}
	if o.flags.json {
		return o.jsonLines(rows, list)
	}
	if err := o.begin(); err != nil {
		return err
	}
	for i, p := range list {
		var row []string
		for _, name := range o.flags.keep {
			row = append(row, rows.text(name, i))
		}
		if o.classes != nil {
			row = append(row, p.Class)
		}
		for _, v := range append(p.Probabilities, p.Values...) {
			row = append(row, strconv.FormatFloat(v, 'g', o.digits, 64))
		}
		if err := o.csv.Write(row); err != nil {
			return err
		}
	}
	o.csv.Flush()
	return o.csv.Error()
}

// begin writes the header of CSV, once.
func (o *predictionWriter) begin() error {
	if o.begun || o.flags.json {
		return nil
	}
	o.begun = true
	if err := o.csv.Write(o.header()); err != nil {
		return err
	}
	o.csv.Flush()
	return o.csv.Error()
}

// header names the columns.
func (o *predictionWriter) header() []string {
	head := append([]string(nil), o.flags.keep...)
	head = append(head, o.targets...)
	for _, c := range o.classes {
		head = append(head, "probability_"+c)
	}
	return head
}

// jsonLines writes one object a row: the columns to keep, and the class with the probabilities or the
// values.
func (o *predictionWriter) jsonLines(rows rowPart, list []model.Prediction) error {
	e := json.NewEncoder(o.w)
	e.SetEscapeHTML(false)
	for i, p := range list {
		row := map[string]any{}
		for _, name := range o.flags.keep {
			row[name] = rows.value(name, i)
		}
		for j, v := range p.Values {
			row[o.targets[j]] = o.rounded(v)
		}
		if o.classes != nil {
			row[o.targets[0]] = p.Class
			of := map[string]number{}
			for j, q := range p.Probabilities {
				of[o.classes[j]] = o.rounded(q)
			}
			row["probabilities"] = of
		}
		if err := e.Encode(row); err != nil {
			return err
		}
	}
	return nil
}

// rounded returns a number with the digits that mean something.
func (o *predictionWriter) rounded(v float64) number {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', o.digits, 64), 64)
	if err != nil {
		return number(v) // NaN and infinities are texts that parse; nothing else fails
	}
	return number(r)
}

// rows opens the rows at path, "-" for the standard input.
func (a *app) rows(path string, inputs []data.Column, named bool, p *predictFlags) (rowSource, func(),
	error) {
	name, in, closeFile := path, a.In, func() {}
	if path == "-" {
		name = "the standard input"
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, nil, err
		}
		in, closeFile = f, func() { f.Close() }
	}
	source, stop, err := openRows(name, in, path != "-", inputs, named, p)
	if err != nil {
		closeFile()
		return nil, nil, err
	}
	return source, func() { stop(); closeFile() }, nil
}

// rowSource gives rows part by part. It ends with io.EOF, or with errInterrupted where the context does.
type rowSource interface {
	next(ctx context.Context) (rowPart, error)
}

// rowPart is a part of the rows.
type rowPart struct {
	table *data.Table
	place string // where the rows are from
	kept  keptTexts
}

// keptTexts holds, by the names of columns that are only kept, the texts of the rows as they are: NA is a text.
type keptTexts map[string][]jsonValue

// text returns what row i of a column to keep has in CSV.
func (p *rowPart) text(name string, i int) string {
	if list, is := p.kept[name]; is {
		return list[i].text
	}
	return p.table.Column(name).Text(i)
}

// value returns what row i of a column to keep has in JSON, nil for null.
func (p *rowPart) value(name string, i int) any {
	if list, is := p.kept[name]; is && !list[i].null {
		return list[i].text
	} else if is {
		return nil
	}
	switch c := p.table.Column(name); {
	case c.IsMissing(i):
		return nil
	case c.Kind == data.KindNumber:
		return number(c.Numbers[i])
	default:
		return c.Text(i)
	}
}

// onePart is a table as a source of one part.
type onePart struct {
	table *data.Table
	name  string
}

func (s *onePart) next(context.Context) (rowPart, error) {
	if s.table == nil {
		return rowPart{}, io.EOF
	}
	t := s.table
	s.table = nil
	return rowPart{table: t, place: s.name}, nil
}

// openRows finds the format of a stream and returns its rows. whole says that it is a file, whose rows
// need not be answered as they come.
func openRows(name string, r io.Reader, whole bool, inputs []data.Column, named bool,
	p *predictFlags) (rowSource, func(), error) {
	in, err := unzipped(r)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	buffered := bufio.NewReaderSize(in, 1<<16)
	if _, err := buffered.Peek(1); err == io.EOF { // it waits for the first byte alone
		return nil, nil, fmt.Errorf("%s is empty, want rows", name)
	} else if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	head, _ := buffered.Peek(min(buffered.Buffered(), sniffed))
	switch is := formatOfBytes(head, name); is {
	case formatCSV, formatJSONLines:
		s := &lineSource{name: name, inputs: inputs, named: named, json: is == formatJSONLines, whole: whole,
			flags: p}
		s.start(buffered)
		return s, s.stop, nil
	case formatNPZ:
		raw, err := io.ReadAll(buffered) // its directory is at the end
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		t, err := npzTable(name, bytes.NewReader(raw), int64(len(raw)), false)
		return &onePart{t, name}, func() {}, err
	case formatNPY, formatIDX:
		t, err := tableOfArray(name, is, buffered)
		return &onePart{t, name}, func() {}, err
	default:
		return nil, nil, fmt.Errorf("%s is none of CSV, JSON lines, npy, npz and IDX", name)
	}
}

// tableOfArray reads an array as a table.
func tableOfArray(name string, is format, r io.Reader) (t *data.Table, err error) {
	if is == formatNPY {
		var a *data.Array[float64]
		if a, err = data.ReadNPY[float64](r); err == nil {
			t, err = data.TableFromArray(a, nil)
		}
	} else {
		var x *data.IDX
		if x, err = data.ReadIDX(r); err == nil {
			t, err = data.TableFromIDX(x, nil)
		}
	}
	if err != nil {
		return nil, inFile(name, err)
	}
	return t, nil
}

func noColumn(name string) error { return usagef("--keep: the input has no column %q", name) }

var errInterrupted = errors.New("interrupted")

var errLongLine = errors.New("the line is longer than 8 MiB")
