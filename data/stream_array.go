package data

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/ashlar-go/ashlar/internal/size"
)

// NPYSource returns the rows of the npy file of features at path x with the classes in the npy file
// at path y as a source, see [ReadNPY] and [FromArrays]. It reads the headers, and in each pass the
// rows one after another, so that an x of several dimensions must be in C order. An optional [Limit] is
// that of each file where it is compressed. A pass is an error if the shape, the order
// or the type of the elements is another than before.
func NPYSource[T Float](x, y string, classes int, limit ...Limit) (Source[T], error) {
	if classes < 1 {
		return nil, fmt.Errorf("data: the number of classes is %d, want at least 1", classes)
	}
	return newArraySource[T](arrayFile{x, npyHead, limit}, arrayFile{y, npyHead, limit}, classes, nil)
}

// NPYValuesSource returns the rows of the npy file of features at path x with the values that a
// regression predicts, in the npy file at path values, as a source. See [NPYSource].
func NPYValuesSource[T Float](x, values string, limit ...Limit) (Source[T], error) {
	return newArraySource[T](arrayFile{x, npyHead, limit}, arrayFile{values, npyHead, limit}, 0, nil)
}

// IDXSource returns the rows of the IDX file of images with the classes in the IDX file of labels as
// a source. Each feature is T(element)*scale + shift, see [FromIDX]. An optional [Limit] is that of each
// file where it is compressed. A pass is an error if the shape or the type of the elements is another than
// before.
func IDXSource[T Float](images, labels string, classes int, scale, shift T, limit ...Limit) (Source[T],
	error) {
	if classes < 1 {
		return nil, fmt.Errorf("data: the number of classes is %d, want at least 1", classes)
	}
	transform := func(x []T) {
		for i, v := range x {
			x[i] = T(v*scale) + shift // rounded twice, never fused
		}
	}
	return newArraySource(arrayFile{images, idxHead, limit}, arrayFile{labels, idxHead, limit}, classes,
		transform)
}

// arrayFile is a file that holds an array.
type arrayFile struct {
	path  string
	head  func(*source) (arrayHead, error) // reads what stands before the elements
	limit []Limit
}

// arrayHead says what the elements of an array are.
type arrayHead struct {
	element  element
	fortran  bool
	dims     []int
	start    int // of the elements in the file
	rows     int
	elements int // of a row
}

func npyHead(r *source) (h arrayHead, err error) {
	text, start, err := readNPYHeader(r)
	if err != nil {
		return h, err
	}
	header, wrong := parseNPYHeader(text)
	if wrong != "" {
		return h, &FormatError{Place: fmt.Sprintf("byte %d", start-len(text)), Msg: "the header " + wrong}
	}
	h = arrayHead{element: header.element, fortran: header.fortran, dims: header.dims, start: start}
	return h, h.expect(r)
}

func idxHead(r *source) (h arrayHead, err error) {
	x, start, _, err := readIDXHeader(r)
	if err != nil {
		return h, err
	}
	h = arrayHead{element: element{'i', x.Type.width(), binary.BigEndian}, dims: x.Dims, start: start}
	switch x.Type {
	case IDXUint8:
		h.element.kind = 'u'
	case IDXFloat32, IDXFloat64:
		h.element.kind = 'f'
	}
	return h, h.expect(r)
}

// expect counts rows and elements, and returns an error unless so many can follow.
func (h *arrayHead) expect(r *source) error {
	wrong := func(format string, args ...any) error {
		return &FormatError{Place: "the header", Msg: fmt.Sprintf(format, args...)}
	}
	if len(h.dims) == 0 {
		return wrong("has a single number, want an array")
	}
	h.rows = h.dims[0]
	n, ok := size.Product(h.dims[1:]...)
	total := 0
	if ok {
		total, ok = size.Product(n, h.rows, h.element.width)
	}
	if !ok || n == 0 || h.rows == 0 {
		return wrong("has dimensions %v, want at least 1 row and 1 column that fit in memory", h.dims)
	}
	h.elements = n
	return r.expect(h.start, total)
}

// arraySource takes features from one file and targets from another.
type arraySource[T Float] struct {
	x, y         arrayFile
	headX, headY arrayHead
	shape        Shape
	transform    func([]T) // of features; nil for none
}

func newArraySource[T Float](x, y arrayFile, classes int, transform func([]T)) (Source[T], error) {
	s := &arraySource[T]{x: x, y: y, transform: transform}
	for _, f := range []struct {
		file arrayFile
		head *arrayHead
	}{{x, &s.headX}, {y, &s.headY}} {
		r, err := f.file.open()
		if err != nil {
			return nil, err
		}
		*f.head = r.head
		r.Close()
	}
	a, b := s.headX, s.headY
	switch {
	case a.fortran && a.elements > 1 || b.fortran && b.elements > 1:
		path := x.path
		if !(a.fortran && a.elements > 1) {
			path = y.path
		}
		return nil, fmt.Errorf("data: %s is in Fortran order, want C order, in which the elements of a row "+
			"stand together: save numpy.ascontiguousarray of it", path)
	case a.rows != b.rows:
		return nil, fmt.Errorf("data: %s has %d rows and %s has %d, want as many", x.path, a.rows, y.path,
			b.rows)
	case classes == 0:
		s.shape = Shape{Features: a.elements, Outputs: b.elements}
		return s, nil
	case b.elements != 1:
		return nil, fmt.Errorf("data: %s has dimensions %v, want one class a row", y.path, b.dims)
	}
	s.shape = Shape{Features: a.elements, Classes: classes}
	return s, nil
}

