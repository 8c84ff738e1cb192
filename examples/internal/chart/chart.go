// Package chart draws the curves of the examples as PNG. Its font is part of the program,
// so that a plot looks the same on every machine.
package chart

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/ashlar-go/ashlar/examples/internal/console"
)

// Curve is a named list of values over X, or over 1, 2, 3, ... where X is nil. Values that
// are not finite are not drawn.
type Curve struct {
	Name string
	X, Y []float64
}

// Panel is one diagram. With Log its Y axis is logarithmic, and values that are not positive
// are not drawn.
type Panel struct {
	Title, X, Y string
	Log         bool
	Curves      []Curve
}

const (
	dpi         = 144
	panelWidth  = 4.4 * vg.Inch // without legend
	panelHeight = 3.8 * vg.Inch
	gap         = 12 * pt
	heading     = 32 * pt
	inRow       = 2
	pt          = vg.Length(1)
	fewPoints   = 25 // curves of at most as many points have a mark on each
)

// Colours that the colour-blind can tell apart (Okabe and Ito, 2008). When they are used up,
// the next dashes begin.
var (
	colors = []color.Color{
		color.RGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff}, color.RGBA{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff},
		color.RGBA{R: 0x00, G: 0x9e, B: 0x73, A: 0xff}, color.RGBA{R: 0xcc, G: 0x79, B: 0xa7, A: 0xff},
		color.RGBA{R: 0xe6, G: 0x9f, B: 0x00, A: 0xff}, color.RGBA{R: 0x56, G: 0xb4, B: 0xe9, A: 0xff},
		color.RGBA{A: 0xff},
	}
	dashes = [][]vg.Length{nil, {5, 3}, {1.5, 2}}
)

// Write draws the panels under a title, two in a row, each with its legend on the right.
func Write(w io.Writer, title string, panels ...Panel) error {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	var drawings []drawing
	columns := make([]vg.Length, min(inRow, len(panels)))
	for i, p := range panels {
		d, err := newDrawing(p)
		if err != nil {
			return err
		}
		drawings = append(drawings, d)
		columns[i%inRow] = max(columns[i%inRow], d.width())
	}
	width, rows := gap, (len(panels)+inRow-1)/inRow
	for _, c := range columns {
		width += c + gap
	}
	height := vg.Length(rows)*(panelHeight+gap) + heading
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi),
		vgimg.UseBackgroundColor(color.White))
	c := draw.New(canvas)
	c.FillText(draw.TextStyle{Color: color.Black, Font: font.From(plot.DefaultFont, 13),
		Handler: plot.DefaultTextHandler, XAlign: draw.XCenter, YAlign: draw.YTop},
		vg.Point{X: width / 2, Y: height - 6*pt}, title)
	left, top := gap, height-heading
	for i, d := range drawings {
		d.draw(draw.Crop(c, left, left+d.width()-width, top-panelHeight, top-height))
		left += columns[i%inRow] + gap
		if i%inRow == inRow-1 {
			left, top = gap, top-panelHeight-gap
		}
	}
	_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(w)
	return err
}

// Save writes the panels into a file of a folder and prints its path.
func Save(dir, name, title string, panels ...Panel) error {
	path := filepath.Join(dir, name)
	if err := console.WriteFile(path,
		func(w io.Writer) error { return Write(w, title, panels...) }); err != nil {
		return err
	}
	fmt.Println("plot", path)
	return nil
}

// drawing is a panel ready to be drawn. The legend stands beside the plot, where it hides no
// curve.
type drawing struct {
	plot   *plot.Plot
	legend plot.Legend
}

func newDrawing(p Panel) (drawing, error) {
	d := drawing{plot.New(), plot.NewLegend()}
	d.plot.Title.Text, d.plot.X.Label.Text, d.plot.Y.Label.Text = p.Title, p.X, p.Y
	d.plot.Title.Padding = 4 * pt
	d.legend.Left, d.legend.Top, d.legend.Padding = true, true, 2*pt
	d.legend.ThumbnailWidth = 24 * pt
	d.legend.TextStyle.Font.Size = 10
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{Y: 0xdd}, color.Gray{Y: 0xdd}
	d.plot.Add(grid)
	for i, c := range p.Curves {
		if err := d.add(i, c, p.Log); err != nil {
			return d, fmt.Errorf("plot of %s: %s: %w", p.Y, c.Name, err)
		}
	}
	if d.plot.Y.Min > d.plot.Y.Max {
		return d, fmt.Errorf("plot of %s: nothing to draw", p.Y)
	}
	d.axes(p.Log)
	return d, nil
}

