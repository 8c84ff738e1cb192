package plot

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/train"
)

// TestSplit: a curve breaks at what cannot be drawn, which is marked at the edge where it would be.
func TestSplit(t *testing.T) {
	c := curve{Curve: Curve{Y: []float64{1, 0, math.NaN(), -1, math.Inf(1), 100, 10}}}
	c.split(&scale{}, &scale{log: true})
	if len(c.parts) != 2 || c.parts[0][0] != (value{1, 1}) || c.parts[1][1] != (value{7, 10}) {
		t.Errorf("on a logarithmic axis: parts %v", c.parts)
	}
	want := []value{{2, math.Inf(-1)}, {3, math.Inf(1)}, {4, math.Inf(-1)}, {5, math.Inf(1)}}
	if len(c.missing) != len(want) {
		t.Fatalf("missing %v", c.missing)
	}
	for i, m := range c.missing {
		if m != want[i] {
			t.Errorf("missing %v, want %v", m, want[i])
		}
	}
	c = curve{Curve: Curve{X: []float64{1, math.NaN(), 3}, Y: []float64{5, 6, 7}}}
	if c.split(&scale{}, &scale{}); len(c.parts) != 2 || len(c.missing) != 0 {
		t.Errorf("without an x: parts %v, missing %v", c.parts, c.missing)
	}
	c = curve{Curve: Curve{Y: []float64{math.NaN(), math.NaN()}}}
	if c.split(&scale{}, &scale{}); len(c.parts) != 0 || len(c.missing) != 0 {
		t.Errorf("without any value: parts %v, missing %v", c.parts, c.missing)
	}
}

// TestThin: a long way loses points, but no extreme and neither end.
func TestThin(t *testing.T) {
	var way []vg.Point
	for i := range 100000 {
		way = append(way, xy(vg.Length(i)/500, vg.Length(100*math.Sin(float64(i)))))
	}
	way[54321].Y = 1000
	some := thin(way)
	if len(some) > 2000 || some[0] != way[0] || some[len(some)-1] != way[len(way)-1] {
		t.Errorf("%d points from %v to %v", len(some), some[0], some[len(some)-1])
	}
	top := vg.Length(0)
	for _, p := range some {
		top = max(top, p.Y)
	}
	if top != 1000 {
		t.Errorf("the highest point is %v, want 1000", top)
	}
}

func TestBestEpoch(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		losses []float64
		want   int
	}{{nil, 0}, {[]float64{nan, nan}, 0}, {[]float64{nan, 3, 1, 2, 1}, 3}, {[]float64{math.Inf(1), 2}, 2}} {
		var h []train.Epoch
		for i, v := range c.losses {
			h = append(h, train.Epoch{Epoch: i + 1, ValidationLoss: v})
		}
		if got := bestEpoch(h); got != c.want {
			t.Errorf("%v: epoch %d, want %d", c.losses, got, c.want)
		}
	}
}

// TestROCCurve: ties make one step, which is oblique.
func TestROCCurve(t *testing.T) {
	c, auc, err := rocCurve([]float64{3, 2, 2, 1}, []bool{true, true, false, false})
	if err != nil || auc != 0.875 {
		t.Fatalf("AUC %v, %v, want 0.875", auc, err)
	}
	for i, want := range []value{{0, 0}, {0, 50}, {50, 100}, {100, 100}} {
		if len(c.X) != 4 || c.X[i] != want.x || c.Y[i] != want.y {
			t.Fatalf("the curve is %v, %v", c.X, c.Y)
		}
	}
}

// drawnTexts are the texts of a figure with this part, in the order in which they are drawn.
func drawnTexts(t *testing.T, f *Figure, part string) (list []string) {
	t.Helper()
	for _, s := range parse(t, f).texts {
		if strings.Contains(s.string, part) {
			list = append(list, s.string)
		}
	}
	return list
}

// TestEqualAreas: of classes with the same area under the curve those with the lowest numbers are drawn, in their
// order.
func TestEqualAreas(t *testing.T) {
	const classes = 120
	m, of := mat.New[float64](classes, classes), make([]int, classes)
	for c := range of {
		of[c] = c
		m.Set(c, c, -float64(c%2))
	}
	f, err := ROCOfClasses(m, of, nil)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range mostCurves {
		want = append(want, fmt.Sprintf("class %d: AUC 0.0000", 2*i+1))
	}
	if got := drawnTexts(t, f, "AUC"); !slices.Equal(got, want) {
		t.Errorf("the legend has %q, want %q", got, want)
	}
}

// TestEqualPairs: of pairs of classes that are confused equally often those with the lowest numbers are drawn, in
// their order.
func TestEqualPairs(t *testing.T) {
	const classes = 120
	m := train.NewConfusion(classes)
	for c := range classes {
		m[c][(c+1)%classes] = 3 + c%2
	}
	f, err := Confusion(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprint(2*i+1, arrow, 2*i+2))
	}
	got := slices.DeleteFunc(drawnTexts(t, f, arrow), func(s string) bool { return strings.Contains(s, "true class") })
	if !slices.Equal(got, want) {
		t.Errorf("the bars are %q, want %q", got, want)
	}
}

