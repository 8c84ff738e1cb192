package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/internal/module"
	"github.com/ashlar-go/ashlar/internal/strictjson"
	"github.com/ashlar-go/ashlar/kernels"
)

const (
	// modelKey is the key of the metadata under which a whole model has its document.
	modelKey = "model"

	// formatVersion is the version of the document. A change that older readers must not ignore
	// raises it.
	formatVersion = 1

	// maxNet and maxLayers bound the net in a document: 3 bytes can claim a layer, which takes 200 in memory.
	maxNet    = 4 << 20
	maxLayers = 5000
)

// document is a whole model without its parameters, as JSON in the metadata of a file.
type document struct {
	Version int               `json:"version"`
	Writer  string            `json:"writer"`
	In      int               `json:"in"`
	Output  string            `json:"output"`
	Net     json.RawMessage   `json:"net"` // a node
	Classes []string          `json:"classes,omitempty"`
	Prepare *data.Fitted      `json:"prepare,omitempty"`
	Summary *summary          `json:"summary,omitempty"`
	Text    map[string]string `json:"text,omitempty"`
}

type summary struct {
	Epochs  int               `json:"epochs"`
	Rows    int               `json:"rows"`
	Seed    uint64            `json:"seed"`
	Metrics map[string]number `json:"metrics,omitempty"`
}

// number is a float64 in JSON. JSON has no NaN and no infinity: these are strings, since a training
// that ended with a NaN must not be lost when it is saved.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.AppendQuote(nil, strconv.FormatFloat(f, 'g', -1, 64)), nil
	}
	return json.Marshal(float64(n))
}

func (n *number) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case `"NaN"`:
		*n = number(math.NaN())
		return nil
	case `"+Inf"`:
		*n = number(math.Inf(1))
		return nil
	case `"-Inf"`:
		*n = number(math.Inf(-1))
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

// encode returns the tensors and the metadata of the file of m.
func (m *Model[T]) encode() ([]stored, map[string]string, error) {
	if err := m.Check(); err != nil {
		return nil, nil, err
	}
	if err := m.checkText(); err != nil {
		return nil, nil, err
	}
	var tensors []stored
	root, err := describe(&tensors, m.Net, "", 0)
	if err != nil {
		return nil, nil, err
	}
	net, err := json.Marshal(root)
	if err == nil {
		err = checkNet(net)
	}
	if err != nil {
		return nil, nil, err
	}
	d := document{formatVersion, module.Version(), m.In, m.Output.String(), net, m.Classes, m.Prepare, nil,
		m.Text}
	if s := m.Summary; s != nil {
		d.Summary = &summary{s.Epochs, s.Rows, s.Seed, convert[number](s.Metrics)}
	}
	b, err := json.Marshal(d)
	if err != nil {
		return nil, nil, fmt.Errorf("describing the model: %w", err)
	}
	return tensors, map[string]string{layoutKey: inOut, modelKey: string(b)}, nil
}

// checkNet returns an error for a net whose JSON is too long, or has too many layers.
func checkNet(net []byte) error {
	if len(net) > maxNet {
		return fmt.Errorf("the layers take %d bytes of JSON, want at most %d", len(net), maxNet)
	}
	// Each layer is an object, and what else a layer has is no text with a brace.
	if n := bytes.Count(net, []byte("{")) + bytes.Count(net, []byte("null")); n > maxLayers {
		return fmt.Errorf("there are %d layers, want at most %d", n, maxLayers)
	}
	return nil
}

// checkText returns an error for text that is not UTF-8, which package json would change.
func (m *Model[T]) checkText() error {
	bad := func(s string) bool { return !utf8.ValidString(s) }
	if i := slices.IndexFunc(m.Classes, bad); i >= 0 {
		return fmt.Errorf("the class name %q is no UTF-8", m.Classes[i])
	}
	for key, value := range m.Text {
		if bad(key) || bad(value) {
			return fmt.Errorf("the text %q: %q is no UTF-8", key, value)
		}
	}
	if m.Summary != nil {
		for name := range m.Summary.Metrics {
			if bad(name) {
				return fmt.Errorf("the name of metric %q is no UTF-8", name)
			}
		}
	}
	return nil
}

