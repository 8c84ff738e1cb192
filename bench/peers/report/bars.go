package main

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
)

// bar is a ratio with the name of what it is of.
type bar struct {
	name  string
	ratio float64
	title string // to hover over
}

// barFigure draws ratios, the greatest first, on a logarithmic axis, in two columns where there is room.
func barFigure(title string, bars []bar) figure {
	bars = slices.DeleteFunc(slices.Clone(bars),
		func(b bar) bool { return !(b.ratio > 0) || math.IsInf(b.ratio, 0) })
	slices.SortStableFunc(bars, func(a, b bar) int { return cmp.Compare(b.ratio, a.ratio) })
	columns := 2
	if len(bars) <= 12 {
		columns = 1
	}
	return figure{Title: title, Wide: drawBars(bars, 920, columns, false, title),
		Narrow: drawBars(bars, 350, 1, true, title)}
}

// barHeight is that of a row, narrowHeight that of one with its name above the bar.
const barHeight, narrowHeight = 19.0, 34.0

// drawBars draws them downwards. A bar begins at 1, where both are as fast. All columns have the same
// range; a single narrow one has the names above the bars.
func drawBars(bars []bar, width float64, columns int, above bool, label string) template.HTML {
	if len(bars) == 0 {
		return ""
	}
	height := barHeight
	if above {
		height = narrowHeight
	}
	rows := (len(bars) + columns - 1) / columns
	c := canvas{w: width, h: float64(rows)*height + 30}
	var ratios []float64
	values := 0.0
	for _, b := range bars {
		ratios, values = append(ratios, b.ratio), max(values, textWidth(times(b.ratio)))
	}
	lo, hi := span(ratios)
	const gap = 24.0
	each := (width - gap*float64(columns-1)) / float64(columns)
	for col := range columns {
		part := bars[col*rows : min(len(bars), (col+1)*rows)]
		left, names := float64(col)*(each+gap), axisRoom
		for _, b := range part {
			if !above {
				names = max(names, textWidth(b.name)+10)
			}
		}
		x := scale{lo: min(lo, 1), hi: max(hi, 2), a: left + names, b: left + each - values - 8, log: true}
		c.barAxis(x, float64(len(part))*height+6)
		for i, b := range part {
			c.bar(x, float64(i)*height+height-barHeight+6, above, b)
		}
	}
	return c.svg(label)
}

// barAxis draws the grid and its labels below, as many as have room.
func (c *canvas) barAxis(x scale, bottom float64) {
	last := math.Inf(-1)
	for _, t := range x.decades() {
		at := x.at(t.value)
		class := "grid"
		if t.value == 1 {
			class = "one"
		}
		c.line(at, 2, at, bottom, class)
		if half := textWidth(t.label+" ×") / 2; at-half > max(last+6, 0) && at+half <= c.w {
			c.text(at, bottom+15, middle, "axis", t.label+" ×")
			last = at + half
		}
	}
}

// axisRoom is what half of the first label of an axis takes.
const axisRoom = 14.0

// bar draws one with its figure on the right of it, and of the line at 1.
func (c *canvas) bar(x scale, y float64, above bool, b bar) {
	one, at := x.at(1), x.at(b.ratio)
	class := "bar"
	if b.ratio < 1 {
		class = "bar less"
	}
	if above {
		c.above(y-3, b.name)
	} else {
		c.text(x.a-8, y+13, end, "label", b.name)
	}
	c.rect(min(one, at), y+3, max(1, math.Abs(at-one)), barHeight-6, class, b.title)
	c.text(max(one, at)+5, y+13, start, "value", times(b.ratio))
}

// above writes the name of a row over its whole width, where no grid line crosses it.
func (c *canvas) above(y float64, name string) {
	c.rect(0, y-12, c.w, lineHeight, "back", name)
	c.text(0, y, start, "label", name)
}

func times(v float64) string { return number(v) + " ×" }

// describe is a title to hover over.
func describe(name, theirs string, ratio float64) string {
	return fmt.Sprintf("%s: %s takes %s times as long", name, theirs, number(ratio))
}
