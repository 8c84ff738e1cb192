package data

import (
	"fmt"
	"io"
	"slices"
	"unsafe"
)

// Source is a sequence of labelled rows that can be read any number of times, such as a file that
// is larger than memory. [SetSource], [CSVSource], [TableSource], [NPYSource], [NPYValuesSource] and
// [IDXSource] are sources; [JoinSources] and [MapSource] make one of others.
type Source[T Float] interface {
	// Shape says what all rows have in common.
	Shape() Shape
	// Open begins a pass over the rows. Each pass has the same rows in the same order.
	Open() (Pass[T], error)
}

// Pass is one pass over the rows of a [Source], from the first row to the last.
type Pass[T Float] interface {
	// Next returns the next rows, at least one, or io.EOF after the last. The rows and their memory
	// are the caller's until the next call of Next or Close: the pass has no use for what is in them.
	Next() (*Set[T], error)
	// Close ends the pass, also before its end.
	Close() error
}

// Shape is what the rows of a [Source] have in common.
type Shape struct {
	Features int
	Classes  int // 0 for a regression
	Outputs  int // values to predict of a regression, 0 for classes
}

// Regression reports whether the rows have values instead of classes.
func (s Shape) Regression() bool { return s.Outputs > 0 }

// check returns an error unless rows can have the shape.
func (s Shape) check() error {
	switch {
	case s.Features < 1:
		return fmt.Errorf("data: the source has %d features, want at least 1", s.Features)
	case s.Classes < 0 || s.Outputs < 0 || (s.Classes > 0) == (s.Outputs > 0):
		return fmt.Errorf("data: the source has %d classes and %d outputs, want one of the two", s.Classes,
			s.Outputs)
	}
	return nil
}

// shape returns that of a set.
func (s *Set[T]) shape() Shape {
	if s.Regression() {
		return Shape{Features: s.Features, Outputs: s.Outputs}
	}
	return Shape{Features: s.Features, Classes: s.Classes}
}

// emptySet returns a set of the shape without rows, with memory for so many.
func emptySet[T Float](s Shape, rows int) *Set[T] {
	set := &Set[T]{Features: s.Features, Classes: s.Classes, Outputs: s.Outputs,
		X: make([]T, 0, rows*s.Features)}
	if s.Regression() {
		set.Values = make([]T, 0, rows*s.Outputs)
	} else {
		set.Y = make([]int, 0, rows)
	}
	return set
}

// resize gives a set that has the memory another number of rows. Those that are new hold what the
// memory held.
func (s *Set[T]) resize(rows int) {
	s.Rows, s.X = rows, s.X[:rows*s.Features]
	if s.Regression() {
		s.Values = s.Values[:rows*s.Outputs]
	} else {
		s.Y = s.Y[:rows]
	}
	if s.Weights != nil {
		s.Weights = s.Weights[:rows]
	}
}

// copyRow copies row j of another set of the same shape over row i. Where only s has weights, the
// weight is 1.
func (s *Set[T]) copyRow(i int, from *Set[T], j int) {
	copy(s.Row(i), from.Row(j))
	if s.Regression() {
		copy(s.Target(i), from.Target(j))
	} else {
		s.Y[i] = from.Y[j]
	}
	if s.Weights != nil {
		s.Weights[i] = 1
		if from.Weights != nil {
			s.Weights[i] = from.Weights[j]
		}
	}
}

// partRows returns how many rows of so many features a pass hands out at a time: about 64 KiB of
// them, which stay in the cache until they have been copied, and 256 at most.
func partRows[T Float](features int) int {
	return min(256, max(1, (64<<10)/int(unsafe.Sizeof(T(0)))/features))
}

// SetSource returns the rows of a set in memory as a source. It is an error if [Set.Check] fails.
func SetSource[T Float](set *Set[T]) (Source[T], error) {
	if err := set.Check(); err != nil {
		return nil, err
	}
	return setSource[T]{set}, nil
}

type setSource[T Float] struct{ set *Set[T] }

func (s setSource[T]) Shape() Shape { return s.set.shape() }

func (s setSource[T]) Open() (Pass[T], error) {
	p := &setPass[T]{set: s.set, part: emptySet[T](s.Shape(), partRows[T](s.set.Features))}
	if s.set.Weights != nil {
		p.part.Weights = make([]T, 0, cap(p.part.X)/s.set.Features)
	}
	return p, nil
}

