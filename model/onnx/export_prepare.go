package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

const (
	double = onnxpb.TensorProto_DOUBLE
	float  = onnxpb.TensorProto_FLOAT
)

// features declares the inputs of the graph and returns the input of the net.
func (e *exporter[T]) features() (string, error) {
	if e.model.Prepare == nil {
		return e.input("features", float, e.model.In), nil
	}
	p := &preparer{builder: &e.builder, columns: map[string]*column{}}
	if err := p.inputs(e.model.Prepare); err != nil {
		return "", err
	}
	for _, o := range e.model.Prepare.Operations() {
		if err := p.run(&o); err != nil {
			return "", fmt.Errorf("pipeline: column %q: %w", o.Column, err)
		}
	}
	features := p.gathered(e.model.Prepare.Features())
	features = e.cast("features", features, float)
	e.refused = e.node("ReduceSum", "refused", []string{
		e.node("Mul", "refused.product", []string{features, e.scalar("refused.zero", 0)}),
		e.ints("refused.axes", 1)}, attrInt("keepdims", 1))
	return features, nil
}

// guarded returns x, but NaN in rows that the pipeline refuses. ONNX has no errors.
func (e *exporter[T]) guarded(x string) string {
	if e.refused == "" {
		return x
	}
	return e.node("Add", "guarded", []string{x, e.refused})
}

// preparer appends the operations of a pipeline. Numbers are float64: float32 would lose digits of times
// and identifiers before the mean is subtracted.
type preparer struct {
	*builder
	columns map[string]*column
	texts   map[string][]string // that operations ask for, by column
}

// column is a column of the pipeline at one point.
type column struct {
	// value is rows x 1, or for a part of a one-hot the rows x k with all of them.
	value string
	part  int // the column of value
	parts int // the columns of value

	// A category is a float64, its index in texts, len(texts) for any other text, and -1 if missing.
	category bool
	texts    []string
}

// inputs declares the raw columns as inputs of the graph.
func (p *preparer) inputs(f *data.Fitted) error {
	p.texts = mentioned(f)
	for _, in := range f.Inputs() {
		if in.Name == "" {
			return errors.New("a column of the pipeline has no name, which ONNX wants")
		}
		if in.Kind == data.KindNumber {
			p.columns[in.Name] = &column{value: p.input(in.Name, double, 1), parts: 1}
		} else {
			p.input(in.Name, onnxpb.TensorProto_STRING, 1)
		}
	}
	for _, in := range f.Inputs() { // after all inputs, whose names are given
		if in.Kind != data.KindNumber {
			p.columns[in.Name] = p.encoded(in.Name, p.texts[in.Name])
		}
	}
	return nil
}

// mentioned returns the texts that operations ask for, by column.
func mentioned(f *data.Fitted) map[string][]string {
	texts := map[string][]string{}
	for _, o := range f.Operations() {
		list := o.Levels
		if o.Kind == data.OpFillCategory {
			list = []string{o.Text}
		}
		for _, s := range list {
			if !slices.Contains(texts[o.Column], s) {
				texts[o.Column] = append(texts[o.Column], s)
			}
		}
	}
	return texts
}

// encoded appends the index of a text. The empty text is a missing category.
func (p *preparer) encoded(name string, texts []string) *column {
	keys := append([]string{""}, texts...)
	values := attrIndices("values_int64s", len(keys))
	for i := range values.Ints {
		values.Ints[i]--
	}
	index := p.mlNodeTo("LabelEncoder", p.unique(name+".index"), []string{name},
		attrStrings("keys_strings", keys), values, attrInt("default_int64", len(texts)))
	return &column{value: p.cast(name+".code", index, double), parts: 1, category: true, texts: texts}
}

// cast appends a conversion.
func (b *builder) cast(name, x string, to onnxpb.TensorProto_DataType) string {
	return b.node("Cast", name, []string{x}, attrInt("to", int(to)))
}

// number returns a constant of one float64.
func (p *preparer) number(name string, v float64) string { return p.doubles(name, []float64{v}) }

