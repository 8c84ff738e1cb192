package command

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// readPyTorch makes a model of a state_dict: its layers follow from the names and the shapes of the
// tensors, and what has no tensors from the flags.
func readPyTorch[T kernels.Float](path string, f *convertFlags) (*model.Model[T], error) {
	file, err := model.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	output, err := f.kind(path)
	if err != nil {
		return nil, err
	}
	act, err := kernels.ParseActivation(f.activation)
	if err != nil {
		return nil, err
	}
	modules, err := modulesOf(file, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	named := len(f.modules) > 0
	at := map[int]bool{}
	if !named {
		if at, err = activationsOf(modules, f.at); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	numbered, net, in, err := netOf[T](modules, act, named, at)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f.guessed = guess(f, named, at)
	o := model.PyTorch{Prefix: f.prefix, Modules: f.modules}
	if err := model.LoadPyTorch(path, numbered, o); err != nil {
		return nil, err
	}
	return &model.Model[T]{Net: net, In: in, Output: output}, nil
}

// writePyTorch writes a net as a state_dict. --modules names its tensors, unless it has named those of IN.
func writePyTorch[T kernels.Float](net layer.Layer[T], path string, f *convertFlags) error {
	o := model.PyTorch{Prefix: f.prefix}
	if f.from != fromPyTorch && len(f.modules) > 0 {
		s, is := net.(*layer.Sequential[T])
		if !is {
			s = layer.NewSequential(net)
		}
		parts := 0
		for _, l := range s.Parts() {
			parts += min(1, len(l.Params()))
		}
		if parts != len(f.modules) {
			return usagef("--modules has %d names, want %d, one for each part of the net with weights",
				len(f.modules), parts)
		}
		net, o.Modules = s, f.modules
	}
	return model.SavePyTorch(path, net, o)
}

// module is a module of PyTorch that has tensors.
type module struct {
	name  string
	shape map[string][]int // of the tensors, by the last part of their names
}

// modulesOf returns the modules of a state_dict in their order: that of --modules, else that of their
// numbers.
func modulesOf(file *model.File, f *convertFlags) ([]module, error) {
	var list []module
	index := map[string]int{}
	for _, t := range file.Tensors() {
		name, below := strings.CutPrefix(t.Name, f.prefix)
		if !below {
			continue
		}
		i := strings.LastIndexByte(name, '.')
		if i < 0 {
			return nil, fmt.Errorf("the tensor %q belongs to no module, want names such as 0.weight", t.Name)
		}
		path, last := name[:i], name[i+1:]
		if _, seen := index[path]; !seen {
			index[path] = len(list)
			list = append(list, module{path, map[string][]int{}})
		}
		list[index[path]].shape[last] = t.Shape
	}
	switch {
	case len(list) == 0 && f.prefix == "":
		return nil, errors.New("there is no tensor")
	case len(list) == 0:
		return nil, fmt.Errorf("--prefix: there is no tensor with the prefix %q", f.prefix)
	}
	if len(f.modules) == 0 {
		return list, byNumber(list)
	}
	var ordered []module
	for _, name := range f.modules {
		i, is := index[name]
		if !is {
			return nil, fmt.Errorf("--modules: there is no module %q, but %s", name, namesOf(list))
		}
		ordered = append(ordered, list[i])
	}
	return ordered, nil
}

// byNumber sorts the modules of an nn.Sequential.
func byNumber(list []module) error {
	for _, m := range list {
		if _, err := strconv.Atoi(m.name); err != nil {
			return fmt.Errorf("the modules are %s, and not the numbers of an nn.Sequential: "+
				"give their order with --modules, or --prefix", namesOf(list))
		}
	}
	slices.SortFunc(list, func(a, b module) int { return cmp.Compare(a.number(), b.number()) })
	return nil
}

func (m *module) number() int {
	n, _ := strconv.Atoi(m.name)
	return n
}

func namesOf(list []module) string {
	var names []string
	for _, m := range list {
		names = append(names, m.name)
	}
	slices.Sort(names)
	return listed(names)
}

// mostGap bounds the modules without tensors between two with some.
const mostGap = 4

// activationsOf returns the numbers of the modules of an nn.Sequential that are the activation: those of
// --at, or else the first without tensors behind each Linear. If tensors stand between two such
// modules of one Linear, either may be Dropout.
func activationsOf(modules []module, given words) (map[int]bool, error) {
	at, taken := map[int]bool{}, map[int]bool{}
	for _, m := range modules {
		taken[m.number()] = true
	}
	for _, text := range given {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || taken[n] || n > modules[len(modules)-1].number() {
			return nil, usagef("--at: %q is no module without tensors between those with some", text)
		}
		at[n] = true
	}
	if len(given) > 0 {
		return at, nil
	}
	first, next := -1, modules[0].number()
	for _, m := range modules {
		if gap := next; gap < m.number() {
			if first >= 0 {
				return nil, usagef("modules %d and %d have no tensors, and the file does not tell which is the "+
					"activation and which Dropout: name the activations with --at, such as --at %d", first, gap, first)
			}
			first, at[gap] = gap, true
		}
		if !m.normalises() {
			first = -1
		}
		next = m.number() + 1
	}
	return at, nil
}

// guess tells what weights alone do not say.
func guess(f *convertFlags, named bool, at map[int]bool) string {
	switch {
	case named:
		return fmt.Sprintf("the file has weights alone: %s is assumed behind each Linear but the last", f.activation)
	case len(at) == 0:
		return "the file has weights alone: no activation is assumed"
	}
	var list words
	for _, n := range slices.Sorted(maps.Keys(at)) {
		list = append(list, strconv.Itoa(n))
	}
	return fmt.Sprintf("the file has weights alone: %s is assumed for module %s; --activation and --at change that",
		f.activation, strings.Join(list, " and "))
}

// netOf returns the net of modules, with the activation at the given numbers. numbered has a part for
// each number of an nn.Sequential, those that do nothing here included; net is the same without them.
func netOf[T kernels.Float](modules []module, act kernels.Activation, named bool, at map[int]bool) (numbered,
	net *layer.Sequential[T], in int, err error) {
	var parts []layer.Layer[T]
	width, next := 0, 0
	for i, m := range modules {
		if gap := m.number() - next; !named && gap > 0 {
			if gap > mostGap {
				return nil, nil, 0, fmt.Errorf("modules %d to %d have no tensors, want at most %d in a row",
					next, m.number()-1, mostGap)
			}
			for n := next; n < m.number(); n++ {
				if at[n] {
					parts = append(parts, layer.NewActivation[T](act))
				} else {
					parts = append(parts, layer.NewDropout[T](0))
				}
			}
		}
		next = m.number() + 1
		part, inputs, outputs, err := moduleLayer[T](m)
		if err != nil {
			return nil, nil, 0, err
		}
		if i > 0 && inputs != width {
			return nil, nil, 0, fmt.Errorf("module %s takes %d columns, and the one before it gives %d",
				m.name, inputs, width)
		}
		if i == 0 {
			in = inputs
		}
		width = outputs
		parts = append(parts, part)
		if named && i < len(modules)-1 && !modules[i+1].normalises() {
			parts = append(parts, layer.NewActivation[T](act))
		}
	}
	var those []layer.Layer[T]
	for _, l := range parts {
		if _, nothing := l.(*layer.Dropout[T]); !nothing {
			those = append(those, l)
		}
	}
	return layer.NewSequential(parts...), layer.NewSequential(those...), in, nil
}

// normalises reports whether a module is a BatchNorm or a LayerNorm.
func (m *module) normalises() bool { return len(m.shape["weight"]) == 1 }

// moduleLayer returns the layer of a module, with the columns that it takes and gives.
func moduleLayer[T kernels.Float](m module) (l layer.Layer[T], in, out int, err error) {
	weight, bias := m.shape["weight"], m.shape["bias"]
	_, statistics := m.shape["running_mean"]
	_, counter := m.shape["num_batches_tracked"]
	tensors := len(m.shape)
	if counter {
		tensors--
	}
	switch {
	case len(weight) == 2 && weight[0] > 0 && weight[1] > 0 && tensors == 1+min(1, len(bias)):
		linear := layer.NewLinear[T](weight[1], weight[0], kernels.ActIdentity)
		if bias == nil {
			linear.B = nil
		}
		return linear, weight[1], weight[0], nil
	case len(weight) == 1 && weight[0] > 0 && len(bias) == 1 && statistics && tensors == 4:
		return layer.NewBatchNorm[T](weight[0]), weight[0], weight[0], nil
	case len(weight) == 1 && weight[0] > 0 && len(bias) == 1 && tensors == 2:
		return layer.NewLayerNorm[T](weight[0]), weight[0], weight[0], nil
	}
	var names []string
	for name, shape := range m.shape {
		names = append(names, fmt.Sprintf("%s %v", name, shape))
	}
	slices.Sort(names)
	return nil, 0, 0, fmt.Errorf("module %s has the tensors %s, which are those of no Linear, BatchNorm1d "+
		"or LayerNorm", m.name, listed(names))
}
