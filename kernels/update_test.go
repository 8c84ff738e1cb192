package kernels

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

// TestStateLeavesSubnormals decays the state of a parameter without a gradient: on
// every tier it must reach 0 and not stay at a subnormal number for ever.
func TestStateLeavesSubnormals(t *testing.T) {
	for _, tier := range Tiers() {
		testStateDecays[float32](t, tier)
		testStateDecays[float64](t, tier)
	}
}

func testStateDecays[T Float](t *testing.T, tier Tier) {
	const n = 37
	w, g, m, v := make([]T, n), make([]T, n), make([]T, n), make([]T, n)
	for i := range m {
		m[i], v[i] = -1, 1
	}
	var c updateConstants[T]
	adamConstants(&c, &AdamParams{LR: 1e-3, Beta1: 0.5, Beta2: 0.5, Eps: 1e-8, Step: 1})
	for range 1100 {
		dispatchUpdateAdam(tier, w, g, m, v, &c)
	}
	for i := range m {
		if m[i] != 0 || v[i] != 0 {
			t.Fatalf("%v: m[%d], v[%d] = %v, %v after 1100 halvings, want 0", tier, i, i, m[i], v[i])
		}
	}
}

// TestFetchAhead: only updates of several times the cache of a core fetch their operands
// ahead.
func TestFetchAhead(t *testing.T) {
	n := caches().l2 // times 4 bytes for w and for g
	var s [5][]float32
	s[0], s[1] = make([]float32, n), make([]float32, n)
	var c updateConstants[float32]
	decayConstants(&c, 0.1, 0, 1, false)
	for _, small := range []bool{true, false} {
		q := s
		want := float32(updateAhead / 4)
		if small {
			q[0], q[1], want = s[0][:n/2], s[1][:n/2], -1
		}
		if fetchAhead(&c, &q); c[cAhead] != want {
			t.Errorf("small %v: %v elements ahead, want %v", small, c[cAhead], want)
		}
	}
}

// TestLargeGradients: no gradient leaves a state infinite whose square is, nor any at all one of
// a rule that takes squares, on every tier. Where a rule divides by the root of the square, the
// first step of a huge gradient is that of any other.
func TestLargeGradients(t *testing.T) {
	for _, tier := range Tiers() {
		testLargeGradients[float32](t, tier, 1e20, math.MaxFloat32)
		testLargeGradients[float64](t, tier, 1e200, math.MaxFloat64)
	}
}

func testLargeGradients[T Float](t *testing.T, tier Tier, huge, most T) {
	inf := T(math.Inf(1))
	for _, r := range largeGradientRules[T]() {
		gradients := []T{huge, -huge, most, -most, inf, -inf}
		if r.linear {
			gradients = gradients[:2]
		}
		for _, g := range gradients {
			for _, scale := range []float64{1, 4} {
				const n = 37
				var s [5][]T
				for i := range s[:r.vectors] {
					s[i] = make([]T, n)
				}
				for i := range s[1] {
					s[1][i] = g
				}
				c := r.constants(scale)
				for step := range 300 {
					r.rule.apply(tier, s, &c)
					for i, v := range s[2:r.vectors] {
						if x := v[n-1]; !(x >= -most && x <= most) || v[0] != x {
							t.Fatalf("%v %s g=%v scale %v step %d: state %d = %v, %v", tier, r.name, g,
								scale, step, i, v[0], x)
						}
					}
					if w := float64(s[0][n-1]); step == 0 && r.first != 0 &&
						!(math.Abs(math.Abs(w)-r.first) <= 1e-6) {
						t.Fatalf("%v %s g=%v scale %v: the first step is %v, want %v", tier, r.name, g,
							scale, w, r.first)
					} else if !(math.Abs(w) <= float64(most)) {
						t.Fatalf("%v %s g=%v scale %v: w = %v after step %d", tier, r.name, g, scale, w,
							step)
					}
				}
				if s[0][0] != 0 && (s[0][0] > 0) == (g > 0) {
					t.Errorf("%v %s g=%v: w = %v goes up the gradient", tier, r.name, g, s[0][0])
				}
			}
		}
		var s [5][]T
		for i := range s[:r.vectors] {
			s[i] = make([]T, 3)
		}
		s[1][1] = T(math.NaN())
		c := r.constants(1)
		if r.rule.apply(tier, s, &c); s[0][0] != 0 || s[0][1] == s[0][1] || s[0][2] != 0 {
			t.Errorf("%v %s: a NaN in the middle leaves w = %v", tier, r.name, s[0])
		}
	}
}

type largeGradientRule[T Float] struct {
	name      string
	rule      updateRule[T]
	vectors   int // of w, g and the state that are there
	first     float64
	linear    bool // it takes no squares
	constants func(scale float64) updateConstants[T]
}