// single returns a column as rows x 1.
func (p *preparer) single(c *column) string {
	if c.parts > 1 {
		which := p.ints(c.value+".column", c.part)
		c.value = p.node("Gather", c.value+".part", []string{c.value, which}, attrInt("axis", 1))
		c.part, c.parts = 0, 1
	}
	return c.value
}

// run appends one operation.
func (p *preparer) run(o *data.Operation) error {
	c := p.columns[o.Column]
	if c == nil {
		return errors.New("is not there")
	}
	x, name := p.single(c), o.Column
	switch o.Kind {
	case data.OpIndicator:
		indicator := p.cast(name+".indicator", p.missing(c, name), double)
		p.columns[o.Outputs[0]] = &column{value: indicator, parts: 1}
	case data.OpFillNumber:
		fill := p.number(name+".fill", o.Number)
		c.value = p.node("Where", name+".filled", []string{p.missing(c, name), fill, x})
	case data.OpFillCategory:
		fill := p.number(name+".fill", float64(slices.Index(c.texts, o.Text)))
		c.value = p.node("Where", name+".filled", []string{p.missing(c, name), fill, x})
	case data.OpOneHot:
		p.oneHot(o, c)
	case data.OpOrdinal:
		p.ordinal(o, c)
	case data.OpScale:
		return p.scale(o, c)
	case data.OpCategory:
		p.asCategory(o, c)
	default:
		return fmt.Errorf("the operation %v has no counterpart in ONNX that this package knows", o.Kind)
	}
	return nil
}

// missing appends whether a column is missing.
func (p *preparer) missing(c *column, name string) string {
	if c.category {
		return p.node("Equal", name+".missing", []string{c.value, p.number(name+".none", -1)})
	}
	return p.node("IsNaN", name+".missing", []string{c.value})
}

// asCategory appends the index of the text of a number. Texts that no number has can only come from a
// fill, such as "none" and "1.0".
func (p *preparer) asCategory(o *data.Operation, c *column) {
	texts := p.texts[o.Column]
	numbers, weights := []float64{}, []float64{}
	for i, s := range texts {
		v, err := strconv.ParseFloat(s, 64)
		if err == nil && data.NumberColumn("", []float64{v}).Text(0) == s {
			numbers, weights = append(numbers, v), append(weights, float64(i-len(texts)))
		}
	}
	code := p.number(o.Column+".other", float64(len(texts)))
	if len(numbers) > 0 {
		equal := p.node("Equal", o.Column+".equal", []string{c.value,
			p.doubles(o.Column+".numbers", numbers, 1, len(numbers))})
		offset := p.node("MatMul", o.Column+".offset", []string{p.cast(o.Column+".matches", equal, double),
			p.doubles(o.Column+".weights", weights, len(weights), 1)})
		code = p.node("Add", o.Column+".code", []string{offset, code})
	}
	none := p.number(o.Column+".absent", -1)
	value := p.node("Where", o.Column+".category", []string{p.missing(c, o.Column), none, code})
	*c = column{value: value, parts: 1, category: true, texts: texts}
}

// matches appends which of the levels of o the category is, rows x levels, and whether it is any.
func (p *preparer) matches(o *data.Operation, c *column) (each, known string) {
	codes, ones := make([]float64, len(o.Levels)), make([]float64, len(o.Levels))
	for i, s := range o.Levels {
		codes[i], ones[i] = float64(slices.Index(c.texts, s)), 1
	}
	levels := p.doubles(o.Column+".levels", codes, 1, len(codes))
	equal := p.node("Equal", o.Column+".equal", []string{c.value, levels})
	each = p.cast(o.Column+".matches", equal, double)
	ofOnes := p.doubles(o.Column+".ones", ones, len(ones), 1)
	return each, p.node("MatMul", o.Column+".known", []string{each, ofOnes})
}

// guarded returns x where the category is a level, and -Inf elsewhere, which no row survives.
func (p *preparer) guarded(name, x, known string) string {
	return p.node("Add", name, []string{x, p.node("Log", name+".guard", []string{known})})
}

