package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/internal/strictjson"
	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

const (
	// maxNodes bounds the operators of a file: the search for the branches of a net takes time with
	// their square.
	maxNodes = 20_000

	maxInputs = 16     // of an operator
	maxJoined = 10_000 // columns of a data frame
)

// reading is a file on its way to a model.
type reading struct {
	graph    *onnxpb.GraphProto
	opset    int64
	metadata map[string]string
	stored   map[string]*onnxpb.TensorProto // the initializers
	maker    map[string]int                 // the node that computes a value
	values   map[string]*value              // what is known so far
	left     int                            // elements of constants that nodes may still use
	start    *step                          // the input of the net
	columns  []string                       // the inputs of the graph if they are joined columns
	order    []string                       // in the order of the features
	end      string                         // its output, "" where the outputs of the graph tell
}

// value is what is known of a value of the graph. One of rows, tensor and labels is set.
type value struct {
	rows    *step
	tensor  *tensor
	labels  *labels
	classes []string // the keys of a ZipMap, beside rows
}

// labels are classes, one a row: those of the largest column of scores.
type labels struct {
	scores *step
	names  []string // nil where they are the indices
}

// use accounts for a node's use of a constant. The node may keep a copy.
func (r *reading) use(t *tensor) error {
	if r.left -= t.count(); r.left < 0 {
		return errShared
	}
	return nil
}

// index finds constants and nodes by the names of what they give.
func (r *reading) index() error {
	if n := len(r.graph.Node); n > maxNodes {
		return fmt.Errorf("the graph has %d operators, want at most %d", n, maxNodes)
	}
	outputs := 0
	for _, n := range r.graph.Node {
		outputs += len(n.Output)
	}
	r.maker = make(map[string]int, outputs)
	r.stored = make(map[string]*onnxpb.TensorProto, len(r.graph.Initializer))
	for _, t := range r.graph.Initializer {
		if r.stored[t.GetName()] != nil {
			return fmt.Errorf("two initializers have the name %q", t.GetName())
		}
		r.stored[t.GetName()] = t
	}
	for i, n := range r.graph.Node {
		for _, name := range n.Output {
			if name == "" {
				continue
			}
			if _, ok := r.maker[name]; ok || r.stored[name] != nil {
				return fmt.Errorf("%s: its output %q has the name of another value", described(n, i), name)
			}
			r.maker[name] = i
		}
	}
	return nil
}

// described names a node for an error.
func described(n *onnxpb.NodeProto, i int) string {
	op := n.GetOpType()
	if d := n.GetDomain(); d != "" && d != "ai.onnx" {
		op = d + "." + op
	}
	if n.GetName() == "" {
		return fmt.Sprintf("node %d (%s)", i, op)
	}
	return fmt.Sprintf("node %q (%s)", n.GetName(), op)
}

// run finds what each node computes that the outputs need. If prepared is set, the net begins and
// ends at the values in the metadata, between the operators of a pipeline.
func (r *reading) run(prepared bool) error {
	if err := r.begin(prepared); err != nil {
		return err
	}
	needed := r.needed()
	for i, n := range r.graph.Node {
		if !needed[i] {
			continue
		}
		if err := r.call(n, i); err != nil {
			return fmt.Errorf("%s: %w", described(n, i), err)
		}
	}
	return nil
}

// begin finds the input of the net.
func (r *reading) begin(prepared bool) error {
	if prepared {
		var ends []string
		if err := strictjson.Decode([]byte(r.metadata[keyNet]), &ends); err != nil || len(ends) != 2 {
			return fmt.Errorf("metadata %q: want the names of the input and output of the net", keyNet)
		}
		r.end = ends[1]
		return r.startAt(ends[0], nil)
	}
	var inputs []*onnxpb.ValueInfoProto
	for _, in := range r.graph.Input {
		if r.stored[in.GetName()] == nil { // before IR version 4 initializers were inputs too
			inputs = append(inputs, in)
		}
	}
	if len(inputs) == 1 {
		if _, ok := r.maker[inputs[0].GetName()]; ok {
			return fmt.Errorf("the input %q is also computed by a node", inputs[0].GetName())
		}
		return r.startAt(inputs[0].GetName(), inputs[0].Type)
	}
	return r.startBehind(inputs)
}

