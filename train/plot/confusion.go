package plot

import (
	"errors"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"

	"github.com/ashlar-go/ashlar/train"
)

// mostClasses is how many classes are drawn as a matrix.
const mostClasses = 40

// Confusion draws a confusion matrix: a row for each true class, a column for what its samples were
// taken for, and beside each row the recall, the share of it that was right. The colour is the
// share of the row. A cell has its count, and of up to 12 classes also the share; counts that have
// no room are rounded, such as 12k. names are those of the classes, nil for their numbers. Of more
// than 40 classes it draws the 20 pairs that were confused most as bars.
//
// It returns an error for a matrix that is not square, has a negative count or counts no sample,
// and for names that are not one a class.
func Confusion(m train.Confusion, names []string) (*Figure, error) {
	total, right, err := checkConfusion(m)
	if err != nil {
		return nil, err
	}
	if names != nil && len(names) != len(m) {
		return nil, fmt.Errorf("plot: len(names) = %d, want %d, one a class", len(names), len(m))
	}
	labels := make([]string, len(m))
	for c := range labels {
		labels[c] = fmt.Sprint(c)
		if names != nil {
			labels[c] = clean(names[c])
		}
	}
	title := fmt.Sprintf("confusion matrix: %.2f %% of %s samples right",
		100*float64(right)/float64(total), count(total))
	if len(m) > mostClasses {
		return pairsFigure(m, labels, title), nil
	}
	h := &heat{m: m, names: labels, title: title}
	return &Figure{panels: []panel{h}, least: h.least() + 2*edge}, nil
}

// checkConfusion counts the samples and those that are right.
func checkConfusion(m train.Confusion) (total, right int, err error) {
	for c, row := range m {
		if len(row) != len(m) {
			return 0, 0, fmt.Errorf("plot: row %d of the confusion matrix has %d columns, want %d",
				c, len(row), len(m))
		}
		for g, n := range row {
			if n < 0 {
				return 0, 0, fmt.Errorf("plot: the confusion matrix has %d in row %d, column %d, want >= 0",
					n, c, g)
			}
			if n > math.MaxInt-total {
				return 0, 0, errors.New("plot: the confusion matrix counts more samples than an int holds")
			}
			total += n
		}
		right += row[c]
	}
	if total <= 0 {
		return 0, 0, errors.New("plot: the confusion matrix counts no sample")
	}
	return total, right, nil
}

// Colours from white to a dark blue.
var shades = []color.Color{color.White, color.RGBA{R: 0x9c, G: 0xc9, B: 0xe6, A: 0xff}, palette[0],
	color.RGBA{R: 0x00, G: 0x3d, B: 0x66, A: 0xff}}

// shade is the colour of a share and how dark it is, from 0 to 1. The root makes shares of a
// hundredth visible, which the errors of a good model are.
func shade(share float64) (color.Color, float64) {
	dark := math.Sqrt(share)
	return ramp(shades, dark), dark
}

// heat is the panel of a confusion matrix.
type heat struct {
	m     train.Confusion
	names []string
	title string
}

const (
	shareClasses = 12   // most classes whose cells have a share below the count
	leastCell    = 19.0 // side of a cell, so that four digits have room
	mostCell     = 58.0
	mostName     = 90.0 // room for the name of a class
	recallRoom   = 44.0
	barHeight    = 8.0
)

// nameRoom is the width of the longest name.
func (h *heat) nameRoom() vg.Length {
	widest := vg.Length(0)
	for _, name := range h.names {
		widest = max(widest, regular(tickSize).Width(name))
	}
	return min(widest, mostName) + tickRoom
}

func (h *heat) least() vg.Length { return h.left() + leastCell*vg.Length(len(h.m)) + recallRoom }

func (h *heat) left() vg.Length { return upright + tickRoom + h.nameRoom() }

func (h *heat) head(width vg.Length) vg.Length { return headOf(h.title, width) }

// cell is the side of a cell.
func (h *heat) cell(width, left vg.Length) vg.Length {
	return min((width-left-recallRoom)/vg.Length(len(h.m)), mostCell)
}

// lying reports whether the names of the columns have room side by side.
func (h *heat) lying(side vg.Length) bool { return h.nameRoom() <= side-2 }

// foot is the height of the names of the columns.
func (h *heat) foot(side vg.Length) vg.Length {
	if h.lying(side) {
		return below
	}
	return h.nameRoom() + tickRoom
}

func (h *heat) body(width, left vg.Length) vg.Length {
	side := h.cell(width, left)
	return side*vg.Length(len(h.m)) + h.foot(side) + under + legendTop + barHeight + below
}

func (h *heat) draw(p pen, r vg.Rectangle, left, head vg.Length) {
	n := vg.Length(len(h.m))
	side := h.cell(r.Size().X, left)
	// In the middle, as far as the names and the recalls leave room.
	x := min(max(r.Min.X+left, (r.Min.X+r.Max.X-n*side)/2), r.Max.X-recallRoom-n*side)
	corner := xy(x, r.Max.Y-head)
	area := box(xy(corner.X, corner.Y-n*side), xy(corner.X+n*side, corner.Y))
	middle := corner.X + n*side/2
	drawTitle(p, h.title, r, middle)
	for c := range h.m {
		h.drawRow(p, c, corner, side)
		h.drawName(p, c, corner, side)
	}
	h.drawGrid(p, area, side)
	bottom := area.Min.Y - h.foot(side)
	p.text(regular(labelSize), ink, xy(middle, bottom-under/2), centred, "taken for")
	p.upright(regular(labelSize), ink, xy(area.Min.X-left+upright/2, corner.Y-n*side/2), centred,
		"true class")
	p.text(regular(tickSize), ink, xy(area.Max.X+recallRoom/2+2, area.Min.Y-tickRoom-tickSize*leading/2),
		centred, "recall (%)")
	h.drawBar(p, middle, bottom-under-legendTop)
}