// setPass copies the rows, since they are the caller's.
type setPass[T Float] struct {
	set, part *Set[T]
	next      int
}

func (p *setPass[T]) Next() (*Set[T], error) {
	n := min(partRows[T](p.set.Features), p.set.Rows-p.next)
	if n == 0 {
		return nil, io.EOF
	}
	p.part.resize(n)
	for i := range n {
		p.part.copyRow(i, p.set, p.next+i)
	}
	p.next += n
	return p.part, nil
}

func (p *setPass[T]) Close() error { return nil }

// JoinSources returns the rows of several sources of one shape, those of the first one first, such
// as the files of a directory.
func JoinSources[T Float](list ...Source[T]) (Source[T], error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("data: there are no sources to join, want at least 1")
	}
	for i, s := range list {
		if s == nil {
			return nil, fmt.Errorf("data: source %d is nil", i)
		}
		if got, want := s.Shape(), list[0].Shape(); got != want {
			return nil, fmt.Errorf("data: source %d has %v, want %v as source 0", i, got, want)
		}
	}
	return joinedSource[T](slices.Clone(list)), nil
}

// String names the numbers of a shape.
func (s Shape) String() string {
	if s.Regression() {
		return fmt.Sprintf("%d features and %d outputs", s.Features, s.Outputs)
	}
	return fmt.Sprintf("%d features and %d classes", s.Features, s.Classes)
}

type joinedSource[T Float] []Source[T]

func (s joinedSource[T]) Shape() Shape { return s[0].Shape() }

func (s joinedSource[T]) Open() (Pass[T], error) { return &joinedPass[T]{left: s}, nil }

// joinedPass opens one source at a time.
type joinedPass[T Float] struct {
	left []Source[T] // not yet opened
	open Pass[T]     // nil for none
}

func (p *joinedPass[T]) Next() (*Set[T], error) {
	for {
		if p.open == nil {
			if len(p.left) == 0 {
				return nil, io.EOF
			}
			pass, err := p.left[0].Open()
			if err != nil {
				return nil, err
			}
			p.open, p.left = pass, p.left[1:]
		}
		part, err := p.open.Next()
		if err != io.EOF {
			return part, err
		}
		if err := p.Close(); err != nil {
			return nil, err
		}
	}
}

func (p *joinedPass[T]) Close() error {
	open := p.open
	if p.open = nil; open == nil {
		return nil
	}
	return open.Close()
}

// MapSource returns a source whose rows are those of another one after change, such as
//
//	func(part *data.Set[float32]) error { part.Apply(mean, std); return nil }
//
// change gets some consecutive rows at a time, never none, and how many is not to matter to it. It
// may overwrite features, targets and weights, and may replace X by a slice of as many rows with
// another number of features, which is the argument features. It runs where the rows are read: for
// a [Stream], in a goroutine of its own. An error of change ends the pass. MapSource panics if s is nil.
func MapSource[T Float](s Source[T], features int, change func(part *Set[T]) error) Source[T] {
	if s == nil {
		panic(fmt.Errorf("data.MapSource: the source is nil"))
	}
	return &mapSource[T]{s, features, change}
}

type mapSource[T Float] struct {
	from     Source[T]
	features int
	change   func(*Set[T]) error
}

func (m *mapSource[T]) Shape() Shape {
	s := m.from.Shape()
	s.Features = m.features
	return s
}

func (m *mapSource[T]) Open() (Pass[T], error) {
	p, err := m.from.Open()
	if err != nil {
		return nil, err
	}
	return &mapPass[T]{Pass: p, of: m}, nil
}

type mapPass[T Float] struct {
	Pass[T]
	of   *mapSource[T]
	part Set[T] // with slices of the Pass, whose own fields change must not reach
}

func (p *mapPass[T]) Next() (*Set[T], error) {
	part, err := p.Pass.Next()
	if err != nil {
		return nil, err
	}
	p.part = *part
	if err := p.of.change(&p.part); err != nil {
		return nil, err
	}
	p.part.Features = p.of.features
	if p.part.Rows != part.Rows {
		return nil, fmt.Errorf("data: the function of MapSource made %d rows of %d, want as many",
			p.part.Rows, part.Rows)
	}
	return &p.part, nil
}