// startBehind makes the node that joins inputs the input of the net. Inputs that it leaves out do not
// matter.
func (r *reading) startBehind(inputs []*onnxpb.ValueInfoProto) error {
	cols, shown := map[string]int64{}, []string{}
	for _, in := range inputs {
		if dims := in.Type.GetTensorType().GetShape().GetDim(); len(dims) == 2 {
			cols[in.GetName()] = dims[1].GetDimValue()
		}
		shown = append(shown, fmt.Sprintf("%.40q", in.GetName()))
	}
	for i, n := range r.graph.Node {
		sum := joinedCols(n, cols)
		if sum == 0 {
			continue
		}
		if err := r.sideBySide(n, cols); err != nil {
			return fmt.Errorf("%s: %w", described(n, i), err)
		}
		if sum == len(n.Input) {
			r.order = n.Input
			joined := map[string]bool{}
			for _, name := range n.Input {
				joined[name] = true
			}
			for _, in := range inputs {
				if joined[in.GetName()] {
					r.columns = append(r.columns, in.GetName())
				}
			}
		}
		return r.startAt(n.Output[0], valueInfo("", float, sum).Type)
	}
	return fmt.Errorf("the graph has %d inputs (%s), want one with all features, or a Concat of columns",
		len(inputs), strings.Join(shown[:min(len(shown), 20)], ", "))
}

// joinedCols returns the columns of the output of a node that joins inputs, each once, and 0 for another
// node. cols has the columns of the inputs.
func joinedCols(n *onnxpb.NodeProto, cols map[string]int64) int {
	join := n.GetOpType() == "Concat" && n.GetDomain() == "" ||
		n.GetOpType() == "FeatureVectorizer" && n.GetDomain() == mlDomain
	if !join || len(n.Output) != 1 || len(n.Input) > maxJoined {
		return 0
	}
	sum, seen := int64(0), map[string]bool{}
	for _, name := range n.Input {
		k := cols[name]
		if k < 1 || k > maxCols-sum || seen[name] {
			return 0
		}
		sum, seen[name] = sum+k, true
	}
	return int(sum)
}

// sideBySide returns an error unless a node that joins inputs takes all columns of each.
func (r *reading) sideBySide(n *onnxpb.NodeProto, cols map[string]int64) error {
	c, err := r.newCall(n)
	if err != nil {
		return err
	}
	if n.GetOpType() == "Concat" {
		return c.alongRows(0)
	}
	const name = "inputdimensions"
	sizes, err := c.ints(name)
	if err != nil || c.attributes[name] == nil {
		return err
	}
	want := converted(n.Input, func(input string) int64 { return cols[input] })
	if !slices.Equal(sizes, want) {
		return fmt.Errorf("attribute %q is %v, want %v, the columns of its inputs", name,
			sizes[:min(len(sizes), 20)], want[:min(len(want), 20)])
	}
	return nil
}

// startAt makes the value of a name the input of the net. A type says what its shape is.
func (r *reading) startAt(name string, typ *onnxpb.TypeProto) error {
	s := &step{fn: input{}, width: &width{}}
	r.start, r.values[name] = s, &value{rows: s}
	if typ == nil {
		return nil
	}
	tensor := typ.GetTensorType()
	if tensor == nil {
		return fmt.Errorf("the input %q is no tensor", name)
	}
	switch kind := tensor.GetElemType(); onnxpb.TensorProto_DataType(kind) {
	case onnxpb.TensorProto_STRING, onnxpb.TensorProto_BOOL, onnxpb.TensorProto_UNDEFINED:
		return fmt.Errorf("the input %q has elements of type %s, want numbers", name, typeName(kind))
	}
	if tensor.Shape == nil {
		return nil
	}
	dims := tensor.Shape.Dim
	if len(dims) < 2 || len(dims) > maxRank {
		return fmt.Errorf("the input %q has %d dimensions, want rows and columns", name, len(dims))
	}
	s.deep = len(dims) > 2
	cols := int64(1)
	for _, d := range dims[1:] {
		if cols = cols * max(0, d.GetDimValue()); cols > maxCols {
			return fmt.Errorf("the input %q has more than %d columns", name, maxCols)
		}
	}
	s.width.n = int(cols) // 0 where one of the sizes is unknown
	return nil
}

