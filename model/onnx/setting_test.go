package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// arithmeticSettings are those of operators with constants, of one element and of one a column, in both orders.
func arithmeticSettings() (list []setting) {
	for _, v := range [][]float32{{3}, {1, 2, -3, 4}} {
		for op, f := range map[string]func(a ...float64) float64{"Add": byElement["Add"], "Sub": byElement["Sub"],
			"Mul": byElement["Mul"], "Div": byElement["Div"]} {
			for _, in := range [][]string{{"x", "c"}, {"c", "x"}} {
				s := setting{name: fmt.Sprint(op, in, v), file: draw().op(op, "y", in...).
					constant(tensorOf("c", v, int64(len(v)))).gives("y")}
				s.of = func(x []float64) (y []float64) {
					for j, a := range x {
						b := float64(v[min(j, len(v)-1)])
						if in[0] == "c" {
							a, b = b, a
						}
						y = append(y, f(a, b))
					}
					return y
				}
				if op == "Div" && in[0] == "c" {
					s.of, s.refused = nil, `node "y" (Div): is no layer`
				}
				list = append(list, s)
			}
		}
	}
	for _, n := range []float32{-1, 0.5, 2, 3} {
		list = append(list, setting{name: fmt.Sprint("Pow ", n), file: draw().op("Pow", "y", "x", "n").
			constant(tensorOf("n", []float32{n})).gives("y"), refused: `node "y" (Pow): is no layer`})
	}
	return append(list, setting{name: "Neg", file: alone("Neg"), of: each(func(x float64) float64 { return -x })})
}

// limitSettings are those of comparisons.
func limitSettings() (list []setting) {
	greater := func(limit float32) *drawing {
		return draw().op("Greater", "g", "x", "z").constant(tensorOf("z", []float32{limit}))
	}
	softplus := each(func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) })
	for _, limit := range []float32{16, 20, 100, float32(math.Inf(1)), float32(math.NaN())} {
		list = append(list, setting{name: fmt.Sprint("Where ", limit),
			file: greater(limit).op("Softplus", "s", "x").op("Where", "y", "g", "x", "s").gives("y"), of: softplus})
	}
	for _, limit := range []float32{15.9, 15, 10, 6, 1, 0, -16} {
		list = append(list, setting{name: fmt.Sprint("Where ", limit), refused: "for x above a limit from 16 on",
			file: greater(limit).op("Softplus", "s", "x").op("Where", "y", "g", "x", "s").gives("y")})
	}
	for name, d := range map[string]*drawing{
		"turned":        greater(20).op("Softplus", "s", "x").op("Where", "y", "g", "s", "x"),
		"of another":    greater(20).op("Elu", "s", "x").op("Where", "y", "g", "x", "s"),
		"of two inputs": greater(20).op("Neg", "n", "x").op("Softplus", "s", "n").op("Where", "y", "g", "x", "s"),
		"without limit": greater(20).op("Softplus", "s", "x").op("Where", "y", "x", "x", "s"),
	} {
		list = append(list, setting{name: "Where " + name, file: d.gives("y"),
			refused: "for x above a limit from 16 on"})
	}
	for _, limit := range []float32{0.5, -0.5, 1e-30} {
		list = append(list, setting{name: fmt.Sprint("Greater ", limit),
			file:    greater(limit).op("Cast", "y", "g").with(attrInt("to", 1)).gives("y"),
			refused: fmt.Sprintf("makes numbers of a comparison with %v, want 0", float64(limit))})
	}
	return append(list, setting{name: "Greater 0", of: each(func(x float64) float64 { return truth(x > 0) }),
		file: greater(0).op("Cast", "y", "g").with(attrInt("to", 1)).gives("y")})
}