// add draws curve number i.
func (d *drawing) add(i int, c Curve, log bool) error {
	line, marks, err := plotter.NewLinePoints(points(c, log))
	if err != nil {
		return err
	}
	line.Color, line.Width, line.Dashes = colors[i%len(colors)], 1.5*pt, dashes[i/len(colors)%len(dashes)]
	marks.Color, marks.Shape, marks.Radius = line.Color, draw.CircleGlyph{}, 2*pt
	d.plot.Add(line)
	d.legend.Add(c.Name, line)
	if len(c.Y) <= fewPoints {
		d.plot.Add(marks)
	}
	return nil
}

// points returns the points of a curve that can be drawn, with log10 of the values if log is
// set. (The logarithmic scale of package plot misplaces the label of the axis and the top of
// the plot.)
func points(c Curve, log bool) plotter.XYs {
	var all plotter.XYs
	for i, y := range c.Y {
		x := float64(i + 1)
		if c.X != nil {
			x = c.X[i]
		}
		if log {
			y = math.Log10(y)
		}
		if !math.IsNaN(y) && !math.IsInf(y, 0) {
			all = append(all, plotter.XY{X: x, Y: y})
		}
	}
	return all
}

// axes sets the ticks and widens the range of Y to the outermost ones.
func (d *drawing) axes(log bool) {
	x, y := &d.plot.X, &d.plot.Y
	if x.Min == x.Max {
		x.Min, x.Max = math.Floor(x.Min-0.5), math.Ceil(x.Max+0.5)
	}
	x.Tick.Marker = plot.ConstantTicks(ticks(multiples(x.Min, x.Max, 1), false))
	if y.Min == y.Max {
		y.Min, y.Max = y.Min-0.1, y.Max+0.1
	}
	var at []float64
	if log {
		at = decades(y.Min, y.Max)
	} else {
		at = multiples(y.Min, y.Max, 0)
	}
	y.Min, y.Max = math.Min(y.Min, at[0]), math.Max(y.Max, at[len(at)-1])
	y.Tick.Marker = plot.ConstantTicks(ticks(at, log))
}

func (d *drawing) width() vg.Length { return panelWidth + d.legendWidth() }

func (d *drawing) legendWidth() vg.Length {
	anywhere := draw.New(vgimg.New(panelWidth, panelHeight))
	return d.legend.Rectangle(anywhere).Size().X + 2*gap
}

func (d *drawing) draw(c draw.Canvas) {
	d.plot.Draw(draw.Crop(c, 0, -d.legendWidth(), 0, 0))
	d.legend.Draw(draw.Crop(c, panelWidth+gap, 0, 0, -20*pt))
}

// multiples returns the multiples of a step from the one below lo to the one above hi, at most
// 11. The step is 1, 2 or 5 times a power of ten, and at least least.
func multiples(lo, hi, least float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/10)))
	for i := 0; math.Ceil(hi/step)-math.Floor(lo/step) > 10 || step < least; i++ {
		step *= [...]float64{2, 2.5, 2}[i%3]
	}
	var at []float64
	for k := math.Floor(lo / step); len(at) == 0 || at[len(at)-1] < hi; k++ {
		at = append(at, k*step)
	}
	return at
}

// decades returns exponents for ticks from the one below lo to the one above hi: multiples of a
// whole number if hi-lo > 3, else log10 of 1, 2 and 5 times the powers of ten.
func decades(lo, hi float64) []float64 {
	if hi-lo > 3 {
		return multiples(lo, hi, 1)
	}
	var at []float64
	for e := math.Floor(lo); e <= hi+1; e++ {
		for _, v := range []float64{e, e + math.Log10(2), e + math.Log10(5)} {
			if len(at) > 0 && v <= lo {
				at = at[:0]
			}
			if len(at) == 0 || at[len(at)-1] < hi {
				at = append(at, v)
			}
		}
	}
	return at
}

// ticks labels values, or with log the powers of ten with these exponents.
func ticks(at []float64, log bool) []plot.Tick {
	var all []plot.Tick
	for _, v := range at {
		label := fmt.Sprintf("%.6g", v)
		if e := math.Floor(v + 1e-9); log && math.Abs(e) > 3 {
			label = fmt.Sprintf("%.3ge%g", math.Pow(10, v-e), e)
		} else if log {
			label = fmt.Sprintf("%.4g", math.Pow(10, v))
		}
		all = append(all, plot.Tick{Value: v, Label: label})
	}
	return all
}
