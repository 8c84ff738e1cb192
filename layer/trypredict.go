package layer

import (
	"fmt"

	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// MaxTryRows is the most rows that [Predictor.TryPredict] and [Predictor.TryPredictRows] take at
// once. It bounds the memory that a request can claim: workspaces grow with the rows and are kept.
const MaxTryRows = 4096

// In is the number of columns of the input.
func (p *Predictor[T]) In() int { return p.in }

// Out is the number of columns of the output.
func (p *Predictor[T]) Out() int { return p.out }

// TryPredict is [Predictor.Predict] for an x from outside the program, such as a request to a
// server: where Predict panics, it returns an error that says what was expected, and in which
// row. It also refuses what Predict takes:
//
//   - an x without rows, or with more than [MaxTryRows]
//   - an x with a NaN or an infinity
//   - an output that is not finite, which a huge x can cause
//
// Counts that are wrong give a [*kernels.ShapeError]. TryPredict writes nothing to y on an error.
// Any number of goroutines may call it at once. After the first calls it allocates nothing but
// errors.
func (p *Predictor[T]) TryPredict(y, x mat.Dense[T]) error {
	const op = "Predictor.TryPredict"
	if err := p.refusedInput(op, y, x); err != nil {
		return err
	}
	return p.forward(op, y, x)
}

// TryPredictRows is [Predictor.TryPredict] for rows of which each may have another length. It
// returns the output, a row for each row of x, in memory of its own. A row that is too short, too
// long or nil is an error that names it.
func (p *Predictor[T]) TryPredictRows(x [][]T) ([][]T, error) {
	const op = "Predictor.TryPredictRows"
	if err := p.refusedRows(op, len(x)); err != nil {
		return nil, err
	}
	for i, row := range x {
		if len(row) != p.in {
			return nil, refused(op, "x", len(row), p.in, "row %d has %d columns, want %d", i, len(row), p.in)
		}
	}
	in, out := mat.New[T](len(x), p.in), mat.New[T](len(x), p.out)
	for i, row := range x {
		copy(in.Row(i), row)
	}
	if i, j := notFinite(in); i >= 0 {
		return nil, refusedNumber(op, in, i, j)
	}
	if err := p.forward(op, out, in); err != nil {
		return nil, err
	}
	y := make([][]T, len(x))
	for i := range y {
		y[i] = out.Row(i)
	}
	return y, nil
}

// refusedInput returns an error unless x is an input of the model and y is of the shape of its output.
func (p *Predictor[T]) refusedInput(op string, y, x mat.Dense[T]) error {
	if err := p.refusedRows(op, x.Rows); err != nil {
		return err
	}
	switch {
	case x.Cols != p.in:
		return refused(op, "x", x.Cols, p.in, "x has %d columns, want %d", x.Cols, p.in)
	case y.Cols != p.out:
		return refused(op, "y", y.Cols, p.out, "y has %d columns, want %d", y.Cols, p.out)
	case y.Rows != x.Rows:
		return refused(op, "y", y.Rows, x.Rows, "y has %d rows, want %d", y.Rows, x.Rows)
	case !size.Fits(len(x.Data), x.Rows, x.Cols, x.Stride):
		return refusedMatrix(op, "x", x)
	case !size.Fits(len(y.Data), y.Rows, y.Cols, y.Stride):
		return refusedMatrix(op, "y", y)
	}
	if i, j := notFinite(x); i >= 0 {
		return refusedNumber(op, x, i, j)
	}
	return nil
}

func refusedNumber[T kernels.Float](op string, x mat.Dense[T], i, j int) error {
	return fmt.Errorf("layer.%s: row %d: column %d is %v, want a finite number", op, i, j, x.At(i, j))
}

// forward writes the output for x to y if it is finite.
func (p *Predictor[T]) forward(op string, y, x mat.Dense[T]) error {
	ws := p.workspace()
	defer p.release(ws)
	return writeFinite(op, y, ws.Forward(x, false))
}

// writeFinite copies the output of a model to y if it is finite.
func writeFinite[T kernels.Float](op string, y, out mat.Dense[T]) error {
	if i, j := notFinite(out); i >= 0 {
		return fmt.Errorf("layer.%s: row %d: output %d is %v, want a finite number: the numbers of the row "+
			"are too large for the model, or its parameters are not finite", op, i, j, out.At(i, j))
	}
	y.Copy(out)
	return nil
}

// refusedRows returns an error unless a batch can have so many rows.
func (p *Predictor[T]) refusedRows(op string, rows int) error {
	switch {
	case rows < 1:
		return refused(op, "x", rows, 1, "x has %d rows, want at least 1", rows)
	case rows > MaxTryRows:
		return refused(op, "x", rows, MaxTryRows, "x has %d rows, want at most %d", rows, MaxTryRows)
	}
	return nil
}

func refusedMatrix[T kernels.Float](op, arg string, m mat.Dense[T]) error {
	return refused(op, arg, len(m.Data), m.Rows,
		"%s is %dx%d with stride %d, which does not fit its %d elements", arg, m.Rows, m.Cols, m.Stride,
		len(m.Data))
}

// notFinite returns the place of the first element that is NaN or infinite, -1 if there is none.
func notFinite[T kernels.Float](m mat.Dense[T]) (row, col int) {
	for i := range m.Rows {
		if top := kernels.MaxAbs(m.Row(i)); top-top == 0 {
			continue
		}
		for j, v := range m.Row(i) {
			if v-v != 0 {
				return i, j
			}
		}
	}
	return -1, -1
}