// formulaSettings are constants and attributes inside of formulas that become one layer.
func formulaSettings() (list []setting) {
	hardSwish := func(three, low, high, six float32) []byte {
		d := draw().constant(tensorOf("a", []float32{three})).constant(tensorOf("l", []float32{low})).
			constant(tensorOf("h", []float32{high})).constant(tensorOf("s", []float32{six}))
		d.op("Add", "b", "x", "a").op("Clip", "c", "b", "l", "h").op("Mul", "d", "x", "c")
		return d.op("Div", "y", "d", "s").gives("y")
	}
	norm := func(centre, square *onnxpb.AttributeProto, keep int) []byte {
		d := draw().op("ReduceMean", "m", "x").with(centre).op("Sub", "d", "x", "m").op("Mul", "q", "d", "d")
		d.op("ReduceMean", "u", "q").with(square).with(attrInt("keepdims", keep))
		d.op("Add", "e", "u", "eps").constant(tensorOf("eps", []float32{0.5}))
		return d.op("Sqrt", "r", "e").op("Div", "y", "d", "r").gives("y")
	}
	layerNorm := func(x []float64) (y []float64) {
		mean, square := (x[0]+x[1]+x[2]+x[3])/4, 0.0
		for _, v := range x {
			square += (v - mean) * (v - mean) / 4
		}
		return each(func(v float64) float64 { return (v - mean) / math.Sqrt(square+0.5) })(x)
	}
	last, first := attrInts("axes", -1), attrInts("axes", 0)
	list = []setting{
		{name: "hard swish", file: hardSwish(3, 0, 6, 6),
			of: each(func(x float64) float64 { return x * min(max(x+3, 0), 6) / 6 })},
		{name: "layer norm", file: norm(last, last, 1), of: layerNorm},
		{name: "layer norm, axis 1", file: norm(attrInts("axes", 1), last, 1), of: layerNorm},
		{name: "ReduceMean axes", file: norm(first, last, 1), refused: "the mean over the axes [0], want 1 or -1"},
		{name: "ReduceMean axes of squares", file: norm(last, first, 1), refused: "the axes [0], want 1 or -1"},
		{name: "ReduceMean two axes", file: norm(attrInts("axes", 0, 1), last, 1), refused: "the axes [0 1], want"},
		{name: "ReduceMean keepdims", file: norm(last, last, 0), refused: `"keepdims" is 0, want 1`},
	}
	for _, c := range [][4]float32{{2.5, 0, 6, 6}, {3, 0, 5, 6}, {3, -1, 6, 6}, {3, 0, 6, 5}, {3, 0, 6, 6.001}} {
		list = append(list, setting{name: fmt.Sprint("hard swish ", c), file: hardSwish(c[0], c[1], c[2], c[3]),
			refused: "is no layer"})
	}
	for _, perm := range [][]int64{nil, {1, 0}, {0, 1}} {
		s := setting{name: fmt.Sprint("Transpose perm ", perm), of: timesWeights, file: draw().constant(matrix(true)).
			op("Transpose", "t", "m").with(attrInts("perm", perm...)).op("MatMul", "y", "x", "t").gives("y")}
		if len(perm) > 0 && perm[0] == 0 {
			s.of, s.refused = nil, "by [0 1], want [1 0]"
		}
		list = append(list, s)
	}
	return list
}

// classifiers are those of a LinearClassifier.
func classifiers() (list []setting) {
	file := func(names []string, w, b []float32, post string) []byte {
		return draw().op("LinearClassifier", "l", "x").ml().with(attrStrings("classlabels_strings", names)).
			with(attrFloats("coefficients", w...)).with(attrFloats("intercepts", b...)).
			with(attrString("post_transform", post)).gives("l")
	}
	u, v := []float32{1, -0.5, 0.25, 2}, []float32{-1, 0.5, -0.25, -2}
	nearly := []float32{-1, 0.5, -0.25, -1.75}
	two, three := []string{"no", "yes"}, []string{"a", "b", "c"}
	third := slices.Concat(u, v, nearly)
	add := func(post string, w, b []float32, refused string) {
		n := max(1, len(w)/4)
		names := [...][]string{1: two, 2: two, 3: three}[n]
		s := setting{name: fmt.Sprint("LinearClassifier ", post, len(w), b), file: file(names, w, b, post),
			refused: refused, classes: names}
		if refused == "" {
			s.of = func(x []float64) []float64 { return classified(x, w, b, post) }
		}
		list = append(list, s)
	}
	const wrong = `"post_transform" is %q for %d outputs`
	for _, b := range [][]float32{nil, {3, 1}, {-1, 1}, {1, 1}, {0, -2}, {1, -0.5}} {
		add("SOFTMAX", append(slices.Clone(v), u...), b, "")
		add("SOFTMAX", append(slices.Clone(nearly), u...), b, "")
		add("LOGISTIC", append(slices.Clone(nearly), u...), b, fmt.Sprintf(wrong, "LOGISTIC", 2))
	}
	for _, b := range [][]float32{{3, 1}, {1, 1}, {0, -2}, {1, -0.5}} {
		add("LOGISTIC", append(slices.Clone(v), u...), b, fmt.Sprintf(wrong, "LOGISTIC", 2))
	}
	add("LOGISTIC", append(slices.Clone(v), u...), []float32{-1, 1}, "")
	add("LOGISTIC", append(slices.Clone(v), u...), nil, "")
	for _, b := range []float32{0, 2, -0.5} {
		add("LOGISTIC", u, []float32{b}, "")
		add("SOFTMAX", u, []float32{b}, fmt.Sprintf(wrong, "SOFTMAX", 1))
		add("NONE", u, []float32{b}, fmt.Sprintf(wrong, "NONE", 1))
	}
	for _, b := range [][]float32{nil, {1, 2, -3}} {
		add("SOFTMAX", third, b, "")
		add("NONE", third, b, "")
		for _, post := range []string{"LOGISTIC", "PROBIT", "SOFTMAX_ZERO", ""} {
			add(post, third, b, fmt.Sprintf(wrong, post, 3))
		}
	}
	add("SOFTMAX", third, []float32{1, 2}, "has 2 intercepts, want none or 3")
	return list
}

