package kernels

import "testing"

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
		runUpdate(tier, updateAdam, &[5][]T{w, g, m, v}, &c)
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
