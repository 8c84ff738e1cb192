package chart

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

func labels(ticks []plot.Tick) string {
	var all []string
	for _, t := range ticks {
		all = append(all, t.Label)
	}
	return strings.Join(all, " ")
}

func TestTicks(t *testing.T) {
	log := func(lo, hi float64) string {
		return labels(ticks(decades(math.Log10(lo), math.Log10(hi)),
			true))
	}
	linear := func(lo, hi, least float64) string { return labels(ticks(multiples(lo, hi, least), false)) }
	for _, c := range []struct{ got, want string }{
		{linear(1, 3, 1), "1 2 3"},
		{linear(1, 10, 1), "1 2 3 4 5 6 7 8 9 10"},
		{linear(1, 20, 1), "0 2 4 6 8 10 12 14 16 18 20"},
		{linear(0, 1, 1), "0 1"},
		{linear(0.2, 7, 1), "0 1 2 3 4 5 6 7"},
		{linear(78.2, 97.9, 0), "78 80 82 84 86 88 90 92 94 96 98"},
		{linear(0.1, 0.73, 0), "0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8"},
		{linear(-0.5, 0.5, 0), "-0.5 -0.4 -0.3 -0.2 -0.1 0 0.1 0.2 0.3 0.4 0.5"},
		{log(21, 1900), "20 50 100 200 500 1000 2000"},
		{log(0.06, 2.5), "0.05 0.1 0.2 0.5 1 2 5"},
		{log(0.17, 0.36), "0.1 0.2 0.5"},
		{log(1.1e-7, 4e-6), "1e-7 2e-7 5e-7 1e-6 2e-6 5e-6"},
		{log(2e-13, 1e4), "1e-14 1e-12 1e-10 1e-8 1e-6 1e-4 0.01 1 100 1e4"},
	} {
		if c.got != c.want {
			t.Errorf("ticks %s, want %s", c.got, c.want)
		}
	}
}

func TestPoints(t *testing.T) {
	c := Curve{Y: []float64{1, 0, math.NaN(), -1, math.Inf(1), 100}}
	if got := points(c, true); len(got) != 2 || got[0].Y != 0 || got[1].X != 6 || got[1].Y != 2 {
		t.Errorf("on a logarithmic axis: %v", got)
	}
	if got := points(c, false); len(got) != 4 || got[3].Y != 100 {
		t.Errorf("on a linear axis: %v", got)
	}
}

// TestWrite wants every curve in its colour on a white ground, also behind curves without
// points.
func TestWrite(t *testing.T) {
	curve := Curve{Name: "a", Y: []float64{1, 2, 3}}
	other := Curve{Name: "b", X: []float64{0.5}, Y: []float64{2}}
	var file bytes.Buffer
	if err := Write(&file, "title", Panel{Title: "left", X: "x", Y: "y", Curves: []Curve{curve, other}},
		Panel{Title: "right", X: "x", Y: "y", Log: true,
			Curves: []Curve{{Name: "none"}, {Name: "none"}, curve}}); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&file)
	if err != nil {
		t.Fatal(err)
	}
	size := img.Bounds().Size()
	count := func(c color.Color, from, to int) (n int) {
		r, g, b, _ := c.RGBA()
		for y := range size.Y {
			for x := from; x < to; x++ {
				if r1, g1, b1, _ := img.At(x, y).RGBA(); r1 == r && g1 == g && b1 == b {
					n++
				}
			}
		}
		return n
	}
	half := size.X / 2
	for _, c := range []struct {
		name     string
		color    color.Color
		from, to int
		least    int
	}{
		{"the curve on the left", colors[0], 0, half, 500},
		{"the curve on the right", colors[2], half, size.X, 500},
		{"the single point and its legend", colors[1], 0, half, 120},
		{"the ground", color.White, 0, size.X, size.X * size.Y / 2},
	} {
		if n := count(c.color, c.from, c.to); n < c.least {
			t.Errorf("%s has %d pixels, want at least %d", c.name, n, c.least)
		}
	}
}

func TestNothingToDraw(t *testing.T) {
	err := Write(&bytes.Buffer{}, "title",
		Panel{Y: "loss", Log: true, Curves: []Curve{{Name: "a", Y: []float64{0, -1}}}})
	if err == nil || !strings.Contains(err.Error(), "plot of loss: nothing") {
		t.Errorf("error %v", err)
	}
}
