package main

import "math"

// headline is a figure above all.
type headline struct{ Figure, Text string }

// headlines are of what was measured.
func headlines(d *data) (list []headline) {
	list = mean(list, bestShare(d), " %", "of the FMA peak: the best float32 product, one thread")
	var ratios []float64
	for _, r := range d.ratios() {
		if r.DType == "f32" && r.Generic > 0 {
			ratios = append(ratios, r.Generic)
		}
	}
	list = mean(list, ratios, " ×", "pure Go: geometric mean of all vector kernels, float32 in L1")
	ratios = nil
	if d.Gonum != nil {
		for _, r := range d.Gonum.Rows {
			if r.Table == "level3" && r.Ours > 0 {
				ratios = append(ratios, r.Gonum/r.Ours)
			}
		}
	}
	list = mean(list, ratios, " ×", "gonum: geometric mean of BLAS 3, one thread")
	ratios = nil
	if d.Training != nil {
		for _, s := range d.Training.Rows {
			if s.Peers[pyTorch] > 0 && s.Optimizer != "inference" {
				ratios = append(ratios, s.Peers[pyTorch]/s.Ours)
			}
		}
	}
	return mean(list, ratios, " ×", "PyTorch: geometric mean of the training steps")
}

// bestShare is the largest share of the peak of a product in float32 on one thread, in percent.
func bestShare(d *data) []float64 {
	if d.Products == nil {
		return nil
	}
	best := 0.0
	for _, p := range d.Products.Rows {
		if p.DType == "f32" && p.Threads == 1 && p.Cube() && p.Peak > 0 {
			best = max(best, p.Ours/p.Peak)
		}
	}
	return []float64{100 * best}
}

// mean appends the geometric mean, if there is anything to take it of.
func mean(list []headline, values []float64, unit, text string) []headline {
	if g := geometricMean(values); len(values) > 0 && g > 0 && !math.IsInf(g, 0) {
		list = append(list, headline{number(g) + unit, text})
	}
	return list
}

// geometricMean of positive values.
func geometricMean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}
