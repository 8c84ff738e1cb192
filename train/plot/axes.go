package plot

import (
	"gonum.org/v1/plot/vg"
)

// axes is a panel with two axes.
type axes struct {
	title, xLabel, yLabel string
	x, y                  scale
	square                bool   // the data area is a square
	items                 []item // drawn in this order, the later over the earlier
	legend                []entry
	missing               bool // some values have a cross instead of a place
}

// item draws itself into a data area.
type item func(p pen, f frame)

// frame is the data area of axes.
type frame struct {
	box  vg.Rectangle
	x, y *scale
}

func (f frame) atX(v float64) vg.Length {
	return f.box.Min.X + vg.Length(f.x.at(v))*f.box.Size().X
}

func (f frame) atY(v float64) vg.Length {
	return f.box.Min.Y + vg.Length(f.y.at(v))*f.box.Size().Y
}

func (f frame) point(x, y float64) vg.Point { return xy(f.atX(x), f.atY(y)) }

const (
	tickRoom  = 4.0                          // between labels and the data area
	upright   = labelSize * leading          // the width of the label of y
	below     = tickSize*leading + tickRoom  // the height of the labels of ticks
	under     = labelSize*leading + tickRoom // that of the label of x
	rightRoom = 10.0                         // so far a label may stand out
)

func (a *axes) left() vg.Length {
	widest := vg.Length(0)
	for _, t := range a.y.ticks {
		widest = max(widest, regular(tickSize).Width(t.label))
	}
	return widest + tickRoom + upright + tickRoom
}

func (a *axes) head(width vg.Length) vg.Length { return headOf(a.title, width) }

// headOf returns the room for the title of a panel.
func headOf(title string, width vg.Length) vg.Length {
	if lines := titleLines(title, width); len(lines) > 0 {
		return vg.Length(len(lines))*titleSize*leading + 4
	}
	return 0
}

func titleLines(title string, width vg.Length) []string {
	return wrap(clean(title), bold(titleSize), width)
}

// drawTitle writes a title at the top of a panel, centred over its data if it does not leave the
// panel there.
func drawTitle(p pen, title string, r vg.Rectangle, middle vg.Length) {
	for i, line := range titleLines(title, r.Size().X) {
		x := within(middle, bold(titleSize).Width(line), r.Min.X, r.Max.X)
		p.text(bold(titleSize), ink, xy(x, r.Max.Y-(vg.Length(i)+0.5)*titleSize*leading), centred, line)
	}
}

// within is the middle of a text of a width: the wanted one, or as near to it as lets the text lie
// between lo and hi.
func within(middle, width, lo, hi vg.Length) vg.Length {
	return min(max(middle, lo+width/2), hi-width/2)
}

// area returns the size of the data area in a panel of a width.
func (a *axes) area(width, left vg.Length) (w, h vg.Length) {
	w = width - left - rightRoom
	if a.square {
		w = min(w, 270)
		return w, w
	}
	return w, min(max(width*0.6, 120), 210)
}

func (a *axes) body(width, left vg.Length) vg.Length {
	_, h := a.area(width, left)
	return h + below + under + legendHeight(a.legend, width)
}

func (a *axes) draw(p pen, r vg.Rectangle, left, head vg.Length) {
	w, h := a.area(r.Size().X, left)
	x := max(r.Min.X+left, (r.Min.X+r.Max.X-w)/2) // a square stands in the middle of its panel
	y := r.Max.Y - head - h
	drawTitle(p, a.title, r, x+w/2)
	f := frame{box(xy(x, y), xy(x+w, y+h)), &a.x, &a.y}
	f.drawAxes(p, a.xLabel, a.yLabel, a.left())
	for _, draw := range a.items {
		draw(p, f)
	}
	drawLegend(p, a.legend, r.Min.X, r.Max.X, x+w/2, y-below-under)
}

// drawAxes draws the grid, the ticks and the labels of both axes.
func (f frame) drawAxes(p pen, xLabel, yLabel string, left vg.Length) {
	lo, hi := f.box.Min, f.box.Max
	for _, t := range f.xTicks(left) {
		x := f.atTick(f.x, t.at, lo.X, hi.X)
		p.line(stroke{color: grid, width: 0.6}, xy(x, lo.Y), xy(x, hi.Y))
		p.text(regular(tickSize), ink, xy(f.underTick(t, left), lo.Y-tickRoom-tickSize*leading/2), centred,
			t.label)
	}
	for _, at := range f.y.minor {
		y := f.atTick(f.y, at, lo.Y, hi.Y)
		p.line(stroke{color: grid, width: 0.3}, xy(lo.X, y), xy(hi.X, y))
	}
	for _, t := range f.y.ticks {
		y := f.atTick(f.y, t.at, lo.Y, hi.Y)
		p.line(stroke{color: grid, width: 0.6}, xy(lo.X, y), xy(hi.X, y))
		p.text(regular(tickSize), ink, xy(lo.X-tickRoom, y), toRight, t.label)
	}
	p.line(stroke{color: faint, width: 0.8}, xy(lo.X, hi.Y), lo, xy(hi.X, lo.Y))
	font := regular(labelSize)
	label := fit(labelled(xLabel, f.x.factor), font, hi.X-lo.X+left)
	x := within((lo.X+hi.X)/2, font.Width(label), lo.X-left, hi.X+rightRoom)
	p.text(font, ink, xy(x, lo.Y-below-under/2), centred, label)
	p.upright(font, ink, xy(lo.X-left+upright/2, (lo.Y+hi.Y)/2), centred,
		fit(labelled(yLabel, f.y.factor), font, hi.Y-lo.Y)) // above and below it are other texts
}

// atTick is the place of a tick between the ends of an axis.
func (f frame) atTick(s *scale, at float64, lo, hi vg.Length) vg.Length {
	return lo + vg.Length((at-s.lo)/(s.hi-s.lo))*(hi-lo)
}

// underTick is the middle of the label of a tick of x: its tick, or as near to it as lets the label
// end no more than left before the data area and rightRoom behind it.
func (f frame) underTick(t tick, left vg.Length) vg.Length {
	lo, hi := f.box.Min.X, f.box.Max.X
	return within(f.atTick(f.x, t.at, lo, hi), regular(tickSize).Width(t.label), lo-left, hi+rightRoom)
}

// xTicks returns as many of the ticks of x, at equal steps, as have room for their labels.
func (f frame) xTicks(left vg.Length) []tick {
	const room = 6
	half := func(t tick) vg.Length { return regular(tickSize).Width(t.label) / 2 }
	ticks := f.x.ticks
	for len(ticks) > 1 {
		fits := true
		for i := 1; i < len(ticks); i++ {
			a, b := ticks[i-1], ticks[i]
			fits = fits && f.underTick(b, left)-f.underTick(a, left) >= half(a)+half(b)+room
		}
		if fits {
			break
		}
		var some []tick
		for i := 0; i < len(ticks); i += 2 {
			some = append(some, ticks[i])
		}
		ticks = some
	}
	return ticks
}

// labelled is the label of an axis with the factor of its ticks.
func labelled(label, factor string) string {
	label = clean(label)
	if factor != "" {
		label += " × " + factor
	}
	return label
}