// convert returns a map with the same numbers of another type, nil for an empty one.
func convert[B, A ~float64](from map[string]A) map[string]B {
	if len(from) == 0 {
		return nil
	}
	to := make(map[string]B, len(from))
	for name, v := range from {
		to[name] = B(v)
	}
	return to
}

// readModel reads a whole model. Nothing is allocated for a layer before the file has shown that it has
// the bytes of its tensors.
func readModel[T kernels.Float](r io.ReaderAt, size int64) (*Model[T], error) {
	h, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	d, root, err := h.document()
	if err != nil {
		return nil, err
	}
	h.in = r
	net, err := build[T](h, root, "", 0)
	if err != nil {
		return nil, err
	}
	tensors, err := tensorsOf(net)
	if err != nil {
		return nil, err
	}
	if err := match(h, tensors); err != nil {
		return nil, err
	}
	m := &Model[T]{Net: net, In: d.In, Prepare: d.Prepare, Classes: d.Classes, Text: d.Text}
	m.Writer = d.Writer
	if m.Output = Output(max(0, slices.Index(outputNames[:], d.Output))); m.Output == 0 {
		return nil, fmt.Errorf("the output of the model is %q, want one of %q", d.Output, outputNames[1:])
	}
	if s := d.Summary; s != nil {
		m.Summary = &Summary{s.Epochs, s.Rows, s.Seed, convert[float64](s.Metrics)}
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	for _, t := range tensors {
		if err := readValues(r, h, t.Name, t.Value, decodeFloats); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// document decodes the document of a whole model, and the net in it.
func (h *header) document() (*document, *node, error) {
	text, ok := h.text[modelKey]
	if !ok {
		return nil, nil, h.noModel()
	}
	err := h.checkVersion([]byte(text))
	if err == nil {
		err = saying(inOut)(h.text)
	}
	if err != nil {
		return nil, nil, err
	}
	d, net := new(document), new(node)
	err = strictjson.Decode([]byte(text), d)
	if err == nil && len(d.Net) == 0 {
		err = errors.New("there is no net")
	}
	if err == nil {
		err = checkNet(d.Net)
	}
	if err == nil {
		err = within("net", strictjson.Decode(d.Net, &net))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the description of the model: %w", err)
	}
	return d, net, nil
}

// within says of the place in an error that it counts in a member of the document.
func within(member string, err error) error {
	if err != nil {
		err = fmt.Errorf("%q: %w", member, err)
	}
	return err
}

// checkVersion returns an error unless this package knows the version of a document.
func (h *header) checkVersion(text []byte) error {
	if err := strictjson.Check(text); err != nil {
		return fmt.Errorf("the description of the model: %w", err)
	}
	var of struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &of); err != nil {
		return fmt.Errorf("the description of the model: %w", err)
	}
	if of.Version > formatVersion {
		return fmt.Errorf("the model has version %d of the format, and this version of the package "+
			"knows those up to %d: a newer %s reads it", of.Version, formatVersion, module.Path)
	}
	if of.Version < 1 {
		return fmt.Errorf("the model has version %d of the format, want at least 1", of.Version)
	}
	return nil
}

// noModel returns the error for a file without a document, with the way to load it.
func (h *header) noModel() error {
	const alone = "the file holds tensors alone, not a whole model: build the net, and load it with "
	switch layoutOf(h.text) {
	case inOut:
		return errors.New(alone + "LoadWeights")
	case outIn:
		return errors.New(alone + "LoadPyTorch")
	}
	return errors.New(alone + "LoadPyTorch if its weights are out x in, as PyTorch's are, or with " +
		"LoadWeightsInOut if they are in x out")
}