func TestHistogram(t *testing.T) {
	h := histogramOf([]float64{-1, -0.5, 0, 0.2, 0.4, 1, 1})
	total := 0.0
	for i, n := range h.counts {
		total += n
		if !(h.edges[i] < h.edges[i+1]) {
			t.Errorf("edges %v", h.edges)
		}
	}
	if total != 7 || h.edges[0] > -1 || h.edges[len(h.edges)-1] < 1 {
		t.Errorf("%v values between %v", total, h.edges)
	}
}

// FuzzLines draws any numbers, and wants an error or a picture that is whole.
func FuzzLines(f *testing.F) {
	bytesOf := func(v ...float64) (b []byte) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		}
		return b
	}
	f.Add("a", false, bytesOf(1, 2, 3, math.NaN(), 4))
	f.Add("loss", true, bytesOf(1e-300, 5e-324, 0, -1, math.MaxFloat64))
	f.Add("\xff\x00", false, bytesOf(1e150, -1e150, 1, 1+1e-16, math.Inf(1)))
	fuzztest.Run(f, func(t *testing.T, name string, log bool, raw []byte) {
		var v []float64
		for ; len(raw) >= 8; raw = raw[8:] {
			v = append(v, math.Float64frombits(binary.LittleEndian.Uint64(raw)))
		}
		half := len(v) / 2
		figure, err := Lines(Panel{Title: name, X: name, Y: name, Log: log, Curves: []Curve{
			{Name: name, Y: v}, {Name: name, X: v[:half], Y: v[half : 2*half], Dashed: true}}})
		if err != nil {
			return
		}
		d := parse(t, figure)
		checkTexts(t, 0, d)
		if r, err := Residuals(v[:half], v[half:2*half], name); err == nil {
			checkTexts(t, 0, parse(t, r))
		}
	})
}

// TestLegends: panels whose curves have the same names and looks share a legend, with the cross if
// one of them needs it.
func TestLegends(t *testing.T) {
	panel := func(dashed bool, values ...float64) Panel {
		return Panel{X: "x", Y: "y", Curves: []Curve{{Name: "a", Y: values}, {Name: "b", Y: values,
			Dashed: dashed}}}
	}
	for _, c := range []struct {
		panels []Panel
		want   map[string]int
	}{
		{[]Panel{panel(true, 1, 2), panel(true, 3, 4)}, map[string]int{"a": 1, "b": 1}},
		{[]Panel{panel(true, 1, 2), panel(false, 3, 4)}, map[string]int{"a": 2, "b": 2}},
		{[]Panel{panel(true, 1, 2), panel(true, 3, math.NaN())}, map[string]int{"a": 1, "b": 1,
			"not finite": 1}},
	} {
		f, err := Lines(c.panels...)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, one := range parse(t, f).texts {
			got[one.string]++
		}
		for name, n := range c.want {
			if got[name] != n {
				t.Errorf("%d legends have %q, want %d", got[name], name, n)
			}
		}
	}
}

// TestManyCurves: a thousand curves are drawn in a moment.
func TestManyCurves(t *testing.T) {
	p := Panel{X: "x", Y: "y"}
	for range 1000 {
		c := Curve{Name: "a"}
		for i := range 200 {
			c.Y = append(c.Y, math.Sin(float64(i)))
		}
		p.Curves = append(p.Curves, c)
	}
	f, err := Lines(p)
	if err != nil {
		t.Fatal(err)
	}
	if d := parse(t, f); len(d.texts) < 1000 {
		t.Errorf("%d texts, want a legend of 1000", len(d.texts))
	}
}

// TestShares: an axis of shares has no ticks where no share is.
func TestShares(t *testing.T) {
	for _, accuracy := range []float64{0, 1} {
		f, err := LearningCurves([]train.Epoch{{Epoch: 1, Loss: 1, Accuracy: accuracy,
			ValidationLoss:     math.NaN(),
			ValidationAccuracy: math.NaN()}})
		if err != nil {
			t.Fatal(err)
		}
		ticks := f.panels[1].(*axes).y.ticks
		for _, tick := range ticks {
			if tick.at < 0 || tick.at > 100 {
				t.Errorf("accuracy %v: a tick at %s", accuracy, tick.label)
			}
		}
		if len(ticks) == 0 {
			t.Errorf("accuracy %v: no ticks", accuracy)
		}
	}
}

// TestFit: a text is cut to its width, a name in its middle.
func TestFit(t *testing.T) {
	face := regular(tickSize)
	for _, c := range []struct{ got, want string }{
		{fit("short", face, 100), "short"},
		{fit("a text of some length", face, 60), "a text of some…"},
		{fitName("short", face, 100), "short"},
		{fitName("a class of name 1", face, 40), "a cl…me 1"},
		{fitName("äöü", face, 1), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	if got := wrap("one two  three", face, 40); len(got) != 2 || got[0] != "one two" || got[1] != "three" {
		t.Errorf("lines %q", got)
	}
}
