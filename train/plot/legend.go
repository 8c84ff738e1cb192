package plot

import "gonum.org/v1/plot/vg"

// entry is one line of a legend: a sample, drawn about a point, and what it stands for.
type entry struct {
	name   string
	sample func(p pen, at vg.Point)
}

const (
	sampleWidth = 20.0
	entryHeight = labelSize * leading
	entryGap    = 12.0
	legendTop   = 8.0 // above the first line
)

// legendColumns returns how many entries stand side by side in a width, and the width of each.
func legendColumns(entries []entry, width vg.Length) (columns int, each vg.Length) {
	for _, e := range entries {
		each = max(each, sampleWidth+5+regular(labelSize).Width(clean(e.name)))
	}
	each = min(each, width)
	columns = max(1, min(len(entries), int((width+entryGap)/(each+entryGap))))
	lines := (len(entries) + columns - 1) / columns
	return (len(entries) + lines - 1) / max(1, lines), each // as many on each line
}

func legendHeight(entries []entry, width vg.Length) vg.Length {
	if len(entries) == 0 {
		return 0
	}
	columns, _ := legendColumns(entries, width)
	return legendTop + vg.Length((len(entries)+columns-1)/columns)*entryHeight
}

// drawLegend draws entries between left and right, about middle if they have room there, from top
// down. Each column is read to its end before the next.
func drawLegend(p pen, entries []entry, left, right, middle, top vg.Length) {
	if len(entries) == 0 {
		return
	}
	columns, each := legendColumns(entries, right-left)
	lines := (len(entries) + columns - 1) / columns
	used := vg.Length(columns)*(each+entryGap) - entryGap
	left = max(left, min(middle-used/2, right-used))
	for i, e := range entries {
		at := xy(left+vg.Length(i/lines)*(each+entryGap), top-legendTop-(vg.Length(i%lines)+0.5)*entryHeight)
		e.sample(p, xy(at.X+sampleWidth/2, at.Y))
		f := regular(labelSize)
		p.text(f, ink, xy(at.X+sampleWidth+5, at.Y), fromLeft,
			fit(clean(e.name), f, each-sampleWidth-5))
	}
}

// lineSample is a stroke across the width of a sample.
func lineSample(s stroke) func(p pen, at vg.Point) {
	return func(p pen, at vg.Point) {
		p.line(s, xy(at.X-sampleWidth/2, at.Y), xy(at.X+sampleWidth/2, at.Y))
	}
}

// uprightSample is a short stroke from below to above.
func uprightSample(s stroke) func(p pen, at vg.Point) {
	return func(p pen, at vg.Point) {
		p.line(s, xy(at.X, at.Y-5), xy(at.X, at.Y+5))
	}
}

// crossSample stands for what cannot be drawn.
func crossSample(p pen, at vg.Point) { p.cross(ink, at) }
