package main

import (
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
)

// ourName stands for us in every legend; our series is the first.
const ourName = "Ashlar"

// curve is the share of the peak over the size of one contestant.
type curve struct {
	series
	n, percent []float64
}

// shares are the charts of products: one for each dtype and number of threads.
func shares(p *figures.Products) (list []figure) {
	for _, dtype := range []string{"f32", "f64"} {
		for _, threads := range []int{1, 2} {
			curves := shareCurves(p, dtype, threads)
			if len(curves) == 0 {
				continue
			}
			f := figure{Title: fmt.Sprintf("%s, %s", longDType(dtype), plural(threads, "thread"))}
			for _, c := range curves {
				f.Legend = append(f.Legend, c.series)
			}
			f.Wide = drawShares(curves, f.Title)
			list = append(list, f)
		}
	}
	return list
}

func longDType(d string) string { return map[string]string{"f32": "float32", "f64": "float64"}[d] }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// shareCurves are those of one dtype and number of threads, ours first.
func shareCurves(p *figures.Products, dtype string, threads int) (curves []curve) {
	all := []curve{{series: series{Name: ourName}}}
	for i, peer := range p.Peers {
		all = append(all, curve{series: series{Index: i + 1, Name: peer.Name}})
	}
	rows := slices.Clone(p.Rows)
	slices.SortFunc(rows, func(a, b figures.Product) int { return a.N - b.N })
	for _, r := range rows {
		if r.DType != dtype || r.Threads != threads || !r.Cube() || r.Peak == 0 {
			continue
		}
		for i := range all {
			rate := r.Ours
			if i > 0 {
				rate = r.Peers[all[i].Name]
			}
			if rate > 0 {
				all[i].n = append(all[i].n, float64(r.N))
				all[i].percent = append(all[i].percent, 100*rate/r.Peak)
			}
		}
	}
	return slices.DeleteFunc(all, func(c curve) bool { return len(c.n) == 0 })
}

// drawShares draws them over the size, which doubles from one grid line to the next. Ours is on top.
func drawShares(curves []curve, label string) (out template.HTML) {
	c := canvas{w: 420, h: 300}
	var sizes, heights []float64
	for _, v := range curves {
		sizes, heights = append(sizes, v.n...), append(heights, v.percent...)
	}
	lo, hi := span(sizes)
	if lo == hi {
		lo, hi = lo/2, hi*2
	}
	x := scale{lo: lo, hi: hi, a: 38, b: c.w - 18, log: true}
	_, most := span(heights)
	y := scale{lo: 0, hi: max(100, 10*math.Ceil(most/10)), a: c.h - 40, b: 24}
	for v := 0.0; v <= y.hi; v += 20 {
		c.line(x.a, y.at(v), x.b, y.at(v), "grid")
		c.text(x.a-6, y.at(v)+4, end, "axis", number(v))
	}
	for n := math.Exp2(math.Ceil(math.Log2(lo))); n <= hi; n *= 2 {
		c.line(x.at(n), y.a, x.at(n), y.b, "grid")
		c.text(x.at(n), y.a+16, middle, "axis", number(n))
	}
	c.text(x.a-32, 13, start, "axis", "% of the FMA peak")
	c.text((x.a+x.b)/2, c.h-6, middle, "axis", "n, of n × n matrices")
	for i := len(curves) - 1; i >= 0; i-- {
		v := &curves[i]
		var points [][2]float64
		for k, n := range v.n {
			points = append(points, [2]float64{x.at(n), y.at(v.percent[k])})
		}
		c.polyline(points, fmt.Sprintf("curve s%d", v.Index))
		for k, p := range points {
			title := fmt.Sprintf("%s, n = %s: %s %% of the peak", v.Name, number(v.n[k]),
				number(v.percent[k]))
			c.mark(p[0], p[1], v.Index, false, title)
		}
	}
	return c.svg("Share of the FMA peak over the size of the matrices: " + label)
}
