// Package figures holds the raw figures that the measuring programs write and the report reads, as
// JSON. Rates and times are those of the median round. 0 stands for what was not measured.
package figures

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Peer is a library that takes part, or would if it were installed.
type Peer struct {
	Name  string `json:"name"`
	State string `json:"state"` // its file or version, or "absent"
}

// Absent reports whether it is not installed.
func (p Peer) Absent() bool { return len(p.State) >= 6 && p.State[:6] == "absent" }

// Products are the figures of gemmtable.
type Products struct {
	Peers []Peer    `json:"peers"`
	Rows  []Product `json:"rows"`
}

// Product is C = op(A) op(B), in GFLOP/s.
type Product struct {
	DType    string             `json:"dtype"`
	Threads  int                `json:"threads"`
	Shape    string             `json:"shape"`
	M        int                `json:"m"`
	N        int                `json:"n"`
	K        int                `json:"k"`
	Ours     float64            `json:"ours"`
	Prepared float64            `json:"prepared,omitempty"`
	Peak     float64            `json:"peak,omitempty"`
	Peers    map[string]float64 `json:"peers,omitempty"`
}

// Cube reports whether it is the plain product of square matrices.
func (p *Product) Cube() bool { return p.M == p.N && p.N == p.K && p.Shape[:2] == "NN" }

// Vectors are the figures of vectortable.
type Vectors struct {
	Peers     []Peer      `json:"peers"`
	Cells     []Cell      `json:"cells"`
	Ratios    []Ratio     `json:"ratios"`
	Bandwidth []Bandwidth `json:"bandwidth"`
}

// Cell is a kernel on operands of one size, on one thread.
type Cell struct {
	Kernel  string             `json:"kernel"`
	DType   string             `json:"dtype"`
	M       int                `json:"m"`
	N       int                `json:"n"`
	InCache bool               `json:"inCache"` // all operands fit in the first-level cache
	Bytes   float64            `json:"bytes"`   // read and written, per element
	Ns      float64            `json:"ns"`      // per element
	Stream  float64            `json:"stream,omitempty"`
	Peers   map[string]float64 `json:"peers,omitempty"`
}

// Ratio is the time of other forms of a kernel over its own, in the first-level cache.
type Ratio struct {
	Kernel  string  `json:"kernel"`
	DType   string  `json:"dtype"`
	Generic float64 `json:"generic,omitempty"` // pure Go
	AVX2    float64 `json:"avx2,omitempty"`
}

// Bandwidth is the rate of the fastest streaming loop over operands of so many bytes in total.
type Bandwidth struct {
	Level string  `json:"level"` // "L1", "L2", "L3" or "memory"
	Bytes int     `json:"bytes"`
	Loop  string  `json:"loop"` // the streams it reads and writes
	Rate  float64 `json:"rate"` // GB/s
}

// Gonum are the figures of gonumtable.
type Gonum struct {
	Rows []GonumRow `json:"rows"`
}

// GonumRow is an operation with gonum's own BLAS and with ours.
type GonumRow struct {
	Table   string  `json:"table"` // "level3", "level2", "level1" or "lapack"
	Name    string  `json:"name"`
	N       int     `json:"n"`
	Threads int     `json:"threads"`
	Gonum   float64 `json:"gonum"` // ns
	Ours    float64 `json:"ours"`  // ns
}

// Training are the figures of traintable.
type Training struct {
	Peers []Peer `json:"peers"`
	Rows  []Step `json:"rows"`
}

// Step is a step of training or inference, in µs.
type Step struct {
	Net       string             `json:"net"`
	Optimizer string             `json:"optimizer"` // or "inference"
	Norm      bool               `json:"norm"`
	Batch     int                `json:"batch"`
	Threads   int                `json:"threads"`
	Ours      float64            `json:"ours"`
	OneThread float64            `json:"oneThread,omitempty"`
	Products  float64            `json:"products,omitempty"` // its products alone
	Limit     float64            `json:"limit,omitempty"`    // FLOPs/peak + bytes/bandwidth
	Form      string             `json:"form,omitempty"`     // of PyTorch, that was best
	Peers     map[string]float64 `json:"peers,omitempty"`
}

// Write writes figures to a file, of which nothing remains if that fails.
func Write(path string, v any) (err error) {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "figures")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(append(text, '\n'))
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Read reads figures. A field that v does not have is an error, since it is of another version.
func Read(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Machine is what the figures were measured on, and how.
type Machine struct {
	CPU      string    `json:"cpu"`
	Cores    int       `json:"cores"`
	L1       int       `json:"l1"` // data, bytes
	L2       int       `json:"l2"`
	L3       int       `json:"l3"`
	Tier     string    `json:"tier"`
	System   string    `json:"system"`
	Go       string    `json:"go"`
	Version  string    `json:"version"` // of the checkout
	Date     string    `json:"date"`
	Full     bool      `json:"full"`
	Peaks    []Peak    `json:"peaks"`
	Commands []Command `json:"commands"`
}

// Peak is the rate of independent multiply-adds on one core.
type Peak struct {
	Tier  string  `json:"tier"`
	DType string  `json:"dtype"`
	Rate  float64 `json:"rate"` // GFLOP/s
}

// Command is a program of the report.
type Command struct {
	Line    string  `json:"line"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"`
}