// needed returns which nodes the outputs of the graph depend on.
func (r *reading) needed() []bool {
	needed := make([]bool, len(r.graph.Node))
	var open []string
	for _, out := range r.graph.Output {
		open = append(open, out.GetName())
	}
	if r.end != "" {
		open = []string{r.end}
	}
	for len(open) > 0 {
		name := open[len(open)-1]
		open = open[:len(open)-1]
		i, ok := r.maker[name]
		if !ok || needed[i] || r.values[name] != nil {
			continue
		}
		needed[i] = true
		open = append(open, r.graph.Node[i].Input...)
	}
	return needed
}

// lookUp returns the value of a name for node i.
func (r *reading) lookUp(name string, i int) (*value, error) {
	if v := r.values[name]; v != nil {
		return v, nil
	}
	if t := r.stored[name]; t != nil {
		d, err := decode(t)
		if err != nil {
			return nil, fmt.Errorf("the initializer %q %w", name, err)
		}
		v := &value{tensor: d}
		r.values[name] = v
		return v, nil
	}
	for _, s := range r.graph.SparseInitializer {
		if s.Values.GetName() == name {
			return nil, fmt.Errorf("the initializer %q is sparse, which is not supported", name)
		}
	}
	switch j, ok := r.maker[name]; {
	case !ok:
		return nil, fmt.Errorf("there is no value %q", name)
	case j >= i:
		return nil, fmt.Errorf("takes %q, which the same or a later node computes; ONNX wants an order "+
			"without cycles", name)
	}
	return nil, fmt.Errorf("takes %q, an output of %s that is not supported", name,
		described(r.graph.Node[r.maker[name]], r.maker[name]))
}

// newCall returns a node with its attributes and without inputs.
func (r *reading) newCall(n *onnxpb.NodeProto) (*call, error) {
	c := &call{reading: r, node: n, attributes: map[string]*onnxpb.AttributeProto{}}
	for _, a := range n.Attribute {
		if c.attributes[a.GetName()] != nil {
			return nil, fmt.Errorf("two attributes have the name %q", a.GetName())
		}
		c.attributes[a.GetName()] = a
	}
	return c, nil
}

// call runs node i.
func (r *reading) call(n *onnxpb.NodeProto, i int) error {
	domain := n.GetDomain()
	if domain == "ai.onnx" {
		domain = ""
	}
	op, ok := readers[join(domain, n.GetOpType())]
	if !ok {
		return errors.New("the operator is not supported")
	}
	if len(n.Input) > maxInputs {
		return fmt.Errorf("it has %d inputs, want at most %d", len(n.Input), maxInputs)
	}
	c, err := r.newCall(n)
	if err != nil {
		return err
	}
	for _, name := range n.Input {
		var v *value
		if name != "" {
			if v, err = r.lookUp(name, i); err != nil {
				return err
			}
		}
		c.in = append(c.in, v)
	}
	out, err := op(c)
	if err != nil {
		return err
	}
	for k, name := range n.Output[:min(len(n.Output), len(out))] {
		if name != "" {
			r.values[name] = out[k]
		}
	}
	return nil
}

// join puts a domain before the name of an operator.
func join(domain, op string) string {
	if domain == "" {
		return op
	}
	return domain + "." + op
}
