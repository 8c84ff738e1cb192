package onnx

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/ashlar-go/ashlar/internal/atomicfile"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// Keys of the metadata, for what operators do not say. Other programs keep and ignore them.
const (
	keyPrefix  = "ashlar."
	keyOutput  = keyPrefix + "output"  // what the outputs of the net are, as in outputNames
	keyNet     = keyPrefix + "net"     // the values at the ends of the net, as JSON: [input, output]
	keyPrepare = keyPrefix + "prepare" // the pipeline, as JSON
	keyClasses = keyPrefix + "classes" // the model's Classes beside a pipeline, as JSON
	keySummary = keyPrefix + "summary" // the training, as JSON
)

// Export writes a whole model as an ONNX file. It is an error if a layer has no counterpart, if the
// parts of the model do not fit each other, or if a parameter is too large for float32; then Export
// writes nothing.
func Export[T kernels.Float](w io.Writer, m *model.Model[T]) error {
	file, err := encode(m)
	if err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	if w == nil {
		return errors.New("onnx: the writer is nil")
	}
	_, err = w.Write(file)
	return err
}

// ExportFile is [Export] to a file, which appears complete or not at all: a temporary file beside it
// is written, flushed to the disk and renamed.
func ExportFile[T kernels.Float](path string, m *model.Model[T]) error {
	file, err := encode(m)
	if err == nil {
		err = atomicfile.Write(path, func(w io.Writer) error {
			_, err := w.Write(file)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("onnx: writing %s: %w", path, err)
	}
	return nil
}

// encode returns the bytes of the file.
func encode[T kernels.Float](m *model.Model[T]) ([]byte, error) {
	file, err := assemble(m)
	if err != nil {
		return nil, err
	}
	// A bound of protobuf, and so of ONNX without external data.
	if n := proto.Size(file); n > math.MaxInt32 {
		return nil, fmt.Errorf("the file would have %d bytes, and ONNX allows %d", n, math.MaxInt32)
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(file)
}

// exporter writes one model.
type exporter[T kernels.Float] struct {
	builder
	model  *model.Model[T]
	labels []string // of the classes, nil without names
	cols   int      // of the output of the net

	// refused is rows x 1: 0, and NaN in rows that the pipeline refuses. "" without a pipeline.
	refused string
}

// assemble returns the model as a message.
func assemble[T kernels.Float](m *model.Model[T]) (*onnxpb.ModelProto, error) {
	e := &exporter[T]{model: m}
	if err := e.check(); err != nil {
		return nil, err
	}
	e.graph.Name = proto.String("ashlar")
	features, err := e.features()
	if err != nil {
		return nil, err
	}
	out := e.reserveOutputs()
	net, _, err := e.layer(m.Net, "", features, m.In)
	if err != nil {
		return nil, err
	}
	if err := e.outputs(net, out); err != nil {
		return nil, err
	}
	metadata, err := e.metadata(features, net)
	if err != nil {
		return nil, err
	}
	file := &onnxpb.ModelProto{IrVersion: proto.Int64(irVersion), ProducerName: proto.String("ashlar"),
		Graph: &e.graph, MetadataProps: metadata, OpsetImport: []*onnxpb.OperatorSetIdProto{
			{Domain: proto.String(""), Version: proto.Int64(opset)}}}
	if e.ml {
		file.OpsetImport = append(file.OpsetImport, &onnxpb.OperatorSetIdProto{
			Domain: proto.String(mlDomain), Version: proto.Int64(mlOpset)})
	}
	return file, nil
}

// check returns an error unless the parts of the model fit each other.
func (e *exporter[T]) check() (err error) {
	m := e.model
	if err := m.Check(); err != nil {
		return err
	}
	for key := range m.Text {
		if strings.HasPrefix(key, keyPrefix) {
			return fmt.Errorf("the model's text has the key %q; keys with %q are for this package", key,
				keyPrefix)
		}
	}
	e.labels = m.Classes
	if m.Classes == nil && m.Prepare != nil {
		e.labels = m.Prepare.Classes()
	}
	e.cols, err = m.Net.Out(m.In)
	return err
}

// metadata returns what operators do not say, sorted by key.
func (e *exporter[T]) metadata(features, net string) ([]*onnxpb.StringStringEntryProto, error) {
	m := e.model
	text := maps.Clone(m.Text)
	if text == nil {
		text = map[string]string{}
	}
	text[keyOutput] = m.Output.String()
	values := map[string]any{keyNet: []string{features, net}}
	if m.Prepare != nil {
		values[keyPrepare] = m.Prepare
		values[keyClasses] = m.Classes
	}
	if m.Summary != nil {
		values[keySummary] = m.Summary
	}
	for key, v := range values {
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		text[key] = string(raw)
	}
	var list []*onnxpb.StringStringEntryProto
	for _, key := range slices.Sorted(maps.Keys(text)) {
		list = append(list, &onnxpb.StringStringEntryProto{Key: proto.String(key),
			Value: proto.String(text[key])})
	}
	return list, nil
}
