package main

import (
	"fmt"
	"html/template"
	"slices"

	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
)

// dotRow is a task with the times of others over ours.
type dotRow struct {
	name   string
	ratios map[string]float64
}

// dotFigure draws a row for each task and a marker for each contestant, right of 1 where it is slower.
func dotFigure(peers []string, rows []dotRow) figure {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r dotRow) bool { return len(r.ratios) == 0 })
	var f figure
	for i, p := range peers {
		if slices.ContainsFunc(rows, func(r dotRow) bool { return r.ratios[p] > 0 }) {
			f.Legend = append(f.Legend, series{Index: i + 1, Name: p})
		}
	}
	if len(f.Legend) > 0 {
		f.Wide, f.Narrow = drawDots(rows, f.Legend, 920, false), drawDots(rows, f.Legend, 350, true)
	}
	return f
}

// drawDots has the names on the left, or above each row where the drawing is narrow.
func drawDots(rows []dotRow, legend []series, width float64, above bool) template.HTML {
	height, names := 26.0, 0.0
	if above {
		height = 40
	}
	var ratios []float64
	for _, r := range rows {
		if !above {
			names = max(names, textWidth(r.name)+12)
		}
		for _, s := range legend {
			if v := r.ratios[s.Name]; v > 0 {
				ratios = append(ratios, v)
			}
		}
	}
	lo, hi := span(ratios)
	lo, hi = min(lo, 0.8)/1.1, max(hi, 2)*1.1
	c := canvas{w: width, h: float64(len(rows))*height + 30}
	x := scale{lo: lo, hi: hi, a: names + axisRoom, b: width - 16, log: true}
	c.barAxis(x, c.h-24)
	for i, r := range rows {
		y := float64(i)*height + height - 11
		if above {
			c.above(y-15, r.name)
		} else {
			c.text(names-6, y+4, end, "label", r.name)
		}
		c.line(x.a, y, x.b, y, "grid")
		for _, s := range legend {
			if v := r.ratios[s.Name]; v > 0 {
				c.mark(x.at(v), y, s.Index, false, describe(r.name, s.Name, v))
			}
		}
	}
	return c.svg("Times of others over ours")
}

// stepName is short enough for a line on a telephone. T stands for threads.
func stepName(s *figures.Step) string {
	norm := ""
	if s.Norm {
		norm = ", norm"
	}
	return fmt.Sprintf("%s %s%s, batch %d, %dT", s.Net, s.Optimizer, norm, s.Batch, s.Threads)
}
