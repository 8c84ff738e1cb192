package layer

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Sequential is the composition of layers, y = f_k(... f_2(f_1(x))). It may be part of
// another Sequential.
//
// Forward runs a [BatchNorm] and the [Activation] right behind it in one pass if the
// activation's derivative follows from its output. Y in the memo of the BatchNorm is then
// the output of the activation. Backward runs the layers from the last to the first. It
// stops at the first layer with trained parameters unless dL/dx is asked for, since no
// layer below needs a gradient.
type Sequential[T kernels.Float] struct {
	parts  []Layer[T]
	params []*Param[T]
	first  int // the first part that has trained parameters; len(parts) if none has
}

// NewSequential returns the composition of the layers, the first one first. It
// puts "0.", "1.", ... before the names of their parameters. A layer may be part of
// one model only, and only once: NewSequential panics if two layers share a parameter.
func NewSequential[T kernels.Float](layers ...Layer[T]) *Sequential[T] {
	s := &Sequential[T]{parts: layers, first: len(layers)}
	seen := map[*Param[T]]bool{}
	for i, l := range layers { // before any name changes
		if l == nil {
			fail("NewSequential", "layers", i, 0, "layers[%d] is nil, want a layer", i)
		}
		for _, p := range l.Params() {
			switch {
			case p == nil:
				fail("NewSequential", "layers", i, 0, "a parameter of layer %d is nil", i)
			case seen[p]:
				fail("NewSequential", "layers", i, 0, "layer %d shares %s with another one", i, p)
			}
			seen[p] = true
		}
	}
	for i, l := range layers {
		for _, p := range l.Params() {
			p.Name = fmt.Sprintf("%d.%s", i, p.Name)
			s.params = append(s.params, p)
			if s.first == len(layers) && p.Grad != nil {
				s.first = i
			}
		}
	}
	return s
}

// Parts implements [Container].
func (s *Sequential[T]) Parts() []Layer[T] {
	s.made("Parts")
	return s.parts
}

// made panics if s is nil. The zero value has no layers and is the identity.
func (s *Sequential[T]) made(op string) {
	if s == nil {
		fail("Sequential."+op, "s", 0, 0, "the layer is nil: NewSequential makes one")
	}
}

// Out implements [Layer].
func (s *Sequential[T]) Out(in int) (int, error) {
	s.made("Out")
	for i, l := range s.parts {
		out, err := l.Out(in)
		if err != nil {
			return 0, fmt.Errorf("layer %d: %w", i, err)
		}
		in = out
	}
	return in, nil
}

// Forward implements [Layer].
func (s *Sequential[T]) Forward(m *Memo[T], x mat.Dense[T]) (y mat.Dense[T]) {
	s.made("Forward")
	enter("Sequential.Forward", m, len(s.parts), &x)
	s.forward(m, &x, &y)
	return y
}

// forward implements addressed.
func (s *Sequential[T]) forward(m *Memo[T], x, y *mat.Dense[T]) {
	for i := 0; i < len(s.parts); i++ {
		part := m.parts[i]
		if norm, act := s.activated(i); norm != nil && (act.FromOutput() || !m.Train()) {
			norm.forwardActivated(part, m.parts[i+1], act, *x)
			i++
		} else if m.ws.levelDW == kernels.Medium && s.putsHalf(i) {
			s.parts[i].(*Linear[T]).forwardHalf(part, m.parts[i+1], x)
		} else {
			part.forward(x)
		}
		x = &part.Y
	}
	set(y, x)
}

// activated returns part i, if it is a BatchNorm with an Activation behind it, and that activation.
func (s *Sequential[T]) activated(i int) (*BatchNorm[T], kernels.Activation) {
	if i+1 == len(s.parts) {
		return nil, kernels.ActIdentity
	}
	norm, ok := s.parts[i].(*BatchNorm[T])
	next, activation := s.parts[i+1].(*Activation[T])
	if !ok || !activation {
		return nil, kernels.ActIdentity
	}
	return norm, next.Act
}

// Backward implements [Layer].
func (s *Sequential[T]) Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	s.made("Backward")
	enterBack("Sequential.Backward", m, len(s.parts), &dy)
	set(&m.d, &dy)
	s.backward(m, &m.d)
	return m.d
}

// backward implements addressed.
func (s *Sequential[T]) backward(m *Memo[T], d *mat.Dense[T]) {
	for i := len(s.parts) - 1; i >= 0; i-- {
		if !m.NeedDX && i < s.first {
			break
		}
		part := m.parts[i]
		part.NeedDX = m.NeedDX || i > s.first
		part.backward(d)
	}
}

// Params implements [Layer].
func (s *Sequential[T]) Params() []*Param[T] {
	s.made("Params")
	return s.params
}
