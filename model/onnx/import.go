package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/internal/strictjson"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// Import reads an ONNX file as a whole model. A node that is no part of a perceptron is an error
// with its name, its operator and the reason. Import allocates at most 64 times the bytes of the file and
// 1 MiB in all, and half a gigabyte more for arithmetic on constants: see Limits in the package comment.
func Import[T kernels.Float](r io.Reader) (*model.Model[T], error) {
	if r == nil {
		return nil, errors.New("onnx: the reader is nil")
	}
	raw, err := readAll(r)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	m, err := parse[T](raw)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	return m, nil
}

// readAll reads a file to its end, and one byte more than ONNX allows at most.
func readAll(r io.Reader) ([]byte, error) {
	size := int64(0)
	switch r := r.(type) {
	case *os.File:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
	case interface{ Len() int }: // of packages bytes and strings
		size = int64(r.Len())
	}
	// The buffer would grow otherwise, to several times the size.
	b := bytes.NewBuffer(make([]byte, 0, min(size, math.MaxInt32)+bytes.MinRead))
	_, err := b.ReadFrom(io.LimitReader(r, math.MaxInt32+1))
	return b.Bytes(), err
}

// ImportFile is [Import] from a file.
func ImportFile[T kernels.Float](path string) (*model.Model[T], error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := Import[T](f)
	if err != nil {
		return nil, fmt.Errorf("onnx: reading %s: %s", path, strings.TrimPrefix(err.Error(), "onnx: "))
	}
	return m, nil
}

// parse returns the model of a file's bytes.
func parse[T kernels.Float](raw []byte) (*model.Model[T], error) {
	if len(raw) > math.MaxInt32 {
		return nil, fmt.Errorf("the file has more than %d bytes, which ONNX does not allow", math.MaxInt32)
	}
	file := &onnxpb.ModelProto{}
	if err := checkMessages(raw, file.ProtoReflect().Descriptor()); err != nil {
		return nil, err
	}
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(raw, file); err != nil {
		return nil, fmt.Errorf("not an ONNX file: %w", err)
	}
	r, err := newReading(file, minElements+len(raw))
	if err != nil {
		return nil, err
	}
	m := &model.Model[T]{}
	if err := readMetadata(r.metadata, m); err != nil {
		return nil, err
	}
	if err := r.run(m.Prepare != nil); err != nil {
		return nil, err
	}
	found, err := r.result()
	if err != nil {
		return nil, err
	}
	m.Output = found.output
	if m.Prepare == nil {
		m.Classes = found.classes
	}
	b := &netBuilder[T]{left: minElements + len(raw)}
	if m.Net, m.In, err = b.net(r.start, found.end); err != nil {
		return nil, err
	}
	if r.columns != nil {
		if m.Prepare, err = byName(r.columns, r.order, targets(m)); err != nil {
			return nil, err
		}
	}
	return m, m.Check()
}

// targets returns the number of values that a model predicts, 0 for classes.
func targets[T kernels.Float](m *model.Model[T]) int {
	if m.Output != model.OutputValues {
		return 0
	}
	n, err := m.Net.Out(m.In)
	if err != nil {
		return 0 // Check says why
	}
	return n
}

// byName returns the pipeline that takes columns by their names and makes features of them in another
// order.
func byName(columns, order []string, targets int) (*data.Fitted, error) {
	var list []*data.Column
	for _, name := range columns {
		list = append(list, data.NumberColumn(name, []float64{0}))
	}
	plan := data.Pipeline{Steps: []data.Step{data.Choose{Columns: order}}}
	for i := range targets {
		name := fmt.Sprint("target ", i+1)
		plan.Target.Columns = append(plan.Target.Columns, name)
		list = append(list, data.NumberColumn(name, []float64{0}))
	}
	table, err := data.NewTable(list...)
	if err != nil {
		return nil, err
	}
	return plan.Fit(table)
}

// readMetadata fills what operators do not say. Output follows with the net.
func readMetadata[T kernels.Float](metadata map[string]string, m *model.Model[T]) (err error) {
	for key, text := range metadata {
		switch key {
		case keyOutput, keyNet:
		case keyPrepare:
			m.Prepare = &data.Fitted{}
			err = strictjson.Decode([]byte(text), m.Prepare)
		case keySummary:
			m.Summary = &model.Summary{}
			err = strictjson.Decode([]byte(text), m.Summary)
		case keyClasses:
			err = strictjson.Decode([]byte(text), &m.Classes)
		default:
			if strings.HasPrefix(key, keyPrefix) {
				return fmt.Errorf("metadata %q: no key that this release knows; a newer one may have written it",
					key)
			}
			if m.Text == nil {
				m.Text = map[string]string{}
			}
			m.Text[key] = text
		}
		if err != nil {
			return fmt.Errorf("metadata %q: %w", key, err)
		}
	}
	return nil
}

// newReading checks what a file says of itself.
func newReading(file *onnxpb.ModelProto, left int) (*reading, error) {
	if file.Graph == nil {
		return nil, errors.New("not an ONNX file: it has no graph")
	}
	r := &reading{graph: file.Graph, metadata: map[string]string{}, values: map[string]*value{}, left: left}
	for _, p := range file.MetadataProps {
		if _, twice := r.metadata[p.GetKey()]; twice {
			return nil, fmt.Errorf("metadata %.60q stand twice in the file", p.GetKey())
		}
		r.metadata[p.GetKey()] = p.GetValue()
	}
	for _, set := range file.OpsetImport {
		if d := set.GetDomain(); d == "" || d == "ai.onnx" { // two names of one domain: some files have both
			if v := set.GetVersion(); r.opset != 0 && v != r.opset {
				return nil, fmt.Errorf("the file has opset %d and opset %d, want one", r.opset, v)
			}
			r.opset = set.GetVersion()
		}
	}
	const oldest, newest = 7, 27
	if r.opset != 0 && (r.opset < oldest || r.opset > newest) {
		return nil, fmt.Errorf("the file has opset %d, want %d to %d", r.opset, oldest, newest)
	}
	return r, r.index()
}
