package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strings"

	"github.com/ashlar-go/ashlar/internal/atomicfile"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Figure is a drawing of one or more panels. A function of this package makes it; the fields may
// be set before it is written.
type Figure struct {
	// Title stands above all panels; "" for none.
	Title string

	// Width is that of the figure in pixels of 1/96 inch. 0 stands for 640, or for more where a
	// confusion matrix needs it. An SVG has this size and can be scaled. A PNG has two dots a pixel,
	// for screens of high resolution.
	Width int

	panels  []panel
	columns int     // of panels
	shared  []entry // a legend of all panels
	least   vg.Length
}

// panel is a part of a figure. Sizes are in points.
type panel interface {
	left() vg.Length                // of the room for labels beside the data
	head(width vg.Length) vg.Length // of the room for the title, in a panel of a width
	body(width, left vg.Length) vg.Length
	// draw draws into a rectangle, with the data between left and the right margin.
	draw(p pen, r vg.Rectangle, left, head vg.Length)
}

const (
	pixel        = 0.75 // points
	usualWidth   = 640
	leastWidth   = 320
	mostWidth    = 8192
	twoColumns   = 480 // pixels from which on two panels stand side by side
	edge         = 8.0 // round the figure, in points
	gap          = 14.0
	dotsPerInch  = 192
	mostOfHeight = 1 << 15 // dots
)

// Save writes the figure as PNG or SVG, by the extension of the path: .png or .svg. It replaces
// the file completely or not at all. The errors are those of [Figure.WritePNG] and [Figure.WriteSVG],
// that of another extension, and those of the file system.
func (f *Figure) Save(path string) error {
	write := f.WritePNG
	switch ext := filepath.Ext(path); strings.ToLower(ext) {
	case ".png":
	case ".svg":
		write = f.WriteSVG
	default:
		return fmt.Errorf("plot: %s: the extension is %q, want .png or .svg", path, ext)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("%w, in %s", err, path)
	}
	err := atomicfile.Write(path, func(w io.Writer) error {
		_, err := b.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	return nil
}

// WritePNG writes the figure as PNG. It returns an error for a Width in which the figure has no room,
// and for more panels than 32,768 dots have room for.
func (f *Figure) WritePNG(w io.Writer) error {
	if w == nil {
		return errNoWriter
	}
	width, height, err := f.size()
	if err != nil {
		return err
	}
	if dots := height / vg.Inch * dotsPerInch; dots > mostOfHeight {
		return fmt.Errorf("plot: %d panels make a PNG of %.0f dots in height, want at most %d; "+
			"an SVG has no limit", len(f.panels), dots, mostOfHeight)
	}
	c := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dotsPerInch),
		vgimg.UseBackgroundColor(color.White))
	f.draw(pen{c}, width, height)
	_, err = vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

var errNoWriter = errors.New("plot: the writer is nil")

// WriteSVG writes the figure as SVG. It returns an error for a Width in which the figure has no room.
func (f *Figure) WriteSVG(w io.Writer) error {
	if w == nil {
		return errNoWriter
	}
	width, height, err := f.size()
	if err != nil {
		return err
	}
	c := vgsvg.New(width, height)
	p := pen{c}
	p.fill(color.White, vg.Rectangle{Max: xy(width, height)})
	f.draw(p, width, height)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return err
	}
	// Arial and Helvetica have the widths of Liberation Sans. In a text the quote would be escaped.
	_, err = w.Write(bytes.ReplaceAll(b.Bytes(), []byte(`style="font-family:Liberation Sans;`),
		[]byte(`style="font-family:'Liberation Sans',Arial,Helvetica,sans-serif;`)))
	return err
}

// size returns the size of the figure in points.
func (f *Figure) size() (width, height vg.Length, err error) {
	if len(f.panels) == 0 {
		return 0, 0, fmt.Errorf("plot: the figure is empty: want one that a function of the package made")
	}
	pixels := f.Width
	least := max(leastWidth, int(math.Ceil(float64(f.least/pixel))))
	if pixels == 0 {
		pixels = max(usualWidth, least)
	}
	if pixels < least || pixels > mostWidth {
		return 0, 0, fmt.Errorf("plot: Width = %d pixels, want %d to %d, or 0", f.Width, least, mostWidth)
	}
	width = vg.Length(pixels) * pixel
	height = edge + f.headHeight(width) + edge
	for _, row := range f.rows(width) {
		height += row.head + row.body + gap
	}
	return width, height - gap + legendHeight(f.shared, width-2*edge), nil
}

func (f *Figure) headHeight(width vg.Length) vg.Length {
	if lines := f.title(width); len(lines) > 0 {
		return vg.Length(len(lines))*headSize*leading + 6
	}
	return 0
}

func (f *Figure) title(width vg.Length) []string {
	return wrap(clean(f.Title), bold(headSize), width-2*edge)
}

// row is panels side by side, with their data at one height.
type row struct {
	panels     []panel
	head, body vg.Length
}

// across returns the number and the width of the columns of panels.
func (f *Figure) across(width vg.Length) (columns int, each vg.Length) {
	columns = 1
	if width >= twoColumns*pixel {
		columns = min(max(1, f.columns), len(f.panels))
	}
	return columns, (width - 2*edge - vg.Length(columns-1)*gap) / vg.Length(columns)
}

// left returns the room beside the data, for all panels, so that their data have one size.
func (f *Figure) left() (left vg.Length) {
	for _, p := range f.panels {
		left = max(left, p.left())
	}
	return left
}

func (f *Figure) rows(width vg.Length) []row {
	columns, each := f.across(width)
	left := f.left()
	var all []row
	for i := 0; i < len(f.panels); i += columns {
		r := row{panels: f.panels[i:min(i+columns, len(f.panels))]}
		for _, p := range r.panels {
			r.head, r.body = max(r.head, p.head(each)), max(r.body, p.body(each, left))
		}
		all = append(all, r)
	}
	return all
}

func (f *Figure) draw(p pen, width, height vg.Length) {
	top := height - edge
	for _, line := range f.title(width) {
		p.text(bold(headSize), ink, xy(width/2, top-headSize*leading/2), centred, line)
		top -= headSize * leading
	}
	top = height - edge - f.headHeight(width)
	_, each := f.across(width)
	left := f.left()
	for _, row := range f.rows(width) {
		bottom := top - row.head - row.body
		for j, part := range row.panels {
			x := edge + vg.Length(j)*(each+gap)
			part.draw(p, box(xy(x, bottom), xy(x+each, top)),
				left, row.head)
		}
		top = bottom - gap
	}
	drawLegend(p, f.shared, edge, width-edge, width/2, top+gap)
}