func (s *arraySource[T]) Shape() Shape { return s.shape }

func (s *arraySource[T]) Open() (Pass[T], error) {
	n := partRows[T](s.shape.Features)
	p := &arrayPass[T]{of: s, set: emptySet[T](s.shape, n)}
	p.wrongClass = func(c int) string {
		if (c < 0 || c >= s.shape.Classes) && c != Ignored {
			return fmt.Sprintf("want 0 to %d, or Ignored (%d)", s.shape.Classes-1, Ignored)
		}
		return ""
	}
	var err error
	if p.x, err = s.x.reopen(s.headX, n); err != nil {
		return nil, err
	}
	if p.y, err = s.y.reopen(s.headY, n); err != nil {
		p.x.Close()
		return nil, err
	}
	return p, nil
}

type arrayPass[T Float] struct {
	of         *arraySource[T]
	x, y       *arrayReader
	set        *Set[T]
	wrongClass func(int) string // what a class should have been, if it is wrong
}

func (p *arrayPass[T]) Next() (*Set[T], error) {
	n := min(partRows[T](p.set.Features), p.of.headX.rows-p.x.row)
	if n == 0 {
		for _, r := range []*arrayReader{p.x, p.y} {
			if err := r.end(); err != nil {
				return nil, err
			}
		}
		return nil, io.EOF
	}
	s := p.set
	s.resize(n)
	if err := readArray(p.x, s.X, nil); err != nil {
		return nil, err
	}
	if p.of.transform != nil {
		p.of.transform(s.X)
	}
	if s.Regression() {
		return s, readArray(p.y, s.Values, wrongValue[T])
	}
	return s, readArray(p.y, s.Y, p.wrongClass)
}

// wrongValue says what a value to predict should have been, if it is wrong.
func wrongValue[T Float](v T) string {
	if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
		return "want a finite number"
	}
	return ""
}

func (p *arrayPass[T]) Close() error {
	err := p.x.Close()
	if e := p.y.Close(); err == nil {
		err = e
	}
	return err
}

// arrayReader reads the rows of an array.
type arrayReader struct {
	*openedFile
	head arrayHead
	row  int // read so far
	raw  []byte
}

// open opens the file and reads up to the elements.
func (a arrayFile) open() (*arrayReader, error) {
	f, err := openFile(a.path, a.limit...)
	if err != nil {
		return nil, err
	}
	h, err := a.head(f.stream)
	if err != nil {
		f.Close()
		return nil, f.named(err)
	}
	return &arrayReader{openedFile: f, head: h}, nil
}

// reopen opens a file whose head is known, to read at most so many rows at a time.
func (a arrayFile) reopen(want arrayHead, most int) (*arrayReader, error) {
	r, err := a.open()
	if err != nil {
		return nil, err
	}
	if err := a.changed(r.head, want); err != nil {
		r.Close()
		return nil, err
	}
	r.raw = make([]byte, most*want.elements*want.element.width)
	return r, nil
}

// changed returns an error unless the file has rows of the same kind as before. The order of the bytes does
// not matter, nor does that of the elements where a row has one.
func (a arrayFile) changed(now, before arrayHead) error {
	switch {
	case now.rows != before.rows || now.elements != before.elements:
		return fmt.Errorf("data: %s has dimensions %v now, want %v as before", a.path, now.dims, before.dims)
	case now.fortran && now.elements > 1:
		return fmt.Errorf("data: %s is in Fortran order now, want C order as before", a.path)
	case now.element.name() != before.element.name():
		return fmt.Errorf("data: %s has elements of type %s now, want %s as before", a.path, now.element.name(),
			before.element.name())
	}
	return nil
}

// readArray fills a list with the elements of the next rows. check says what an element should have
// been, or nothing.
func readArray[T Number](r *arrayReader, list []T, check func(T) string) error {
	e, done := r.head.element, r.row*r.head.elements
	part := r.raw[:len(list)*e.width]
	if n, err := io.ReadFull(r.stream, part); err != nil {
		total := r.head.rows * r.head.elements * e.width
		return r.named(cutShort(r.head.start, done*e.width+n, total, "elements", err))
	}
	bad, want := decode(list, part, e), ""
	switch {
	case bad >= 0 && e.kind == 'b':
		want = "want a boolean, 0 or 1"
	case bad >= 0:
		want = fmt.Sprintf("which %T cannot hold", T(0))
	}
	for i := 0; bad < 0 && check != nil && i < len(list); i++ {
		if want = check(list[i]); want != "" {
			bad = i
		}
	}
	if bad >= 0 {
		return r.named(&FormatError{
			Place: fmt.Sprintf("byte %d", int64(r.head.start)+int64(done+bad)*int64(e.width)),
			Msg:   fmt.Sprintf("element %d is %s, %s", done+bad, e.text(part[bad*e.width:]), want)})
	}
	r.row += len(list) / r.head.elements
	return nil
}

// end returns an error unless the file ends here.
func (r *arrayReader) end() error {
	h := r.head
	return r.named(endAfter(r.stream, h.start, h.rows*h.elements*h.element.width, h.element.width))
}
