package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// The operators of an exported pipeline, as ONNX defines them, for Import takes a pipeline from the metadata and
// never runs them.

// grid is a value of a graph: numbers or texts, rows x cols. A vector is one row, or one column if it has an element
// for each row of the input.
type grid struct {
	rows, cols int
	numbers    []float64
	texts      []string
}

// at returns an element. A single row or column stands for all.
func (g grid) at(i, j int) float64 { return g.numbers[min(i, g.rows-1)*g.cols+min(j, g.cols-1)] }

// byElement are the operators that compute each element from those at its place.
var byElement = map[string]func(x ...float64) float64{
	"Identity": func(x ...float64) float64 { return x[0] },
	"Exp":      func(x ...float64) float64 { return math.Exp(x[0]) },
	"Log":      func(x ...float64) float64 { return math.Log(x[0]) },
	"Tanh":     func(x ...float64) float64 { return math.Tanh(x[0]) },
	"IsNaN":    func(x ...float64) float64 { return truth(math.IsNaN(x[0])) },
	"Equal":    func(x ...float64) float64 { return truth(x[0] == x[1]) },
	"Add":      func(x ...float64) float64 { return x[0] + x[1] },
	"Sub":      func(x ...float64) float64 { return x[0] - x[1] },
	"Mul":      func(x ...float64) float64 { return x[0] * x[1] },
	"Div":      func(x ...float64) float64 { return x[0] / x[1] },
	"Where": func(x ...float64) float64 {
		if x[0] != 0 {
			return x[1]
		}
		return x[2]
	},
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// byRow are the operators that compute a row from that row of the first input and from all of the second.
var byRow = map[string]func(row []float64, b grid) []float64{
	"Gather": func(row []float64, b grid) (out []float64) {
		for _, j := range b.numbers {
			out = append(out, row[int(j)])
		}
		return out
	},
	"MatMul": func(row []float64, b grid) []float64 {
		out := make([]float64, b.cols)
		for k, x := range row {
			for j := range out {
				out[j] += x * b.numbers[k*b.cols+j]
			}
		}
		return out
	},
	"ReduceSum": func(row []float64, _ grid) []float64 {
		sum := 0.0
		for _, x := range row {
			sum += x
		}
		return []float64{sum}
	},
	"Squeeze": func(row []float64, _ grid) []float64 { return row[:1:1] },
	"ArgMax": func(row []float64, _ grid) []float64 {
		return []float64{float64(slices.Index(row, slices.Max(row)))}
	},
	"Softmax": func(row []float64, _ grid) []float64 {
		out, sum := make([]float64, len(row)), 0.0
		for j, x := range row {
			out[j] = math.Exp(x - slices.Max(row))
			sum += out[j]
		}
		for j := range out {
			out[j] /= sum
		}
		return out
	},
}

// evaluate adds all values of a graph to those of its inputs. A shape that does not fit is an error.
func evaluate(graph *onnxpb.GraphProto, values map[string]grid) error {
	for _, c := range graph.Initializer {
		t, err := decode(c)
		if err != nil {
			return err
		}
		numbers, err := t.floats()
		if err != nil {
			return err
		}
		g := grid{rows: 1, cols: len(numbers), numbers: numbers}
		if len(t.dims) == 2 {
			g.rows, g.cols = t.dims[0], t.dims[1]
		}
		values[c.GetName()] = g
	}
	for _, n := range graph.Node {
		var in []grid
		for _, name := range n.Input {
			g, is := values[name]
			if !is {
				return fmt.Errorf("node %q: there is no value %q", n.GetName(), name)
			}
			in = append(in, g)
		}
		out, err := operator(n, in)
		if err != nil {
			return fmt.Errorf("node %q (%s): %w", n.GetName(), n.GetOpType(), err)
		}
		values[n.Output[0]] = out
	}
	return nil
}

// operator computes one node.
func operator(n *onnxpb.NodeProto, in []grid) (grid, error) {
	attributes := map[string]*onnxpb.AttributeProto{}
	for _, a := range n.Attribute {
		attributes[a.GetName()] = a
	}
	if a := attributes["axis"]; a != nil && a.GetI() != 1 {
		return grid{}, fmt.Errorf("the axis is %d, want 1", a.GetI())
	}
	op := n.GetOpType()
	switch {
	case op == "Gather" && slices.Max(in[1].numbers) >= float64(in[0].cols),
		(op == "MatMul" || op == "Gemm") && in[0].cols != in[1].rows:
		return grid{}, fmt.Errorf("%d columns beside %v", in[0].cols, in[1])
	case op == "LabelEncoder":
		return encoded(in[0], attributes), nil
	case op == "Concat":
		return concat(in)
	case op == "Gemm" && len(n.Attribute) == 0:
		product, err := eachRow(byRow["MatMul"], in[0], in[1])
		if err != nil {
			return grid{}, err
		}
		return eachElement(byElement["Add"], product, in[2])
	case op == "Cast" && attributes["to"].GetI() == int64(double):
		return in[0], nil
	case op == "Cast" && attributes["to"].GetI() == int64(float):
		return eachElement(func(x ...float64) float64 { return float64(float32(x[0])) }, in[0])
	case byElement[op] != nil:
		return eachElement(byElement[op], in...)
	case byRow[op] != nil:
		return eachRow(byRow[op], in[0], append(in, grid{})[1])
	}
	return grid{}, fmt.Errorf("the operator is not known here")
}

func eachElement(f func(x ...float64) float64, in ...grid) (out grid, err error) {
	for _, g := range in {
		out.rows, out.cols = max(out.rows, g.rows), max(out.cols, g.cols)
	}
	for _, g := range in {
		if g.rows != 1 && g.rows != out.rows || g.cols != 1 && g.cols != out.cols {
			return out, fmt.Errorf("%d x %d beside %d x %d", g.rows, g.cols, out.rows, out.cols)
		}
	}
	x := make([]float64, len(in))
	for i := range out.rows {
		for j := range out.cols {
			for k, g := range in {
				x[k] = g.at(i, j)
			}
			out.numbers = append(out.numbers, f(x...))
		}
	}
	return out, nil
}

func eachRow(f func(row []float64, b grid) []float64, a, b grid) (out grid, err error) {
	out.rows = a.rows
	for i := range a.rows {
		row := f(a.numbers[i*a.cols:(i+1)*a.cols], b)
		out.cols, out.numbers = len(row), append(out.numbers, row...)
	}
	return out, nil
}

func concat(in []grid) (out grid, err error) {
	out.rows = in[0].rows
	for i := range out.rows {
		for _, g := range in {
			if g.rows != out.rows {
				return out, fmt.Errorf("%d rows beside %d", g.rows, out.rows)
			}
			out.numbers = append(out.numbers, g.numbers[i*g.cols:(i+1)*g.cols]...)
		}
	}
	out.cols = len(out.numbers) / out.rows
	return out, nil
}

// encoded is a LabelEncoder of texts, or of the indices of texts.
func encoded(g grid, attributes map[string]*onnxpb.AttributeProto) grid {
	out := grid{rows: g.rows, cols: g.cols}
	for _, s := range g.texts {
		code := attributes["default_int64"].GetI()
		for k, key := range attributes["keys_strings"].GetStrings() {
			if string(key) == s {
				code = attributes["values_int64s"].GetInts()[k]
			}
		}
		out.numbers = append(out.numbers, float64(code))
	}
	for _, x := range g.numbers {
		text := string(attributes["default_string"].GetS())
		if k := slices.Index(attributes["keys_int64s"].GetInts(), int64(x)); k >= 0 {
			text = string(attributes["values_strings"].GetStrings()[k])
		}
		out.texts = append(out.texts, text)
	}
	return out
}
