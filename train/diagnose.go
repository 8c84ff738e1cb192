package train

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// Diagnostics looks into a model while it learns.
type Diagnostics[T kernels.Float] struct {
	Every  int // steps of the optimizer between two reports; 0 counts as 1
	Report func(Diagnosis)

	old   map[*layer.Param[T]][]T     // parameters before the step
	grads map[*layer.Param[T]]float64 // norms of the gradients before clipping
}

// Diagnosis is the state of a model at one step.
type Diagnosis struct {
	Step     int          // of the optimizer, from 0
	Layers   []LayerState // those with parameters or an activation, from the first to the last
	Warnings []string     // vanishing and exploding gradients, dead and saturated units
}

// LayerState is what a diagnosis says of one layer.
type LayerState struct {
	Path, Kind string  // such as "2.0" and "Linear"
	GradNorm   float64 // Euclidean, of all gradients of the layer before Trainer.Clip; NaN without any
	WeightNorm float64 // likewise of their values
	UpdateNorm float64 // likewise of their change in this step
	// Dead is the share of units that are 0 in the whole batch; NaN where the activation has no
	// such state.
	Dead float64
	// Saturated is the share of outputs within 1/50 of the activation's range from a limit of it;
	// NaN without limits.
	Saturated float64
}

// Thresholds of the warnings.
const (
	vanishing = 1e-3 // of the gradient per weight in the first layer with parameters to that in the last
	exploding = 1e3
	manyDead  = 0.5
	manyStuck = 0.5
	nearLimit = 1.0 / 50
)

func (d *Diagnostics[T]) due(step int) bool {
	return d != nil && d.Report != nil && step%max(1, d.Every) == 0
}

// measure notes the norms of the gradients, which clipping is about to change.
func (d *Diagnostics[T]) measure(params []*layer.Param[T]) {
	if d.grads == nil {
		d.grads = map[*layer.Param[T]]float64{}
	}
	for i, p := range params {
		d.grads[p] = grad.Norm(params[i : i+1])
	}
}

// before notes the parameters that the step is about to change.
func (d *Diagnostics[T]) before(params []*layer.Param[T]) {
	if d.old == nil {
		d.old = map[*layer.Param[T]][]T{}
	}
	for _, p := range params {
		d.old[p] = append(d.old[p][:0], p.Value...)
	}
}

// report goes through the layers after the step.
func (d *Diagnostics[T]) report(step int, ws *layer.Workspace[T]) {
	g := Diagnosis{Step: step}
	ws.Visit(func(path string, l layer.Layer[T], m *layer.Memo[T]) {
		if _, container := l.(layer.Container[T]); container {
			return
		}
		params := l.Params()
		act, active := activationOf(l)
		if len(params) > 0 || active {
			s := d.stateOf(params)
			s.Path, s.Kind = path, kind(l)
			s.Dead, s.Saturated = unitsOf(act, active, m.Y)
			g.Layers = append(g.Layers, s)
		}
	})
	g.warn()
	d.Report(g)
}

// stateOf measures the parameters of a layer.
func (d *Diagnostics[T]) stateOf(params []*layer.Param[T]) LayerState {
	s := LayerState{GradNorm: math.NaN(), WeightNorm: math.NaN(), UpdateNorm: math.NaN()}
	var gradient, weight, update float64
	trained := false
	for _, p := range params {
		if p.Grad == nil {
			continue
		}
		trained = true
		gradient = math.Hypot(gradient, d.grads[p])
		weight = math.Hypot(weight, float64(kernels.Norm2(p.Value)))
		update = math.Hypot(update, distance(p.Value, d.old[p]))
	}
	if trained {
		s.GradNorm, s.WeightNorm, s.UpdateNorm = gradient, weight, update
	}
	return s
}

// activationOf returns the activation of a layer, if it has one.
func activationOf[T kernels.Float](l layer.Layer[T]) (kernels.Activation, bool) {
	switch l := l.(type) {
	case *layer.Linear[T]:
		return l.Act, l.Act != kernels.ActIdentity
	case *layer.Activation[T]:
		return l.Act, true
	}
	return kernels.ActIdentity, false
}

// limitsOf returns the limits of an activation that has two, and whether it is exactly 0
// for a range of inputs.
func limitsOf(act kernels.Activation) (lo, hi float64, limited, rectified bool) {
	switch act {
	case kernels.ActSigmoid, kernels.ActHardSigmoid:
		return 0, 1, true, false
	case kernels.ActTanh, kernels.ActHardTanh:
		return -1, 1, true, false
	case kernels.ActReLU:
		return 0, 0, false, true
	}
	return 0, 0, false, false
}

// unitsOf returns the shares of dead units and of saturated outputs.
func unitsOf[T kernels.Float](
	act kernels.Activation, active bool, y mat.Dense[T]) (dead, saturated float64) {
	lo, hi, limited, rectified := limitsOf(act)
	dead, saturated = math.NaN(), math.NaN()
	if !active || y.Rows == 0 || y.Cols == 0 {
		return dead, saturated
	}
	if rectified {
		n := 0
		for j := range y.Cols {
			zero := true
			for i := 0; i < y.Rows && zero; i++ {
				zero = y.At(i, j) == 0
			}
			if zero {
				n++
			}
		}
		dead = float64(n) / float64(y.Cols)
	}
	if limited {
		n, margin := 0, nearLimit*(hi-lo)
		for i := range y.Rows {
			for _, v := range y.Row(i) {
				if float64(v) < lo+margin || float64(v) > hi-margin {
					n++
				}
			}
		}
		saturated = float64(n) / float64(y.Rows*y.Cols)
	}
	return dead, saturated
}

// warn fills in the warnings.
func (g *Diagnosis) warn() {
	say := func(format string, args ...any) { g.Warnings = append(g.Warnings, fmt.Sprintf(format, args...)) }
	var first, last *LayerState
	for i := range g.Layers {
		s := &g.Layers[i]
		if s.Dead > manyDead {
			say("layer %s (%s): %.0f %% of the units are dead", s.Path, s.Kind, 100*s.Dead)
		}
		if s.Saturated > manyStuck {
			say("layer %s (%s): %.0f %% of the outputs are saturated", s.Path, s.Kind, 100*s.Saturated)
		}
		if !(s.WeightNorm > 0) { // no parameters, or none to measure a gradient by
			continue
		}
		if first == nil {
			first = s
		}
		last = s
	}
	if first == last {
		return
	}
	down, up := first.GradNorm/first.WeightNorm, last.GradNorm/last.WeightNorm
	switch {
	case down < vanishing*up:
		say("vanishing gradients: per weight, that of layer %s is %.2g of that of layer %s",
			first.Path, down/up, last.Path)
	case down > exploding*up && up > 0:
		say("exploding gradients: per weight, that of layer %s is %.2g times that of layer %s",
			first.Path, down/up, last.Path)
	}
}
