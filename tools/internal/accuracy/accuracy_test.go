package accuracy

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

const root = "../../.."

// small is a search of a second.
var small = size{numbers32: 1 << 17, shards32: 4, samples64: 1 << 14, shards64: 3, climbs: 16, near: 1,
	first: 1 << 14}

// groups returns the groups whose names match.
func groups(t *testing.T, s size, match string) []Group {
	t.Helper()
	list, err := plan(root, s)
	if err != nil {
		t.Fatal(err)
	}
	re := regexp.MustCompile(match)
	return slices.DeleteFunc(list, func(g Group) bool { return !re.MatchString(g.Name) })
}

// TestPlan: every function with a tolerance is in the plan, in both dtypes, every assembly tier is
// searched or compared, and no key stands twice.
func TestPlan(t *testing.T) {
	keys, names := map[string]bool{}, map[string]bool{}
	for _, g := range groups(t, whole, ".") {
		names[g.Name] = true
		if g.Sources == "" {
			t.Errorf("%s has no sources", g.Name)
		}
		for _, sh := range g.Shards {
			if keys[sh.Key] {
				t.Errorf("the key %q stands twice", sh.Key)
			}
			keys[sh.Key] = true
		}
	}
	table := spec.Table()
	for i := range table {
		row := &table[i]
		if !fuzz.OfOneNumber(row) || row.Tol.Kind == spec.Exact {
			continue
		}
		tier := row.Tier.String()
		if last := lastTier(table, row); row.Tier != kernels.Generic && last != row {
			tier += "=" + last.Tier.String()
		}
		for _, c := range row.Cases {
			name := strings.TrimSuffix(row.Kernel+"/"+row.DType.String()+"/"+tier+"/"+c, "/")
			if !names[name] {
				t.Errorf("no group %s", name)
			}
			delete(names, name)
		}
	}
	for name := range names {
		t.Errorf("group %s is of no row", name)
	}
}