// classified returns the probabilities of a LinearClassifier. Scores without a transformation count as logits.
func classified(x []float64, w, b []float32, post string) []float64 {
	var z []float64
	for k := range len(w) / 4 {
		sum := 0.0
		if b != nil {
			sum = float64(b[k])
		}
		for i, v := range x {
			sum += v * float64(w[4*k+i])
		}
		z = append(z, sum)
	}
	if post == "LOGISTIC" {
		p := 1 / (1 + math.Exp(-z[len(z)-1]))
		return []float64{1 - p, p}
	}
	return byRow["Softmax"](z, grid{})
}

// mlOperator is a file of one operator of ai.onnx.ml with some attributes.
func mlOperator(op string, attributes ...*onnxpb.AttributeProto) []byte {
	d := draw().op(op, "y", "x").ml()
	for _, a := range attributes {
		d.with(a)
	}
	return d.gives("y")
}

// regressors are those of LinearRegressor.
func regressors() (list []setting) {
	const op = "LinearRegressor"
	w, three := attrFloats("coefficients", transposed(weights, 4, 3)...), attrInt("targets", 3)
	shifted := func(x []float64) []float64 {
		y := timesWeights(x)
		return []float64{y[0] + 1, y[1] - 2, y[2] + 3}
	}
	list = []setting{
		{name: op, file: mlOperator(op, w, three), of: timesWeights},
		{name: op + " intercepts", file: mlOperator(op, w, three, attrFloats("intercepts", 1, -2, 3)), of: shifted},
		{name: op + " two intercepts", file: mlOperator(op, w, three, attrFloats("intercepts", 1, -2)),
			refused: "has 2 intercepts, want none or 3"},
		{name: op + " NONE", file: mlOperator(op, w, three, attrString("post_transform", "NONE")), of: timesWeights},
		{name: op + " targets", file: mlOperator(op, w, attrInt("targets", 2)), refused: "4 columns, want 6"},
		{name: op + " one target", file: mlOperator(op, w), refused: "4 columns, want 12"},
		{name: op + " no target", file: mlOperator(op, w, attrInt("targets", 0)), refused: "for 0 outputs"},
	}
	for _, post := range []string{"SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT", ""} {
		refused := fmt.Sprintf(`"post_transform" is %q, want NONE`, post)
		list = append(list, setting{name: op + " " + post, refused: refused,
			file: mlOperator(op, w, three, attrString("post_transform", post))})
	}
	return list
}

// scalers are those of Scaler.
func scalers() (list []setting) {
	add := func(offset, scale []float32, refused string) {
		s := setting{name: fmt.Sprint("Scaler ", offset, scale), refused: refused,
			file: mlOperator("Scaler", attrFloats("offset", offset...), attrFloats("scale", scale...))}
		s.of = func(x []float64) (y []float64) {
			for j, v := range x {
				if offset != nil {
					v -= float64(offset[min(j, len(offset)-1)])
				}
				if scale != nil {
					v *= float64(scale[min(j, len(scale)-1)])
				}
				y = append(y, v)
			}
			return y
		}
		list = append(list, s)
	}
	four := []float32{1, 2, 3, -4}
	for _, v := range [][]float32{nil, {2}, {-0.5}, four} {
		add(v, nil, "")
		add(nil, v, "")
		add(v, four, "")
		add(four, v, "")
	}
	add(four[:3], four, `"offset": the rows have 4 columns, want 3`)
	add(four, four[:3], `"scale": the rows have 4 columns, want 3`)
	same := func(x []float64) []float64 { return x }
	return append(list, setting{name: "Scaler", file: mlOperator("Scaler"), of: same})
}

