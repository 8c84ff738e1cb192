package plot

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"testing"
)

// TestLayout wants all that is drawn inside the figure, texts that do not run into each other,
// titles centred over their data, and neither texts, legends nor curves across the edges of the
// data, at several widths.
func TestLayout(t *testing.T) {
	figures(t, func(t *testing.T, k kind, f *Figure) {
		for _, width := range []int{leastWidth, 480, 0, 1100} {
			if k.matrix && width != 0 {
				width = 1600
			}
			f.Width = width
			d := parse(t, f)
			checkTexts(t, width, d)
			if !k.matrix {
				checkAreas(t, width, d)
			}
		}
	})
}

// TestLongNumbers wants the numbers at the ends of an axis inside the figure where they have many digits.
func TestLongNumbers(t *testing.T) {
	for _, at := range []float64{1.3980432872, -0.0013980432872, 13980.432872, -139804.32872} {
		for _, spread := range []float64{3e-10, 1e-9, 4e-9, 2e-8} {
			var predicted, truth []float64
			for i := range 40 {
				predicted, truth = append(predicted, at*(1+spread*float64(i)/40)), append(truth, 0)
			}
			f, err := Residuals(predicted, truth, "rent")
			if err != nil {
				t.Fatal(err)
			}
			for _, width := range []int{leastWidth, 480, 0, 1100} {
				f.Width = width
				checkTexts(t, width, parse(t, f))
			}
		}
	}
}

func checkTexts(t *testing.T, width int, d drawn) {
	t.Helper()
	canvas := bounds{0, 0, d.width, d.height}
	for i, a := range d.texts {
		if !a.within(canvas, 0) {
			t.Errorf("width %d: %q leaves the figure: %v of %v", width, a.string, a.bounds, canvas)
		}
		if a.size < 5.9 {
			t.Errorf("width %d: %q has %v points, want at least 6", width, a.string, a.size)
		}
		for _, b := range d.texts[:i] {
			if a.meets(b.bounds) {
				t.Errorf("width %d: %q and %q run into each other", width, a.string, b.string)
			}
		}
	}
	for _, s := range d.paths {
		if !s.within(canvas, 0.01) {
			t.Errorf("width %d: a path leaves the figure: %v", width, s)
		}
	}
}

func checkAreas(t *testing.T, width int, d drawn) {
	t.Helper()
	areas := d.areas()
	if len(areas) == 0 {
		t.Fatal("no data area")
	}
	for _, one := range d.texts {
		for _, area := range areas {
			if one.meets(area) {
				t.Errorf("width %d: %q is over data", width, one.string)
			}
		}
		if one.bold && one.size == titleSize && !centredOver(one, areas) && one.x0 > edge+1 &&
			one.x1 < d.width-edge-1 {
			t.Errorf("width %d: the title %q is not centred over its data", width, one.string)
		}
	}
	for i, s := range d.paths[1:] { // the first is the ground
		for _, area := range areas {
			// A cross or a point stands out by its radius.
			if s.meets(area) && !s.within(area, 3.6) {
				t.Errorf("width %d: path %d, %v, crosses the edge of the data %v", width, i+1, s, area)
			}
		}
	}
}

func centredOver(one text, areas []bounds) bool {
	for _, a := range areas {
		if math.Abs(one.x0+one.x1-a.x0-a.x1) < 0.2 && one.y0 > a.y1 {
			return true
		}
	}
	return false
}

// TestDeterminism wants the same bytes twice, also of a figure that is made again.
func TestDeterminism(t *testing.T) {
	figures(t, func(t *testing.T, k kind, f *Figure) {
		again, err := k.make()
		if err != nil {
			t.Fatal(err)
		}
		again.Title = f.Title
		var a, b, c bytes.Buffer
		for _, one := range []struct {
			f *Figure
			b *bytes.Buffer
		}{{f, &a}, {f, &b}, {again, &c}} {
			if err := one.f.WriteSVG(one.b); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) || !bytes.Equal(a.Bytes(), c.Bytes()) {
			t.Error("the same data gave different bytes")
		}
		if a.Len() > 1<<20 {
			t.Errorf("the SVG has %d bytes, want at most 1 MiB", a.Len())
		}
	})
}

// pixels counts those of a colour in the PNG of a figure.
func pixels(t *testing.T, f *Figure, c color.Color) int {
	t.Helper()
	var b bytes.Buffer
	if err := f.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	r, g, bl, _ := c.RGBA()
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r1, g1, b1, _ := img.At(x, y).RGBA(); r1 == r && g1 == g && b1 == bl {
				n++
			}
		}
	}
	return n
}

// TestEqualCurves: each of several equal curves is seen, as far as its share of the length goes.
func TestEqualCurves(t *testing.T) {
	for curves := 1; curves <= len(palette); curves++ {
		p := Panel{Title: "equal", X: "x", Y: "y"}
		for range curves {
			c := Curve{Name: "a"}
			for i := range 100 {
				c.Y = append(c.Y, math.Sin(float64(i)/15))
			}
			p.Curves = append(p.Curves, c)
		}
		f, err := Lines(p)
		if err != nil {
			t.Fatal(err)
		}
		const sample = 250 // pixels of the sample in the legend, about
		for i := range curves {
			if n := pixels(t, f, palette[i]); n < sample+2000/curves {
				t.Errorf("of %d equal curves number %d has %d pixels", curves, i, n)
			}
		}
	}
}

// TestEqualValidation: a training and a validation that are equal are both seen, also in one epoch.
func TestEqualValidation(t *testing.T) {
	for _, epochs := range []int{1, 5, 100} {
		h := history(epochs)
		for i := range h {
			h[i].ValidationLoss, h[i].ValidationAccuracy = h[i].Loss, h[i].Accuracy
			h[i].Metrics = nil
		}
		f, err := LearningCurves(h)
		if err != nil {
			t.Fatal(err)
		}
		f.shared = nil // without the samples of the legend
		for i := range 2 {
			if n := pixels(t, f, palette[i]); n < 40 {
				t.Errorf("%d epochs: curve %d has %d pixels", epochs, i, n)
			}
		}
	}
}

// TestPNG: a PNG has two dots a pixel, a white ground and curves in the colours of the palette.
func TestPNG(t *testing.T) {
	f, err := LearningCurves(history(30))
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{0, 500} {
		f.Width = width
		var b bytes.Buffer
		if err := f.WritePNG(&b); err != nil {
			t.Fatal(err)
		}
		c, err := png.DecodeConfig(&b)
		if want := 2 * max(width, (1-min(width, 1))*usualWidth); err != nil || c.Width != want {
			t.Errorf("Width %d: the PNG is %d dots wide, %v, want %d", width, c.Width, err, want)
		}
		for _, one := range []struct {
			color color.Color
			least int
		}{{color.White, c.Width * c.Height / 2}, {palette[0], 1000}, {palette[1], 1000}} {
			if n := pixels(t, f, one.color); n < one.least {
				t.Errorf("Width %d: %v has %d pixels, want at least %d", width, one.color, n, one.least)
			}
		}
	}
}

// TestMiddle: the data of a figure with one square stand in its middle, below the title.
func TestMiddle(t *testing.T) {
	s, positive := scores(100)
	roc, err := ROC(s, positive)
	if err != nil {
		t.Fatal(err)
	}
	matrix, err := Confusion(confusion(3, 100), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*Figure{roc, matrix} {
		d := parse(t, f)
		if a := d.areas()[0]; math.Abs(a.x0+a.x1-d.width) > 0.1 {
			t.Errorf("the data are at %v of %v points", a, d.width)
		}
	}
}
