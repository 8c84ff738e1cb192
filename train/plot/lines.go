package plot

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// Curve is a line through values over X, or over 1, 2, 3, ... where X is nil. It is in the legend
// if it has a name. It breaks at values that cannot be drawn: those that are not finite or beyond
// 1e150, and on a logarithmic axis those below 1e-150.
type Curve struct {
	Name   string
	X, Y   []float64
	Dashed bool // as that of a validation is, beside that of the training
}

// Panel is a diagram of curves.
type Panel struct {
	Title  string
	X, Y   string // what the axes show, with units
	Log    bool   // the Y axis is logarithmic
	Curves []Curve
}

// Lines draws panels, two side by side, each with its legend, or all with one if it would be the
// same. The colours and dashes of the curves repeat after the 21st of a panel.
//
// It returns an error without panels, for a panel in which no value can be drawn, and for a curve
// whose X and Y differ in length.
func Lines(panels ...Panel) (*Figure, error) {
	f := &Figure{columns: 2}
	if len(panels) == 0 {
		return nil, fmt.Errorf("plot: no panels, want at least one")
	}
	for i, p := range panels {
		a, err := p.axes()
		if err != nil {
			return nil, fmt.Errorf("plot: panel %d, %q: %w", i+1, p.Title, err)
		}
		f.panels = append(f.panels, a)
	}
	f.joinLegends(panels)
	return f, nil
}

// joinLegends replaces the legends of panels by one below them all if their curves have the same
// names and looks.
func (f *Figure) joinLegends(panels []Panel) {
	longest := 0 // the panel whose legend also has the crosses, if any has
	for i, p := range panels {
		if !slices.EqualFunc(p.Curves, panels[0].Curves, func(a, b Curve) bool {
			return a.Name == b.Name && a.Dashed == b.Dashed
		}) {
			return
		}
		if len(f.panels[i].(*axes).legend) > len(f.panels[longest].(*axes).legend) {
			longest = i
		}
	}
	f.shared = f.panels[longest].(*axes).legend
	for _, p := range f.panels {
		p.(*axes).legend = nil
	}
}

// room is left free round the data, a share of an axis.
const room = 0.04

// axes returns the panel ready to be drawn.
func (p Panel) axes() (*axes, error) {
	var looks []look
	for i, c := range p.Curves {
		looks = append(looks, lookOf(i, c.Dashed))
	}
	return p.axesWith(looks)
}

// axesWith also takes how each curve looks.
func (p Panel) axesWith(looks []look) (*axes, error) {
	a := &axes{title: p.Title, xLabel: p.X, yLabel: p.Y}
	a.y.log = p.Log
	var curves []curve
	x, y := newSpan(), newSpan()
	whole := true // every x is a whole number, such as that of an epoch
	for i, c := range p.Curves {
		if c.X != nil && len(c.X) != len(c.Y) {
			return nil, fmt.Errorf("curve %q has %d X, want %d, one for each Y", c.Name, len(c.X), len(c.Y))
		}
		one := curve{Curve: c, look: looks[i]}
		one.split(&a.x, &a.y)
		for _, part := range one.parts {
			for _, at := range part {
				x.add(at.x)
				y.add(at.y)
				whole = whole && at.x == math.Trunc(at.x)
			}
		}
		for _, m := range one.missing {
			x.add(m.x)
		}
		curves = append(curves, one)
	}
	if y.empty() && p.Log {
		return nil, errors.New("nothing to draw: no value is finite and positive")
	} else if y.empty() {
		return nil, errors.New("nothing to draw: no value is finite")
	}
	a.x = linear(x, room/2, whole)
	if p.Log {
		a.y = logarithmic(y, room)
	} else {
		a.y = linear(y, room, false)
	}
	a.items = append(a.items, func(p pen, f frame) { drawCurves(p, f, curves) })
	for _, c := range curves {
		if c.Name != "" {
			a.legend = append(a.legend, entry{c.Name, c.look.sample()})
		}
	}
	a.missing = slices.ContainsFunc(curves, func(c curve) bool { return len(c.missing) > 0 })
	if a.missing {
		a.legend = append(a.legend, missingEntry(p.Log))
	}
	return a, nil
}

// missingEntry explains the crosses at the edges.
func missingEntry(log bool) entry {
	name := "not finite"
	if log {
		name = "not finite, or not positive"
	}
	return entry{name, crossSample}
}

// look tells a curve from the others.
type look struct {
	stroke
	hollow bool // its points are rings
}

// lookOf returns that of curve number i.
func lookOf(i int, dashed bool) look {
	l := look{stroke: stroke{color: palette[i%len(palette)], width: 1.6}}
	switch round := i / len(palette); {
	case dashed:
		l.dashes, l.hollow = []vg.Length{5, 3}, true
	case round%3 == 1:
		l.dashes = []vg.Length{7, 2}
	case round%3 == 2:
		l.dashes = []vg.Length{2, 2}
	}
	return l
}

func (l look) sample() func(p pen, at vg.Point) { return lineSample(l.stroke) }

// value is a point of a curve that can be drawn.
type value struct{ x, y float64 }

// curve is a Curve ready to be drawn.
type curve struct {
	Curve
	look
	parts   [][]value
	missing []value // with a place at x alone; y is +Inf at the upper edge, -Inf at the lower one
}

// split finds the parts between the values that cannot be drawn. A curve without any value that
// can be drawn is left out whole, as that of a validation that there was not.
func (c *curve) split(x, y *scale) {
	var part []value
	end := func() {
		if len(part) > 0 {
			c.parts = append(c.parts, part)
		}
		part = nil
	}
	for i, v := range c.Y {
		at := float64(i + 1)
		if c.X != nil {
			at = c.X[i]
		}
		if !x.drawable(at) {
			end()
			continue
		}
		if y.drawable(v) {
			part = append(part, value{at, v})
			continue
		}
		end()
		side := math.Inf(1)
		if v < 1 { // -Inf, or too small for a logarithm
			side = math.Inf(-1)
		}
		c.missing = append(c.missing, value{at, side})
	}
	end()
	if len(c.parts) == 0 {
		c.missing = nil
	}
}

// vertical is a line at x through the whole data area.
func vertical(at float64, s stroke) item {
	return func(p pen, f frame) {
		x := f.atX(at)
		p.line(s, xy(x, f.box.Min.Y), xy(x, f.box.Max.Y))
	}
}

// guide is how lines look that help to read a diagram.
func guide(c color.Color) stroke {
	return stroke{color: c, width: 1, dashes: []vg.Length{1.5, 2}}
}