// TestSourcesDropTheirLinesAlone: a change of an instruction, of a constant or of a Go function
// changes the hash of the functions that it belongs to, and of no other; a comment changes none.
func TestSourcesDropTheirLinesAlone(t *testing.T) {
	if kernels.Active() != kernels.AVX2 && kernels.Active() != kernels.AVX512 {
		t.Skip("the changed files are those of amd64, and ASHLAR_TIER may leave them out")
	}
	dir := t.TempDir()
	copyInto(t, dir, "kernels/*.go")
	copyInto(t, dir, "kernels/asm/*.s")
	before := hashes(t, dir)
	const expm1 = "func expm1(x float64) float64 {"
	for _, c := range []struct {
		what, file, old, new, changed string // a regexp of the names that change
	}{
		{"an instruction of exp", "kernels/asm/exp_avx2_amd64.s", "·ExpF32AVX2(SB), ", "·ExpF32AVX2(SB), X",
			`^Exp/f32/avx2`},
		{"a function", "kernels/vmath.go", expm1, expm1 + "\n\tx += 0",
			`^(Expm1|Activate.*)/f../generic`},
		{"a comment", "kernels/vmath.go", expm1, expm1 + " // ", "^$"},
		{"a change of another family", "kernels/gemm.go", "// Epilogue is",
			"var noFunctionNamesIt = 1\n\n// Epilogue is", "^$"},
	} {
		path := filepath.Join(dir, filepath.FromSlash(c.file))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(text), c.old, c.new, 1)
		if changed == string(text) {
			t.Fatalf("%s has no %q", c.file, c.old)
		}
		if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		after := hashes(t, dir)
		want := regexp.MustCompile(c.changed)
		n := 0
		for name, h := range before {
			if h != after[name] && !want.MatchString(name) {
				t.Errorf("%s changes the hash of %s", c.what, name)
			} else if h != after[name] {
				n++
			}
		}
		if (n == 0) != (c.changed == "^$") {
			t.Errorf("%s changes %d hashes", c.what, n)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := plan(t.TempDir(), small); err == nil {
		t.Error("no error without any sources")
	}
}

// TestSourcesOfConstants: the bits of a constant belong to the functions that name it.
func TestSourcesOfConstants(t *testing.T) {
	s := newSources(root)
	s.files["kernels/asm/exp_avx2_amd64.s"] = []byte(
		"TEXT ·ExpF32AVX2(SB), $0\n\tVMOVSS ·one(SB), X0\n\nTEXT ·Other(SB), $0\n")
	read := func(bits string) string {
		s.files["kernels/asm/constants_amd64.s"] = []byte(
			"DATA ·one+0(SB)/4, $" + bits + "\nDATA ·ones+0(SB)/4, $1\n")
		text, err := s.assembly("exp", "avx2", "ExpF32AVX2")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	a, b := read("0x3f800000"), read("0x3f800001")
	if a == b || strings.Contains(a, "Other") || strings.Contains(a, "ones") {
		t.Errorf("the sources are %q and %q", a, b)
	}
	if _, err := s.assembly("exp", "avx2", "NoSuch"); err == nil || !strings.Contains(err.Error(), "NoSuch") {
		t.Errorf("error %v for a function that is not there", err)
	}
}

func copyInto(t *testing.T, dir, pattern string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
	if err != nil || len(paths) == 0 {
		t.Fatal(pattern, err)
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, filepath.FromSlash(filepath.Dir(pattern)), filepath.Base(p))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := plan(dir, small)
	if err != nil {
		t.Fatal(err)
	}
	h := map[string]string{}
	for _, g := range list {
		h[g.Name] = g.Sources
	}
	return h
}

// stopper stops a run when it has written n lines.
type stopper struct {
	n      int
	cancel func()
}

func (s *stopper) Write(b []byte) (int, error) {
	if s.n--; s.n == 0 {
		s.cancel()
	}
	return len(b), nil
}

// TestResume: a search that is stopped, with a line cut off as by a kill, and goes on, gives the
// table of one that is not.
func TestResume(t *testing.T) {
	list := groups(t, small, "^(Exp|Log1p)/")
	run := func(path string, stops ...int) string {
		for _, n := range append(stops, 0) {
			book, err := ledger.Open[Found](path)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			before := len(book.Lines())
			err = Run(ctx, list, book, 1+len(stops)%2, "", &stopper{n, cancel})
			cancel()
			if (err != nil) != (n > 0) {
				t.Fatalf("stopped after %d: %v", n, err)
			}
			if n > 0 && len(book.Lines()) < before+n {
				t.Errorf("%d lines, from %d, after %d more", len(book.Lines()), before, n)
			}
			book.Close()
			if n > 0 {
				f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
				if err != nil {
					t.Fatal(err)
				}
				io.WriteString(f, `{"Key":"Exp/f32/gen`)
				f.Close()
			}
		}
		lines, err := ledger.Read[Found](path)
		if err != nil {
			t.Fatal(err)
		}
		results := Results(list, lines)
		for i := range results {
			if !results[i].Complete() {
				t.Errorf("%s is not complete", results[i].Name)
			}
		}
		return Table(results, Whole)
	}
	whole := run(filepath.Join(t.TempDir(), "a.jsonl"))
	if parts := run(filepath.Join(t.TempDir(), "b.jsonl"), 3, 1, 5); parts != whole {
		t.Errorf("the table is\n%s\nand in one go\n%s", parts, whole)
	}
	if strings.Contains(strings.TrimPrefix(whole, head(Whole)), "?") {
		t.Errorf("the complete table has marks of what is missing:\n%s", whole)
	}
}

// TestDropped: lines of other sources do not count.
func TestDropped(t *testing.T) {
	list := groups(t, small, "^Sqrt/f32/generic$")
	line := ledger.Line[Found]{Key: list[0].Shards[0].Key, Sources: list[0].Sources,
		Found: Found{Numbers: 7, Peaks: []Peak{{0.25, 3}}}}
	old := line
	old.Sources, old.Found.Peaks = "0000", []Peak{{9, 9}}
	r := Results(list, []ledger.Line[Found]{line, old})[0]
	if r.Done != 1 || r.Numbers != 7 || len(r.Peaks) != 1 || r.Peaks[0].Error != 0.25 || r.Complete() {
		t.Errorf("the result is %+v", r)
	}
}

// TestWrong: errors above the tolerance, NaN among them, and tiers that differ are reported.
func TestWrong(t *testing.T) {
	list := groups(t, small, "^Sqrt/f32/generic$")
	for _, c := range []struct {
		f    Found
		want string
	}{
		{Found{Peaks: []Peak{{0.5, 3}}}, ""},
		{Found{Peaks: []Peak{{0.51, 3}}}, "error 0.51 at 3, allowed 0.5"},
		{Found{Peaks: []Peak{{Number(math.NaN()), 3}}}, "error NaN"},
		{Found{Peaks: []Peak{{Number(math.Inf(1)), 3}}}, "error +Inf"},
		{Found{Differ: 2}, "2 results differ"},
	} {
		lines := []ledger.Line[Found]{{Key: list[0].Shards[1].Key, Sources: list[0].Sources, Found: c.f}}
		r := Results(list, lines)[0]
		if got := strings.Join(r.Wrong(), "; "); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: wrong is %q, want %q", c.f, got, c.want)
		}
	}
}

// TestNumber: numbers keep their bits in JSON.
func TestNumber(t *testing.T) {
	for _, v := range []float64{0, math.Copysign(0, -1), 0.1, 1.0 / 3, math.Pi * 1e300, 5e-324,
		math.Inf(1), math.Inf(-1), math.NaN()} {
		text, err := json.Marshal(Peak{Number(v), Number(-v)})
		if err != nil {
			t.Fatal(err)
		}
		var p Peak
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		if got := float64(p.Error); math.Float64bits(got) != math.Float64bits(v) && v == v || v != v && got == got {
			t.Errorf("%v becomes %s and %v", v, text, got)
		}
	}
	var n Number
	if err := n.UnmarshalText([]byte("much")); err == nil {
		t.Error("no error for a number that is none")
	}
}

// TestTableIsNarrow: the table fits 110 columns, with every group and the longest numbers.
func TestTableIsNarrow(t *testing.T) {
	list := groups(t, whole, ".")
	var lines []ledger.Line[Found]
	for _, g := range list {
		f := Found{Numbers: 1 << 62}
		for range g.Row.Params {
			f.Peaks = append(f.Peaks, Peak{1.23456, -1.2345678e-300})
		}
		lines = append(lines, ledger.Line[Found]{Key: g.Shards[0].Key, Sources: g.Sources, Found: f})
	}
	results := Results(list, lines)
	for _, text := range []string{Table(results, Whole), Table(Results(list, nil), Whole)} {
		for line := range strings.Lines(text) {
			if len(line) > 111 {
				t.Errorf("%d columns: %s", len(line), line)
			}
		}
	}
	if md := Markdown(results, Whole); !strings.Contains(md, "| Exp | y | ") ||
		!strings.Contains(md, "| 1.2346?") {
		t.Errorf("the markdown is\n%s", md)
	}
}

// TestTableOfOneDType: what the results say nothing of has no stated error, and the table says what was searched.
func TestTableOfOneDType(t *testing.T) {
	text := Table(Results(groups(t, whole, "^Tanh/f32/"), nil), "Three numbers were searched.")
	row := regexp.MustCompile(`(?m)^Tanh +y +- ~ +- +0\.8$`)
	if !strings.Contains(text, "\nThree numbers were searched.\n") || !row.MatchString(text) {
		t.Errorf("the table is\n%s", text)
	}
}

// TestPeer: a peer that is right passes; one result that is wrong by a unit, too few results and a
// program that is not there do not.
func TestPeer(t *testing.T) {
	const count = 1 << 15
	first := uint64(math.Float32bits(1.5))
	var right bytes.Buffer
	for b := first; b < first+count; b++ {
		// Rounding twice does no harm to a root.
		y := float32(math.Sqrt(float64(math.Float32frombits(uint32(b)))))
		binary.Write(&right, binary.LittleEndian, y)
	}
	g := Group{Name: "test", Row: spec.Table()[slices.IndexFunc(spec.Table(), func(r spec.Row) bool {
		return r.Kernel == "Sqrt" && r.DType == spec.F32
	})], size: small}
	g.Row.Tol = spec.Tol{Kind: spec.Exact}
	f, err := g.compareWithPeer(t.Context(), first, count, bytes.NewReader(right.Bytes()))
	if err != nil || f.Numbers != count || f.Peaks[0].Error != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	wrong := slices.Clone(right.Bytes())
	wrong[4*1000] ^= 1
	f, err = g.compareWithPeer(t.Context(), first, count, bytes.NewReader(wrong))
	at := math.Float32frombits(uint32(first) + 1000)
	if err != nil || !math.IsInf(float64(f.Peaks[0].Error), 1) || float32(f.Peaks[0].At) != at {
		t.Errorf("a wrong result at %v: %+v, %v", at, f, err)
	}
	if _, _, err := CrossChecked([]Result{{Group: &g, Peaks: f.Peaks}}); err == nil {
		t.Error("a difference is no error")
	}
	if _, err := g.compareWithPeer(t.Context(), first, count, bytes.NewReader(wrong[:100])); err == nil {
		t.Error("no error from a peer that ends early")
	}
	g.peer = filepath.Join(t.TempDir(), "none")
	_, err = g.judgedByPeer(t.Context(), 0)
	if err == nil || !strings.Contains(err.Error(), "make accuracy-coremath") {
		t.Errorf("error %v from a program that is not there", err)
	}
	list, err := Peers(root, "x")
	if err != nil || len(list) != len(peerFunctions) {
		t.Errorf("%d groups of peers, %v", len(list), err)
	}
}
