package plot

import (
	"errors"
	"fmt"
	"image/color"
	"slices"

	"github.com/ashlar-go/ashlar/train"
)

// Layers beyond the palette get colours in their order from dark blue to ochre, which differ in
// lightness for every colour vision, as those of cividis do (Nuñez, Anderton and Renslow, 2018).
var inOrder = []color.Color{
	color.RGBA{R: 0x00, G: 0x24, B: 0x5c, A: 0xff}, color.RGBA{R: 0x4a, G: 0x5c, B: 0x78, A: 0xff},
	color.RGBA{R: 0x8c, G: 0x86, B: 0x78, A: 0xff}, color.RGBA{R: 0xe0, G: 0xb0, B: 0x30, A: 0xff},
}

// GradientFlow draws what [train.Diagnostics] reported, over the steps of the optimizer, with a
// curve for each layer: the norm of its gradients, the norm of its updates by that of its weights,
// and the shares of its units that are dead and of its outputs that are saturated, as far as the
// layers have them. Of more than 20 layers it draws 20 at equal distances, with the first and the
// last. Norms are on logarithmic axes, where crosses mark those that are 0.
//
// It returns an error for no reports, for steps that do not follow each other, and where nothing
// that was reported is finite.
func GradientFlow(reports []train.Diagnosis) (*Figure, error) {
	if len(reports) == 0 {
		return nil, errors.New("plot: no reports, want at least one")
	}
	for i := 1; i < len(reports); i++ {
		if reports[i].Step <= reports[i-1].Step {
			return nil, fmt.Errorf("plot: reports[%d] is of step %d, want one after %d, the step before it",
				i, reports[i].Step, reports[i-1].Step)
		}
	}
	layers := layersOf(reports)
	looks := looksInOrder(len(layers))
	f := &Figure{columns: 2}
	missing := false
	for _, g := range gradientFigures {
		p := Panel{Title: g.title, X: "step", Y: g.label, Curves: overSteps(reports, layers, g.of)}
		if !slices.ContainsFunc(p.Curves, func(c Curve) bool { return anyFinite(c.Y) }) {
			continue
		}
		p.Log = g.norm && slices.ContainsFunc(p.Curves, func(c Curve) bool {
			return slices.ContainsFunc(c.Y, (&scale{log: true}).drawable)
		})
		a, err := p.axesWith(looks)
		if err != nil {
			return nil, fmt.Errorf("plot: %s: %w", g.title, err)
		}
		if !g.norm {
			a.y.shares()
		}
		missing = missing || a.missing
		a.legend = nil
		f.panels = append(f.panels, a)
	}
	if len(f.panels) == 0 {
		return nil, errors.New("plot: no report has a figure that is finite")
	}
	for i, l := range layers {
		f.shared = append(f.shared, entry{"layer " + l.path + " " + l.kind, looks[i].sample()})
	}
	if missing {
		f.shared = append(f.shared, missingEntry(true))
	}
	return f, nil
}

// gradientFigures are the panels.
var gradientFigures = []struct {
	title, label string
	norm         bool // of vectors: on a logarithmic axis, which has no place for 0, unless all are 0
	of           func(train.LayerState) float64
}{
	{"gradients", "norm of the gradients", true, func(s train.LayerState) float64 { return s.GradNorm }},
	{"updates", "norm of the update / of the weights", true,
		func(s train.LayerState) float64 { return s.UpdateNorm / s.WeightNorm }},
	{"dead units", "units that are 0 in the batch (%)", false,
		func(s train.LayerState) float64 { return 100 * s.Dead }},
	{"saturated outputs", "outputs near a limit (%)", false,
		func(s train.LayerState) float64 { return 100 * s.Saturated }},
}

// layerKey is what reports call a layer.
type layerKey struct{ path, kind string }

// layersOf returns the layers of all reports, from the first to the last, or mostLayers of them.
func layersOf(reports []train.Diagnosis) []layerKey {
	const mostLayers = 20
	var all []layerKey
	known := map[layerKey]bool{}
	for _, r := range reports {
		for _, s := range r.Layers {
			if k := (layerKey{s.Path, s.Kind}); !known[k] {
				known[k] = true
				all = append(all, k)
			}
		}
	}
	if len(all) <= mostLayers {
		return all
	}
	some := make([]layerKey, mostLayers)
	for i := range some {
		some[i] = all[i*(len(all)-1)/(mostLayers-1)]
	}
	return some
}

// overSteps returns a curve for each layer. A step without the layer is no value.
func overSteps(reports []train.Diagnosis, layers []layerKey, of func(train.LayerState) float64) []Curve {
	index := map[layerKey]int{}
	curves := make([]Curve, len(layers))
	for i, k := range layers {
		index[k] = i
	}
	for _, r := range reports {
		for _, s := range r.Layers {
			if i, there := index[layerKey{s.Path, s.Kind}]; there {
				c := &curves[i]
				c.X, c.Y = append(c.X, float64(r.Step)), append(c.Y, of(s))
			}
		}
	}
	return curves
}

// looksInOrder returns looks for n curves that have an order if they are more than the palette has.
func looksInOrder(n int) []look {
	looks := make([]look, n)
	for i := range looks {
		looks[i] = lookOf(i, false)
		if n > len(palette) {
			looks[i] = look{stroke: stroke{color: ramp(inOrder, float64(i)/float64(n-1)), width: 1.4}}
		}
	}
	return looks
}