// drawGrid draws lines between the cells and a frame about them.
func (h *heat) drawGrid(p pen, area vg.Rectangle, side vg.Length) {
	thin := stroke{color: grid, width: 0.4}
	for c := range h.m[1:] {
		x, y := area.Min.X+vg.Length(c+1)*side, area.Max.Y-vg.Length(c+1)*side
		p.line(thin, xy(x, area.Min.Y), xy(x, area.Max.Y))
		p.line(thin, xy(area.Min.X, y), xy(area.Max.X, y))
	}
	p.frame(stroke{color: faint, width: 0.8}, area)
}

// drawRow draws the cells of a class and its recall.
func (h *heat) drawRow(p pen, c int, corner vg.Point, side vg.Length) {
	of := 0
	for _, n := range h.m[c] {
		of += n
	}
	y := corner.Y - vg.Length(c)*side
	for g, n := range h.m[c] {
		share := float64(n) / math.Max(1, float64(of))
		x := corner.X + vg.Length(g)*side
		ground, dark := shade(share)
		ink := color.Color(ink)
		if dark > 0.62 {
			ink = color.White
		}
		p.fill(ground, box(xy(x, y-side), xy(x+side, y)))
		h.drawCell(p, ink, xy(x+side/2, y-side/2), side, n, share)
	}
	recall := "-"
	if of > 0 {
		recall = fmt.Sprintf("%.1f", 100*h.m.Recall(c))
	}
	p.text(regular(tickSize), ink, xy(corner.X+vg.Length(len(h.m))*side+recallRoom/2+2, y-side/2),
		centred, recall)
}

// drawCell writes the count into a cell, and its share if there are few classes. Cells without
// samples are left empty in a large matrix.
func (h *heat) drawCell(p pen, c color.Color, at vg.Point, side vg.Length, n int, share float64) {
	few := len(h.m) <= shareClasses
	apart := min(side*0.16, 6)
	switch f, s := roomy(n, side-3, few); {
	case n == 0 && few:
		p.text(regular(tickSize), faint, at, centred, s)
	case n > 0 && few:
		p.text(f, c, xy(at.X, at.Y+apart), centred, s)
		p.text(regular(min(tickSize-1, side*0.24)), c, xy(at.X, at.Y-apart*1.15), centred,
			fmt.Sprintf("%.1f %%", 100*share))
	case n > 0:
		p.text(f, c, at, centred, s)
	}
}

// roomy returns a count in the largest size in which it has room, rounded if it has none in full.
func roomy(n int, width vg.Length, few bool) (f *font.Face, s string) {
	largest := vg.Length(labelSize)
	if !few {
		largest = 7 // near to the size that counts of four digits have
	}
	for _, s = range []string{count(n), rounded(n)} {
		for size := largest; size >= 6; size-- {
			if f = regular(size); f.Width(s) <= width {
				return f, s
			}
		}
	}
	return f, s
}

// rounded is a count in three characters and a letter at most, such as 950, 12k and 3M.
func rounded(n int) string {
	v, unit := float64(n), 0
	for ; v >= 999.5; v /= 1000 {
		unit++
	}
	return fmt.Sprintf("%.0f%s", v, [...]string{"", "k", "M", "G", "T", "P", "E"}[unit])
}

// drawName writes the name of a class beside its row and below its column.
func (h *heat) drawName(p pen, c int, corner vg.Point, side vg.Length) {
	f := regular(tickSize)
	name := fitName(h.names[c], f, mostName)
	along := (vg.Length(c) + 0.5) * side
	p.text(f, ink, xy(corner.X-tickRoom, corner.Y-along), toRight, name)
	at := xy(corner.X+along, corner.Y-vg.Length(len(h.m))*side-tickRoom)
	if h.lying(side) {
		p.text(f, ink, xy(at.X, at.Y-tickSize*leading/2), centred, name)
	} else {
		p.upright(f, ink, at, toRight, name)
	}
}

// drawBar draws the colours and the shares they stand for, below top.
func (h *heat) drawBar(p pen, middle, top vg.Length) {
	const width, steps = 180.0, 60
	left := middle - width/2
	area := box(xy(left, top-barHeight), xy(left+width, top))
	for i := range steps {
		rest := area // to the end, so that there are no seams
		rest.Min.X += vg.Length(i) * width / steps
		p.fill(ramp(shades, (float64(i)+0.5)/steps), rest)
	}
	p.frame(stroke{color: faint, width: 0.6}, area)
	y := top - barHeight - tickRoom - tickSize*leading/2
	for _, percent := range []float64{0, 1, 5, 10, 25, 50, 100} {
		_, dark := shade(percent / 100)
		p.text(regular(tickSize), ink, xy(left+vg.Length(dark)*width, y), centred, fmt.Sprint(percent))
	}
	p.text(regular(tickSize), ink, xy(left-6, y), toRight, "% of the row")
}
