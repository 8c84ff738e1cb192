package plot

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/ashlar-go/ashlar/train"
)

// pair counts the samples of class c that were taken for g.
type pair struct {
	c, g, n int
	share   float64 // of the class
}

// bars is a panel of the pairs that were confused most.
type bars struct {
	title, note string
	pairs       []pair
	names       []string
}

// pairsFigure draws the pairs of classes that were confused most.
func pairsFigure(m train.Confusion, names []string, title string) *Figure {
	const most = 20
	var all []pair
	for c, row := range m {
		of := 0
		for _, n := range row {
			of += n
		}
		for g, n := range row {
			if n > 0 && g != c {
				all = append(all, pair{c, g, n, float64(n) / float64(of)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b pair) int { return cmp.Compare(b.n, a.n) })
	b := &bars{title: title, names: names, pairs: all[:min(most, len(all))],
		note: fmt.Sprintf("true class → taken for: the %d pairs of %s that were confused most, "+
			"with their share of the true class", min(most, len(all)), count(len(all)))}
	if len(all) == 0 {
		b.note = fmt.Sprintf("none of %s classes was taken for another", count(len(m)))
	}
	return &Figure{panels: []panel{b}}
}

const (
	barRow  = 15.0
	arrow   = " → "
	barText = 90.0 // room for the figures behind a bar
)

func (b *bars) label(i int) string {
	f := regular(tickSize)
	return fitName(b.names[b.pairs[i].c], f, mostName) + arrow + fitName(b.names[b.pairs[i].g], f, mostName)
}

func (b *bars) left() vg.Length {
	widest := vg.Length(0)
	for i := range b.pairs {
		widest = max(widest, regular(tickSize).Width(b.label(i)))
	}
	return widest + tickRoom
}

func (b *bars) notes(width vg.Length) []string { return wrap(b.note, regular(labelSize), width) }

func (b *bars) head(width vg.Length) vg.Length {
	return headOf(b.title, width) + vg.Length(len(b.notes(width)))*titleSize*leading + 4
}

func (b *bars) body(width, left vg.Length) vg.Length { return vg.Length(len(b.pairs)) * barRow }

func (b *bars) draw(p pen, r vg.Rectangle, left, head vg.Length) {
	at := xy((r.Min.X+r.Max.X)/2, r.Max.Y-headOf(b.title, r.Size().X)-titleSize*leading/2)
	drawTitle(p, b.title, r, at.X)
	for _, line := range b.notes(r.Size().X) {
		p.text(regular(labelSize), ink, at, centred, line)
		at.Y -= titleSize * leading
	}
	f := regular(tickSize)
	x := r.Min.X + left
	for i, one := range b.pairs {
		y := r.Max.Y - head - (vg.Length(i)+0.5)*barRow
		p.text(f, ink, xy(x-tickRoom, y), toRight, b.label(i))
		length := (r.Max.X - x - barText) * vg.Length(one.n) / vg.Length(b.pairs[0].n)
		p.fill(palette[0], box(xy(x, y-barRow*0.35), xy(x+length, y+barRow*0.35)))
		p.text(f, ink, xy(x+length+tickRoom, y), fromLeft,
			fmt.Sprintf("%s (%.1f %%)", count(one.n), 100*one.share))
	}
}
