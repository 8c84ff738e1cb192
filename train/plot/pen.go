package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// The colours of Okabe and Ito without yellow, which is too pale for a line on white.
var palette = []color.Color{
	color.RGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff}, // blue
	color.RGBA{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff}, // vermilion
	color.RGBA{R: 0x00, G: 0x9e, B: 0x73, A: 0xff}, // bluish green
	color.RGBA{R: 0xcc, G: 0x79, B: 0xa7, A: 0xff}, // reddish purple
	color.RGBA{R: 0xe6, G: 0x9f, B: 0x00, A: 0xff}, // orange
	color.RGBA{R: 0x56, G: 0xb4, B: 0xe9, A: 0xff}, // sky blue
	color.RGBA{A: 0xff},                            // black
}

var (
	ink   = color.Gray{Y: 0x22}
	faint = color.Gray{Y: 0x77}
	grid  = color.Gray{Y: 0xe2}
)

// between mixes two colours: a at 0, b at 1.
func between(a, b color.Color, at float64) color.Color {
	mix := func(x, y uint32) uint8 { return uint8(math.Round((float64(x)*(1-at) + float64(y)*at) / 257)) }
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	return color.RGBA{R: mix(ar, br), G: mix(ag, bg), B: mix(ab, bb), A: 0xff}
}

// ramp is a colour between stops at equal distances, for at from 0 to 1.
func ramp(stops []color.Color, at float64) color.Color {
	at *= float64(len(stops) - 1)
	i := min(int(at), len(stops)-2)
	return between(stops[i], stops[i+1], at-float64(i))
}

// stroke is how a line looks.
type stroke struct {
	color  color.Color
	width  vg.Length
	dashes []vg.Length
	offset vg.Length
}

func xy(x, y vg.Length) vg.Point { return vg.Point{X: x, Y: y} }

// box is a rectangle from its lower left corner to its upper right one.
func box(lo, hi vg.Point) vg.Rectangle { return vg.Rectangle{Min: lo, Max: hi} }

// pen draws on a canvas whose origin is the lower left corner, in points.
type pen struct{ vg.Canvas }

func (p pen) line(s stroke, points ...vg.Point) {
	p.SetColor(s.color)
	p.SetLineWidth(s.width)
	p.SetLineDash(s.dashes, s.offset)
	p.Stroke(path(points))
}

func path(points []vg.Point) vg.Path {
	var way vg.Path
	for i, at := range points {
		if i == 0 {
			way.Move(at)
		} else {
			way.Line(at)
		}
	}
	return way
}

func (p pen) fill(c color.Color, r vg.Rectangle) {
	way := path([]vg.Point{r.Min, xy(r.Max.X, r.Min.Y), r.Max, xy(r.Min.X, r.Max.Y)})
	way.Close()
	p.SetColor(c)
	p.Fill(way)
}

func (p pen) frame(s stroke, r vg.Rectangle) {
	p.line(s, r.Min, xy(r.Max.X, r.Min.Y), r.Max, xy(r.Min.X, r.Max.Y), r.Min)
}

func circle(at vg.Point, radius vg.Length) vg.Path {
	var way vg.Path
	way.Move(xy(at.X+radius, at.Y))
	way.Arc(at, radius, 0, 2*math.Pi)
	way.Close()
	return way
}

func (p pen) disc(c color.Color, at vg.Point, radius vg.Length) {
	p.SetColor(c)
	p.Fill(circle(at, radius))
}

func (p pen) ring(s stroke, at vg.Point, radius vg.Length) {
	p.SetColor(s.color)
	p.SetLineWidth(s.width)
	p.SetLineDash(nil, 0)
	p.Stroke(circle(at, radius))
}

func (p pen) cross(c color.Color, at vg.Point) {
	const arm = 2.2
	s := stroke{color: c, width: 1.2}
	p.line(s, xy(at.X-arm, at.Y-arm), xy(at.X+arm, at.Y+arm))
	p.line(s, xy(at.X-arm, at.Y+arm), xy(at.X+arm, at.Y-arm))
}

// Where a text stands to its point.
const (
	fromLeft = 0.0
	centred  = 0.5
	toRight  = 1.0
)

// text writes one line whose capitals are centred at the height of a point.
func (p pen) text(f *font.Face, c color.Color, at vg.Point, align float64, s string) {
	p.SetColor(c)
	at.X -= f.Width(s) * vg.Length(align)
	at.Y -= capital / 2 * f.Font.Size
	p.FillString(*f, at, s)
}

// upright writes one line from below to above.
func (p pen) upright(f *font.Face, c color.Color, at vg.Point, align float64, s string) {
	p.Push()
	p.Translate(at)
	p.Rotate(math.Pi / 2)
	p.text(f, c, vg.Point{}, align, s)
	p.Pop()
}
