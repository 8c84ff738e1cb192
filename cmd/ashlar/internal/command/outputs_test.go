package command

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/console"
)

// TestOutputs compares what commands print on small files with golden files.
func TestOutputs(t *testing.T) {
	inFolder(t, "flats.csv", "stones.csv")
	for _, c := range []struct{ name, args string }{
		{"train_flats", "train flats.csv --epochs 40"},
		{"train_stones", "train stones.csv --epochs 30 --hidden 8 --dropout 0.1 --batchnorm --balance"},
		{"describe_csv", "describe flats.csv"},
		{"describe_model", "describe flats.safetensors stones.safetensors"},
		{"eval_flats", "eval flats.safetensors flats.csv"},
		{"eval_stones", "eval stones.safetensors stones.csv"},
		{"convert_onnx", "convert stones.safetensors stones.onnx"},
		{"convert_pytorch", "convert stones.safetensors state.safetensors --to pytorch"},
		{"describe_onnx", "describe stones.onnx"},
		{"describe_pytorch", "describe state.safetensors"},
		{"info_product", "info 64 64 64 -float64 -trans-a"},
	} {
		r := run(t, "", strings.Fields(c.args)...)
		if r.code != ok {
			t.Fatalf("ashlar %s: code %d\n%s", c.args, r.code, r.errs)
		}
		text := r.out
		if c.name == "info_product" { // the machine stands before it
			text = text[strings.Index(text, "Product"):]
		}
		golden(t, c.name, steady(text+r.errs))
	}
}

// TestInfoOutput prints a machine that is the same everywhere.
func TestInfoOutput(t *testing.T) {
	var out bytes.Buffer
	a := &app{Console: console.New(nil, &out, &out)}
	a.writeMachine(machine{
		CPU:   "A Processor With a Name That Is Longer Than Those of Most Processors Are Today",
		Cores: 16, Threads: 8, Tiers: []string{"generic", "avx2", "avx512"}, Tier: "avx2", L1: 48 << 10,
		Paths: []string{"generic", "avx2", "avx512"}, Path: "avx2",
		Bytes: []string{"generic", "avx2"}, Byte: "avx2",
		Why:  "avx512_bf16: this CPU has no AVX512_BF16; avx512: the active tier is avx2",
		L2:   2 << 20,
		Last: 36 << 20, limits: []string{"ASHLAR_TIER=avx2", "ASHLAR_THREADS=8"},
		version: versionOf{Version: "v0.1.0", Go: "go1.26.0", System: "linux/amd64"}})
	golden(t, "info", out.String())
}

// TestInfoLimits: a variable of the environment that names what does not run here, or nothing at all, is
// ignored, and so no limit.
func TestInfoLimits(t *testing.T) {
	m := machine{Tiers: []string{"generic", "avx2"}, Paths: []string{"generic", "avx2"},
		Bytes: []string{"generic", "avx2", "avx_vnni"}}
	all := map[string]string{"ASHLAR_TIER": "avx2", "ASHLAR_BF16": "generic", "ASHLAR_INT8": "avx_vnni",
		"ASHLAR_THREADS": "65536"}
	for name, ignored := range map[string][]string{"": {""}, "ASHLAR_TIER": {"", "avx512", "AVX2"},
		"ASHLAR_BF16": {"amx_bf16", "avx_vnni"}, "ASHLAR_INT8": {"avx512_vnni", "int8", " "},
		"ASHLAR_THREADS": {"", "0", "-1", "65537", "two"}} {
		for _, value := range ignored {
			env := maps.Clone(all)
			env[name] = value
			var want []string
			for _, n := range []string{"ASHLAR_TIER", "ASHLAR_BF16", "ASHLAR_INT8", "ASHLAR_THREADS"} {
				if n != name {
					want = append(want, n+"="+all[n])
				}
			}
			if got := m.limitsOf(func(n string) string { return env[n] }); !slices.Equal(got, want) {
				t.Errorf("%s=%q: %q, want %q", name, value, got, want)
			}
		}
	}
}

// TestInfoJSON: the fields that a program reads are there, and the machine is this one.
func TestInfoJSON(t *testing.T) {
	var m struct {
		CPU     string
		Tiers   []string
		Tier    string
		Threads int
		L1      int `json:"l1_bytes"`
		Product struct {
			Path   string
			Tile   int  `json:"tile_rows"`
			TransA bool `json:"trans_a"`
		}
	}
	text := good(t, "", "info", "1000", "1000", "1000", "--json", "--trans-a")
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	if m.CPU == "" || len(m.Tiers) == 0 || m.Tier != "generic" || m.Threads != 1 || m.L1 <= 0 ||
		m.Product.Path != "loops" || m.Product.Tile != 4 || !m.Product.TransA {
		t.Errorf("%+v", m)
	}
	if strings.Contains(text, "LimitBF16") || strings.Contains(text, "LimitInt8") {
		t.Errorf("info names a limit that nobody has set: %s", text)
	}
}

// TestBenchOutput prints figures that are the same everywhere.
func TestBenchOutput(t *testing.T) {
	var out bytes.Buffer
	a := &app{Console: console.New(nil, &out, &out)}
	full, half := 1.0, 0.5
	a.writeRoof(roof{CPU: "A CPU", Tier: "avx512", Threads: 64, Peaks: []ceiling{
		{"multiply-adds float32", "GFLOP/s", 123.4, 6789.1}, {"multiply-adds float64", "GFLOP/s", 61.2,
			3394.5},
		{"memory, read and written", "GB/s", 12.3, 234.5}}})
	a.writeMeasured([]measured{
		{Name: "Gemm 128 512 784", Rate: 6543.2, Unit: "GFLOP/s", Share: &full, PureGo: 123.4, Gonum: 45.6},
		{Name: "Exp 8M", Rate: 12.3, Unit: "GB/s", Share: &half, PureGo: 9.9},
		{Name: "Gemm 64^3", Rate: 1.5, Unit: "GFLOP/s", PureGo: 1}})
	golden(t, "bench", out.String())
}

// TestBenchMeasures measures one small product: all figures are there, and the limits restored.
func TestBenchMeasures(t *testing.T) {
	a := &app{Console: console.New(nil, new(bytes.Buffer), new(bytes.Buffer))}
	r, list := a.measure([]benchItem{gemmItem[float32](16, 16, 16)}, 1)
	if m := list[0]; m.Name != "Gemm 16^3" || !(m.Rate > 0) || !(m.PureGo > 0) || !(m.Gonum > 0) ||
		m.Unit != "GFLOP/s" {
		t.Errorf("%+v", m)
	}
	if !(r.Peaks[2].One > 0) || !(r.Peaks[2].All > 0) || r.Tier != "generic" {
		t.Errorf("%+v", r)
	}
	if list[0].Share != nil {
		t.Errorf("share %v of a peak that the generic tier has not", *list[0].Share)
	}
	it := benchItem{flops: 2e3, bytes: 1e3}
	known := roof{Peaks: []ceiling{{All: 2}, {All: 1}, {All: 1}}}
	if s := it.share(4, known); *s != 0.25 {
		t.Errorf("share %v, want 1/4: 2000 operations at 2 a nanosecond take 1 of 4 µs", *s)
	}
	it.bytes = 3e3
	if s := it.share(4, known); *s != 0.75 {
		t.Errorf("share %v, want 3/4: the memory takes longer", *s)
	}
	names := map[string]bool{}
	for _, it := range benchItems() {
		if names[it.name] || len(it.name) > 17 {
			t.Errorf("%q comes twice, or is too long for its column", it.name)
		}
		names[it.name] = true
	}
}