// largest is a drawing of the probabilities p of x and the index i of the largest.
func largest(attributes ...*onnxpb.AttributeProto) *drawing {
	d := draw().op("Softmax", "p", "x").op("ArgMax", "i", "p")
	for _, a := range attributes {
		d.with(a)
	}
	return d
}

// labelled is a setting whose file gives classes beside the probabilities, which are a Softmax.
func labelled(name string, file []byte, classes []string, refused string) setting {
	return setting{name: name, file: file, classes: classes, refused: refused,
		of: func(x []float64) []float64 { return byRow["Softmax"](x, grid{}) }}
}

// labelSettings are those of ArgMax.
func labelSettings() []setting {
	axis, numbers := attrInt("axis", 1), []string{"0", "1", "2", "3"}
	of := func(name, refused string, attributes ...*onnxpb.AttributeProto) setting {
		return labelled("ArgMax "+name, largest(attributes...).gives("i", "p"), numbers, refused)
	}
	return []setting{
		of("axis 1", "", axis),
		of("axis -1", "", attrInt("axis", -1)),
		of("axis 0", `"axis" is 0, want 1 or -1`, attrInt("axis", 0)),
		of("axis 2", `"axis" is 2, want 1 or -1`, attrInt("axis", 2)),
		of("no axis", `"axis" is 0, want 1 or -1`),
		of("keepdims 0", "", axis, attrInt("keepdims", 0)), // labels are one a row in either shape
		of("keepdims 1", "", axis, attrInt("keepdims", 1)),
		of("first", "", axis, attrInt("select_last_index", 0)),
		of("last", `"select_last_index" is 1, want 0`, axis, attrInt("select_last_index", 1)),
	}
}

// nameSettings are those of the operators that name classes.
func nameSettings() (list []setting) {
	axis, names, numbers := attrInt("axis", 1), []string{"n", "e", "s", "w"}, []string{"0", "1", "2", "3"}
	encoder := func(values []string, keys ...int64) []byte {
		return largest(axis).op("LabelEncoder", "l", "i").ml().with(attrInts("keys_int64s", keys...)).
			with(attrStrings("values_strings", values)).gives("l", "p")
	}
	zipped := func(labels ...int64) []byte {
		return largest(axis).op("ZipMap", "z", "p").ml().with(attrInts("classlabels_int64s", labels...)).gives("i", "z")
	}
	gather := func(a int) []byte {
		return largest(axis).op("Gather", "l", "n", "i").with(attrInt("axis", a)).
			constant(ints("n", 7, 5, 3, 1)).gives("l", "p")
	}
	normalizer := func(norm, x string) []byte {
		d := draw().op("Softmax", "p", "x").op("Normalizer", "y", x).ml()
		return d.with(attrString("norm", norm)).gives("y")
	}
	for _, norm := range []string{"L2", "MAX", ""} {
		list = append(list, labelled("Normalizer "+norm, normalizer(norm, "p"), nil,
			fmt.Sprintf("norm %q is supported only as L1", norm)))
	}
	return append(list,
		labelled("LabelEncoder", encoder(names, 0, 1, 2, 3), names, ""),
		labelled("LabelEncoder keys", encoder(names, 0, 1, 3, 2), nil, "key 2 is 3, want 2"),
		labelled("LabelEncoder values", encoder(names[:3], 0, 1, 2, 3), nil, "has 4 integer keys and 3 values"),
		labelled("ZipMap", zipped(0, 1, 2, 3), numbers, ""),
		labelled("ZipMap order", zipped(0, 1, 3, 2), nil, "the probabilities have the classes"),
		labelled("Gather", gather(0), []string{"7", "5", "3", "1"}, ""),
		labelled("Gather axis", gather(1), nil, `"axis" is 1, want 0`),
		labelled("Normalizer L1", normalizer("L1", "p"), nil, ""),
		labelled("Normalizer of other numbers", normalizer("L1", "x"), nil, `norm "L1" is supported only`))
}
