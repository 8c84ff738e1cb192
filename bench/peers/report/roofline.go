package main

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
)

// spot is a kernel on the roofline.
type spot struct {
	name      string
	family    int
	memory    bool    // its operands are in memory, not in the first-level cache
	intensity float64 // FLOPs a byte
	rate      float64 // GFLOP/s
}

// spots are all kernels that compute, in float32 on one thread. A product reads A and B and writes C once.
func spots(d *data) (list []spot) {
	if d.Vectors != nil {
		for _, c := range d.Vectors.Cells {
			if f := flopsOf(c.Kernel); c.DType == "f32" && f > 0 && c.Bytes > 0 && (c.InCache || c.last) {
				list = append(list, spot{c.Kernel, familyOf(c.Kernel), !c.InCache, f / c.Bytes, f / c.Ns})
			}
		}
	}
	if d.Products != nil {
		for _, p := range d.Products.Rows {
			if p.DType != "f32" || p.Threads != 1 {
				continue
			}
			m, n, k := float64(p.M), float64(p.N), float64(p.K)
			flops, bytes := 2*m*n*k, 4*(m*k+k*n+m*n)
			list = append(list, spot{"Gemm " + p.Shape, 0, bytes > 32<<10, flops / bytes, p.Ours})
		}
	}
	return list
}

// roofline is the chart. Its legend names the families, and the ceilings with their rates.
func roofline(d *data) figure {
	list := spots(d)
	f := figure{Title: "Roofline, float32, one thread"}
	if len(list) == 0 {
		return f
	}
	for i, g := range families {
		if slices.ContainsFunc(list, func(s spot) bool { return s.family == i }) {
			f.Legend = append(f.Legend, series{Index: i, Name: g.name})
		}
	}
	f.Legend = append(f.Legend, series{Index: 10, Name: "filled: operands in L1"},
		series{Index: 10, Name: "hollow: larger operands", Hollow: true})
	for i, b := range d.bandwidth() {
		f.Legend = append(f.Legend, series{Name: fmt.Sprintf("%s %s GB/s", b.Level, number(b.Rate)),
			Line: fmt.Sprintf("roof r%d", i)})
	}
	for _, p := range d.peaks("f32") {
		name := fmt.Sprintf("FMA peak %s %s GFLOP/s", p.Tier, number(p.Rate))
		f.Legend = append(f.Legend, series{Name: name, Line: "roof peak"})
	}
	f.Wide, f.Narrow = drawRoofline(d, list, 920, 560, f.Title), drawRoofline(d, list, 350, 420, f.Title)
	return f
}

func drawRoofline(d *data, list []spot, width, height float64, label string) template.HTML {
	c := canvas{w: width, h: height}
	var across, up []float64
	for _, s := range list {
		across, up = append(across, s.intensity), append(up, s.rate)
	}
	for _, p := range d.peaks("f32") {
		up = append(up, p.Rate)
	}
	x := scale{a: 44, b: width - 16, log: true}
	y := scale{a: height - 44, b: 24, log: true}
	x.lo, x.hi = span(across)
	y.lo, y.hi = span(up)
	x.lo, x.hi, y.lo, y.hi = x.lo/5, x.hi*1.6, y.lo/1.5, y.hi*1.7
	for _, t := range x.decades() {
		c.line(x.at(t.value), y.a, x.at(t.value), y.b, "grid")
		c.text(x.at(t.value), y.a+16, middle, "axis", t.label)
	}
	for _, t := range y.decades() {
		c.line(x.a, y.at(t.value), x.b, y.at(t.value), "grid")
		c.text(x.a-6, y.at(t.value)+4, end, "axis", t.label)
	}
	c.text(0, 13, start, "axis", "GFLOP/s")
	c.text((x.a+x.b)/2, height-8, middle, "axis", "FLOPs for each byte read or written")
	c.ceilings(d, x, y)
	for _, s := range list {
		where := "in L1"
		if s.memory {
			where = "larger operands"
		}
		title := fmt.Sprintf("%s, %s: %s GFLOP/s at %s FLOPs a byte", s.name, where, number(s.rate),
			number(s.intensity))
		c.mark(x.at(s.intensity), y.at(s.rate), s.family, s.memory, title)
	}
	return c.svg(label + ": GFLOP/s of every kernel over its FLOPs a byte, below the ceilings")
}

// ceilings draws the bandwidths up to the highest peak, and the peaks. Peaks that would hide each other
// share a label; a bandwidth that lies close to the last has its name in the legend only.
func (c *canvas) ceilings(d *data, x, y scale) {
	top := y.hi
	var names []string
	at := math.Inf(1)
	for i, p := range d.peaks("f32") { // the highest first
		if i == 0 {
			top = p.Rate
		}
		h := y.at(p.Rate)
		c.line(x.at(max(x.lo, p.Rate/d.fastest())), h, x.b, h, "roof peak")
		if h-at > lineHeight+2 {
			c.text(x.b, at-6, end, "ceiling", "FMA peak "+strings.Join(names, ", "))
			names = nil
		}
		if names == nil {
			at = h
		}
		names = append(names, p.Tier)
	}
	if names != nil {
		c.text(x.b, at-6, end, "ceiling", "FMA peak "+strings.Join(names, ", "))
	}
	last := math.Inf(-1)
	for i, b := range d.bandwidth() {
		from := max(x.lo, y.lo/b.Rate)
		to := min(x.hi, top/b.Rate)
		if from >= to {
			continue
		}
		x1, y1, x2, y2 := x.at(from), y.at(from*b.Rate), x.at(to), y.at(to*b.Rate)
		c.line(x1, y1, x2, y2, fmt.Sprintf("roof r%d", i))
		if y1-last > 2*lineHeight || math.IsInf(last, -1) {
			c.along(x1, y1, math.Atan2(y2-y1, x2-x1), b.Level)
			last = y1
		}
	}
}

// along writes a name above a line that begins at a point.
func (c *canvas) along(x, y, slope float64, s string) {
	px, py := x+16*math.Cos(slope)+5*math.Sin(slope), y+16*math.Sin(slope)-5*math.Cos(slope)
	fmt.Fprintf(&c.b, `<text x="%.1f" y="%.1f" transform="rotate(%.1f %.1f %.1f)" class="ceiling">%s</text>`,
		px, py, slope*180/math.Pi, px, py, html.EscapeString(s))
}

// bandwidth lists the caches and memory, the fastest first.
func (d *data) bandwidth() []figures.Bandwidth {
	if d.Vectors == nil {
		return nil
	}
	return d.Vectors.Bandwidth
}

// fastest is the rate of the fastest of them, or 1.
func (d *data) fastest() float64 {
	best := 1.0
	for _, b := range d.bandwidth() {
		best = max(best, b.Rate)
	}
	return best
}
