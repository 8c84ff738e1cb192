package plot

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// drawn is what an SVG shows, in points from the lower left corner.
type drawn struct {
	width, height float64
	texts         []text
	paths         []shape
}

// text is a line of text with its bounding box.
type text struct {
	string
	bounds
	size    float64
	bold    bool
	upright bool
}

// shape is a path with its bounding box.
type shape struct {
	bounds
	stroke, fill string
	width        float64
	closed       bool
}

type bounds struct{ x0, y0, x1, y1 float64 }

func (b *bounds) add(x, y float64) {
	b.x0, b.x1 = math.Min(b.x0, x), math.Max(b.x1, x)
	b.y0, b.y1 = math.Min(b.y0, y), math.Max(b.y1, y)
}

func (b bounds) meets(c bounds) bool {
	return b.x0 < c.x1 && c.x0 < b.x1 && b.y0 < c.y1 && c.y0 < b.y1
}

func (b bounds) within(c bounds, slack float64) bool {
	return b.x0 >= c.x0-slack && b.x1 <= c.x1+slack && b.y0 >= c.y0-slack && b.y1 <= c.y1+slack
}

// affine maps (x, y) to (a x + c y + e, b x + d y + f).
type affine [6]float64

func (m affine) then(x, y float64) (float64, float64) {
	return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
}

func (m affine) times(n affine) affine {
	return affine{m[0]*n[0] + m[2]*n[1], m[1]*n[0] + m[3]*n[1], m[0]*n[2] + m[2]*n[3],
		m[1]*n[2] + m[3]*n[3], m[0]*n[4] + m[2]*n[5] + m[4], m[1]*n[4] + m[3]*n[5] + m[5]}
}

var (
	call   = regexp.MustCompile(`(\w+)\(([^)]*)\)`)
	number = regexp.MustCompile(`-?[0-9.]+(e[-+]?[0-9]+)?`)
)

func numbers(t *testing.T, s string) []float64 {
	t.Helper()
	var all []float64
	for _, n := range number.FindAllString(s, -1) {
		v, err := strconv.ParseFloat(n, 64)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		all = append(all, v)
	}
	return all
}

// transform reads an attribute of that name.
func transform(t *testing.T, s string) affine {
	t.Helper()
	m := affine{1, 0, 0, 1, 0, 0}
	for _, c := range call.FindAllStringSubmatch(s, -1) {
		v := numbers(t, c[2])
		switch c[1] {
		case "scale":
			m = m.times(affine{v[0], 0, 0, v[1], 0, 0})
		case "translate":
			m = m.times(affine{1, 0, 0, 1, v[0], v[1]})
		case "rotate":
			sin, cos := math.Sincos(v[0] * math.Pi / 180)
			m = m.times(affine{cos, sin, -sin, cos, 0, 0})
		default:
			t.Fatalf("transform %q", s)
		}
	}
	return m
}

// style reads an attribute of that name.
func style(s string) map[string]string {
	all := map[string]string{}
	for one := range strings.SplitSeq(s, ";") {
		key, value, _ := strings.Cut(one, ":")
		all[strings.TrimSpace(key)] = value
	}
	return all
}

// parse reads the SVG of a figure. It fails the test where that is no XML or has no size.
func parse(t *testing.T, f *Figure) drawn {
	t.Helper()
	var b bytes.Buffer
	if err := f.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	if bad := regexp.MustCompile(`[ "=,:(ML](NaN|[-+]?Inf)`).FindString(
		regexp.MustCompile(`>[^<]*<`).ReplaceAllString(b.String(), "><")); bad != "" {
		t.Errorf("the SVG has %q outside its texts", bad)
	}
	var d drawn
	stack := []affine{{1, 0, 0, 1, 0, 0}}
	in := xml.NewDecoder(&b)
	var attrs map[string]string
	for {
		token, err := in.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			attrs = map[string]string{}
			for _, a := range e.Attr {
				attrs[a.Name.Local] = a.Value
			}
			if e.Name.Local == "svg" {
				view := numbers(t, attrs["viewBox"])
				d.width, d.height = view[2], view[3]
				stack[0] = affine{1, 0, 0, -1, 0, d.height} // from the lower left corner
			}
			stack = append(stack, stack[len(stack)-1].times(transform(t, attrs["transform"])))
			if e.Name.Local == "path" {
				d.paths = append(d.paths, shapeOf(t, stack[len(stack)-1], attrs))
			}
		case xml.CharData:
			if strings.TrimSpace(string(e)) != "" {
				d.texts = append(d.texts, textOf(t, stack[len(stack)-1], attrs, string(e)))
			}
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
	return d
}

func textOf(t *testing.T, m affine, attrs map[string]string, s string) text {
	t.Helper()
	st := style(attrs["style"])
	one := text{string: s, size: numbers(t, st["font-size"])[0], bold: st["font-weight"] == "bold",
		bounds: bounds{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}}
	face := regular(vg.Length(one.size))
	if one.bold {
		face = bold(vg.Length(one.size))
	}
	width := float64(face.Width(s))
	x, y := numbers(t, attrs["x"])[0], numbers(t, attrs["y"])[0]
	for _, corner := range [][2]float64{{0, 0}, {width, -capital * one.size}} {
		one.add(m.then(x+corner[0], y+corner[1]))
	}
	one.upright = one.x1-one.x0 < one.y1-one.y0 && len(s) > 1
	return one
}

// shapeOf takes arcs for their ends, and their radius into account by the line about them.
func shapeOf(t *testing.T, m affine, attrs map[string]string) shape {
	t.Helper()
	st := style(attrs["style"])
	s := shape{stroke: st["stroke"], fill: st["fill"], closed: strings.Contains(attrs["d"], "Z"),
		bounds: bounds{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}}
	if st["stroke-width"] != "" {
		s.width = numbers(t, st["stroke-width"])[0]
	} else if s.stroke != "" {
		s.width = 1
	}
	for _, part := range regexp.MustCompile(`[MLA][^MLAZ]*`).FindAllString(attrs["d"], -1) {
		v := numbers(t, part)
		s.add(m.then(v[len(v)-2], v[len(v)-1]))
	}
	return s
}

// areas returns the data areas of axes: what the lines of the two axes span.
func (d drawn) areas() []bounds {
	var all []bounds
	for _, s := range d.paths {
		if s.stroke == hex(faint) && s.width == 0.8 {
			all = append(all, s.bounds)
		}
	}
	return all
}

func hex(c interface{ RGBA() (r, g, b, a uint32) }) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02X%02X%02X", r>>8, g>>8, b>>8)
}