// largeGradientRules are the rules with a decay that is part of g', and the length of the first
// step where it does not depend on g.
func largeGradientRules[T Float]() []largeGradientRule[T] {
	const lr, decay = 0.001, 0.1
	sgd := func(scale float64) (c updateConstants[T]) {
		sgdConstants(&c, &SGDParams{LR: lr, Momentum: 0.99, WeightDecay: decay, GradScale: scale})
		return c
	}
	adam := func(scale float64) (c updateConstants[T]) {
		adamConstants(&c, &AdamParams{LR: lr, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: decay,
			GradScale: scale, Step: 1})
		return c
	}
	nadam := func(scale float64) (c updateConstants[T]) {
		p := NAdamParams{LR: lr, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, MomentumDecay: 0.004,
			WeightDecay: decay,
			GradScale:   scale}
		p.Advance()
		nadamConstants(&c, &p)
		return c
	}
	lion := func(scale float64) (c updateConstants[T]) {
		lionConstants(&c, &LionParams{LR: lr, Beta1: 0.9, Beta2: 0.99, WeightDecay: decay, GradScale: scale})
		return c
	}
	adagrad := func(scale float64) (c updateConstants[T]) {
		adagradConstants(&c, &AdagradParams{LR: lr, Eps: 1e-10, WeightDecay: decay, GradScale: scale,
			Step: 1})
		return c
	}
	rms := func(scale float64) (c updateConstants[T]) {
		rmsPropConstants(&c, &RMSPropParams{LR: lr, Alpha: 0.99, Eps: 1e-8, Momentum: 0.9,
			WeightDecay: decay,
			GradScale:   scale})
		return c
	}
	adadelta := func(scale float64) (c updateConstants[T]) {
		adadeltaConstants(&c, &AdadeltaParams{LR: 1, Rho: 0.9, Eps: 1e-6, WeightDecay: decay,
			GradScale: scale})
		return c
	}
	centered := 0.001 * 10 / math.Sqrt(0.99) // (1-a) g^2 - (1-a)^2 g^2 = a (1-a) g^2
	return []largeGradientRule[T]{
		{"SGD", sgdRule[T]{}, 2, 0, true, sgd},
		{"Momentum", momentumRule[T]{}, 3, 0, true, sgd},
		{"Nesterov", nesterovRule[T]{}, 3, 0, true, sgd},
		{"Lion", lionRule[T]{}, 3, 0.001, true, lion},
		{"Adam", adamRule[T]{}, 4, 0.001, false, adam},
		{"AMSGrad", amsGradRule[T]{}, 5, 0.001, false, adam},
		{"NAdam", nAdamRule[T]{}, 4, 0, false, nadam},
		{"Adagrad", adagradRule[T]{}, 3, 0.001, false, adagrad},
		{"RMSProp", rmsPropRule[T]{}, 3, 0.01, false, rms},
		{"RMSPropCentered", rmsPropCenteredRule[T]{}, 4, centered, false, rms},
		{"Adadelta", adadeltaRule[T]{}, 4, math.Sqrt(1e-6 / 0.1), false, adadelta},
	}
}

// TestRMSPropVelocity: the same of the two rules whose velocity is not next to v in memory.
func TestRMSPropVelocity(t *testing.T) {
	for _, tier := range Tiers() {
		for _, centered := range []bool{false, true} {
			p := RMSPropParams{LR: 0.001, Alpha: 0.99, Eps: 1e-8, Momentum: 0.9, Centered: centered}
			rule, s := rmsPropRuleOf[float32](p), [5][]float32{{0}, {math.MaxFloat32}, {0}, {0}, {0}}
			var c updateConstants[float32]
			rmsPropConstants(&c, &p)
			for range 1000 {
				rule.apply(tier, s, &c)
			}
			w, v, u := s[0][0], s[2][0], s[4][0]
			if !(w < 0 && w >= -math.MaxFloat32) || !(v <= 0x1.01p126) || !(u <= 1e6) {
				t.Errorf("%v centered %v: w = %v, v = %v, velocity = %v", tier, centered, w, v, u)
			}
		}
	}
}

// TestChangedAfterPrepare: an update takes each parameter as it is, also where it was another one when Prepare
// was called.
func TestChangedAfterPrepare(t *testing.T) {
	base := AdamParams{LR: 0.1, Beta1: 0.9, Beta2: 0.99, Eps: 0.01, WeightDecay: 0.25, GradScale: 0.5, Step: 3}
	updates := map[string]func(p AdamParams) []float64{
		"UpdateAdam": func(p AdamParams) []float64 {
			w, m, v := []float64{2}, []float64{0.5}, []float64{0.25}
			UpdateAdam(w, []float64{1}, m, v, p)
			return slices.Concat(w, m, v)
		},
		"UpdateAMSGrad": func(p AdamParams) []float64 {
			w, m, v, top := []float64{2}, []float64{0.5}, []float64{0.25}, []float64{0.25}
			UpdateAMSGrad(w, []float64{1}, m, v, top, p)
			return slices.Concat(w, m, v, top)
		},
	}
	for name, update := range updates {
		for _, field := range reflect.VisibleFields(reflect.TypeFor[AdamParams]()) {
			if !field.IsExported() {
				continue
			}
			plain, prepared := base, base
			prepared.Prepare()
			if got, want := update(prepared), update(plain); !slices.Equal(got, want) {
				t.Errorf("%s after Prepare: %v, want %v", name, got, want)
			}
			for _, p := range []*AdamParams{&plain, &prepared} {
				change(reflect.ValueOf(p).Elem().FieldByIndex(field.Index))
			}
			got, want := update(prepared), update(plain)
			if !slices.Equal(got, want) {
				t.Errorf("%s with another %s than Prepare had: %v, want %v", name, field.Name, got, want)
			}
			if slices.Equal(want, update(base)) {
				t.Errorf("%s with another %s: the same result", name, field.Name)
			}
		}
	}
}

// change gives a field another value.
func change(field reflect.Value) {
	switch field.Kind() {
	case reflect.Float64:
		field.SetFloat(field.Float() * 0.75)
	case reflect.Int:
		field.SetInt(field.Int() + 1)
	default:
		field.SetBool(!field.Bool())
	}
}