// oneHot appends one column for each level.
func (p *preparer) oneHot(o *data.Operation, c *column) {
	value, known := p.matches(o, c)
	switch o.Unknown {
	case data.UnknownError:
		value = p.guarded(o.Column+".onehot", value, known)
	case data.UnknownOwn:
		other := p.node("Sub", o.Column+".unknown", []string{p.number(o.Column+".one", 1), known})
		value = p.node("Concat", o.Column+".onehot", []string{value, other}, attrInt("axis", 1))
	}
	delete(p.columns, o.Column)
	for i, name := range o.Outputs {
		p.columns[name] = &column{value: value, part: i, parts: len(o.Outputs)}
	}
}

// ordinal appends the index of the level.
func (p *preparer) ordinal(o *data.Operation, c *column) {
	each, known := p.matches(o, c)
	k := len(o.Levels)
	weights := make([]float64, k) // with these, no level gives k
	for i := range weights {
		weights[i] = float64(i - k)
	}
	offset := p.node("MatMul", o.Column+".offset", []string{each,
		p.doubles(o.Column+".weights", weights, k, 1)})
	value := p.node("Add", o.Column+".ordinal", []string{offset, p.number(o.Column+".count", float64(k))})
	if o.Unknown == data.UnknownError {
		value = p.guarded(o.Column+".ordinals", value, known)
	}
	*c = column{value: value, parts: 1}
}

// scale appends a scaling of numbers. A number outside the domain of a logarithm gives NaN or -Inf.
func (p *preparer) scale(o *data.Operation, c *column) error {
	name := o.Column
	switch o.Scaling {
	case data.ScaleStandard:
		// The mean has more digits than a float64, which count where numbers differ by little.
		low := p.number(name+".low", math.Ldexp(o.Mean.Lo, o.Mean.Exp))
		high := p.number(name+".mean", math.Ldexp(o.Mean.Hi, o.Mean.Exp))
		std := o.Std.Float64()
		if std == 0 || math.IsInf(std, 0) {
			return fmt.Errorf("its deviation %v is beyond float64", std)
		}
		x := p.node("Sub", name+".shifted", []string{c.value, high})
		x = p.node("Sub", name+".centred", []string{x, low})
		c.value = p.node("Div", name+".scaled", []string{x, p.number(name+".std", std)})
	case data.ScaleMinMax:
		width := o.Max - o.Min
		if width == 0 {
			width = 1
		}
		if math.IsInf(width, 0) {
			return fmt.Errorf("its range from %v to %v is beyond float64", o.Min, o.Max)
		}
		x := p.node("Sub", name+".shifted", []string{c.value, p.number(name+".min", o.Min)})
		c.value = p.node("Div", name+".scaled", []string{x, p.number(name+".range", width)})
	case data.ScaleLog:
		c.value = p.node("Log", name+".scaled", []string{c.value})
	case data.ScaleLog1p:
		x := p.node("Add", name+".shifted", []string{c.value, p.number(name+".one", 1)})
		c.value = p.node("Log", name+".scaled", []string{x})
	default:
		return fmt.Errorf("the scaling %v has no counterpart in ONNX that this package knows", o.Scaling)
	}
	return nil
}

// gathered appends the features in their order.
func (p *preparer) gathered(names []string) string {
	var blocks []string
	start, cols := map[string]int{}, 0 // of each block
	var order []int
	sorted := true
	for _, name := range names {
		c := p.columns[name]
		if _, ok := start[c.value]; !ok {
			start[c.value] = cols
			blocks, cols = append(blocks, c.value), cols+c.parts
		}
		sorted = sorted && start[c.value]+c.part == len(order)
		order = append(order, start[c.value]+c.part)
	}
	all := p.node("Concat", "prepared", blocks, attrInt("axis", 1))
	if sorted && len(order) == cols {
		return all
	}
	return p.node("Gather", "ordered", []string{all, p.ints("order", order...)}, attrInt("axis", 1))
}
