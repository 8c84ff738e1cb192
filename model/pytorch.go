package model

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// PyTorch says which names the tensors of a model have in a state_dict. The zero value is for a
// model that is an nn.Sequential there, or a single module. The package comment has the rules.
type PyTorch struct {
	// Prefix stands before every name, such as "encoder." or "module.". Loading ignores the
	// tensors without it: they belong to other modules.
	Prefix string

	// Modules names the parts of the outermost Sequential that have parameters, in their order,
	// such as "fc1", "fc2", for a class of one's own in Python. A Linear with a fused activation
	// is then one module. nil stands for the numbers of nn.Sequential.
	Modules []string
}

// LoadPyTorch fills a model from the state_dict of the same model in PyTorch, as
// safetensors.torch.save_file writes it. The file must hold exactly the tensors of the model, by
// name and shape, as F64, F32, F16 or BF16; the weight of a Linear is out x in there, and is
// transposed. The counters of batches, I64, may be missing, as they are in old files. Values
// that the model's type cannot hold are an error. On an error, which names the file and the
// tensor, the model is as before.
//
// A file that says that its weights are in x out, as those of [SaveWeights] do, is an error.
func LoadPyTorch[T kernels.Float](path string, model layer.Layer[T], o PyTorch) error {
	return open(path, func(f *os.File, size int64) error {
		s, err := readState(f, size, model, o)
		switch {
		case err != nil:
			return err
		case len(s.missing) > 0:
			return s.h.missing(s.missing[0])
		case len(s.unused) > 0:
			return fmt.Errorf("tensor %q %v is not in the model", s.unused[0], s.h.entries[s.unused[0]].Shape)
		}
		return s.fill(f)
	})
}

// LoadPyTorchPart is [LoadPyTorch] for the tensors that both the model and the file have, as with
// strict=False in PyTorch. The others of the model keep their values. It returns their names in
// the file, and those of the file's tensors with the prefix that the model does not have. A
// tensor of another shape is an error, and so is a file without any tensor of the model.
func LoadPyTorchPart[T kernels.Float](path string, model layer.Layer[T],
	o PyTorch) (missing, unused []string, err error) {
	err = open(path, func(f *os.File, size int64) error {
		s, err := readState(f, size, model, o)
		if err != nil {
			return err
		}
		if len(s.found) == 0 && len(s.missing) > 0 {
			return s.h.missing(s.missing[0])
		}
		missing, unused = s.missing, s.unused
		return s.fill(f)
	})
	if err != nil {
		return nil, nil, err
	}
	return missing, unused, nil
}

// SavePyTorch writes the state_dict of a model, which PyTorch loads with
//
//	net.load_state_dict(safetensors.torch.load_file(path))
//
// The weight of a Linear is out x in there. BatchNorm.Batches becomes num_batches_tracked, I64. The
// metadata say both "format": "pt" and the layout. The file appears as that of [SaveWeights] does. On an
// error an old file stays as it is.
func SavePyTorch[T kernels.Float](path string, model layer.Layer[T], o PyTorch) error {
	slots, err := slotsOf(model, o)
	if err != nil {
		return fmt.Errorf("model: saving %s: %w", path, err)
	}
	list := make([]stored, len(slots))
	for i, s := range slots {
		list[i] = s.stored()
	}
	return save(path, list, map[string]string{"format": "pt", layoutKey: outIn})
}

// slot is a tensor of a state_dict: a parameter, or the counter of a BatchNorm.
type slot[T kernels.Float] struct {
	name       string
	param      *layer.Param[T]
	transposed bool   // in x out here, out x in there
	counter    *int64 // if param is nil
}

// shape returns the shape in the file.
func (s *slot[T]) shape() []int {
	switch {
	case s.param == nil:
		return []int{}
	case s.transposed:
		return []int{s.param.Shape[1], s.param.Shape[0]}
	}
	return s.param.Shape
}

// stored returns the tensor as it goes into a file.
func (s *slot[T]) stored() stored {
	if s.param == nil {
		return stored{s.name, "I64", s.shape(), 1, func(w *bufio.Writer) {
			w.Write(binary.LittleEndian.AppendUint64(nil, uint64(*s.counter)))
		}}
	}
	t := Tensor[T]{s.name, s.shape(), s.param.Value}.stored()
	if s.transposed {
		t.put = func(w *bufio.Writer) {
			var scratch [8]byte
			for j := range t.shape[0] {
				for i := range t.shape[1] {
					w.Write(appendValue(scratch[:0], s.param.Value[i*t.shape[0]+j]))
				}
			}
		}
	}
	return t
}

// slotsOf returns the tensors of the state_dict of a model.
func slotsOf[T kernels.Float](model layer.Layer[T], o PyTorch) (list []slot[T], err error) {
	if model == nil {
		return nil, errors.New("the model is nil")
	}
	model.Params() // panics with a clear text where a layer is nil or lacks a parameter
	if o.Modules == nil {
		err = appendSlots(&list, model, o.Prefix)
	} else {
		err = appendNamed(&list, model, o)
	}
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s.name] {
			return nil, fmt.Errorf("two tensors of the model are called %q", s.name)
		}
		seen[s.name] = true
	}
	return list, nil
}

// appendNamed appends the tensors of a Sequential whose parts o.Modules names.
func appendNamed[T kernels.Float](list *[]slot[T], model layer.Layer[T], o PyTorch) error {
	outer, ok := model.(*layer.Sequential[T])
	if !ok {
		return fmt.Errorf("PyTorch.Modules names the parts of a Sequential, and the model is a %T", model)
	}
	parts := slices.Clone(outer.Parts())
	parts = slices.DeleteFunc(parts, func(l layer.Layer[T]) bool { return len(l.Params()) == 0 })
	if len(parts) != len(o.Modules) {
		return fmt.Errorf("PyTorch.Modules has %d names, want %d, one for each part with parameters",
			len(o.Modules), len(parts))
	}
	for i, part := range parts {
		path := o.Prefix + o.Modules[i] + "."
		if l, ok := part.(*layer.Linear[T]); ok {
			appendLinear(list, l, path)
		} else if err := appendSlots(list, part, path); err != nil {
			return err
		}
	}
	return nil
}

// appendSlots appends the tensors of the module at path that is l in PyTorch.
func appendSlots[T kernels.Float](list *[]slot[T], l layer.Layer[T], path string) error {
	add := func(name string, p *layer.Param[T]) { *list = append(*list, slot[T]{name: path + name, param: p}) }
	switch l := l.(type) {
	case *layer.Linear[T]:
		if fused(l) {
			path += "0."
		}
		appendLinear(list, l, path)
	case *layer.BatchNorm[T]:
		add("weight", l.Gamma)
		add("bias", l.Beta)
		add("running_mean", l.RunMean)
		add("running_var", l.RunVar)
		*list = append(*list, slot[T]{name: path + "num_batches_tracked", counter: &l.Batches})
	case *layer.LayerNorm[T]:
		add("weight", l.Gamma)
		add("bias", l.Beta)
	case *layer.RMSNorm[T]:
		add("weight", l.Gamma)
	case *layer.PReLU[T]:
		add("weight", l.Slope)
	case *layer.Sequential[T]:
		return appendSequence(list, l, path)
	case *layer.Residual[T]:
		for i, part := range l.Parts() {
			if err := appendSlots(list, part, path+[...]string{"body.", "skip."}[i]); err != nil {
				return err
			}
		}
	case *layer.Int8Linear[T]:
		return noParameters(path)
	default:
		if len(l.Params()) > 0 {
			return fmt.Errorf("the layer %q is a %T, whose tensors in PyTorch are unknown", path, l)
		}
	}
	return nil
}

func appendLinear[T kernels.Float](list *[]slot[T], l *layer.Linear[T], path string) {
	*list = append(*list, slot[T]{name: path + "weight", param: l.W, transposed: true})
	if l.B != nil {
		*list = append(*list, slot[T]{name: path + "bias", param: l.B})
	}
}

// appendSequence appends the tensors of an nn.Sequential. A fused activation has a number of its own.
func appendSequence[T kernels.Float](list *[]slot[T], s *layer.Sequential[T], path string) error {
	number := 0
	for _, part := range s.Parts() {
		at := path + strconv.Itoa(number) + "."
		number++
		if l, ok := part.(*layer.Linear[T]); ok {
			appendLinear(list, l, at)
			if fused(l) {
				number++
			}
		} else if err := appendSlots(list, part, at); err != nil {
			return err
		}
	}
	return nil
}

func fused[T kernels.Float](l *layer.Linear[T]) bool { return l.Act != kernels.ActIdentity }

// state is a state_dict in a file beside the model that it is for.
type state[T kernels.Float] struct {
	h               *header
	found           []slot[T] // in the model and in the file, of equal shape
	missing, unused []string  // in the model alone, in the file alone
}

// readState reads the header of a file and compares it with a model.
func readState[T kernels.Float](r io.ReaderAt, size int64, model layer.Layer[T],
	o PyTorch) (*state[T], error) {
	h, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	if err := notDenying(outIn)(h.text); err != nil {
		return nil, err
	}
	slots, err := slotsOf(model, o)
	if err != nil {
		return nil, err
	}
	s := &state[T]{h: h}
	inModel := map[string]bool{}
	for _, slot := range slots {
		inModel[slot.name] = true
		if _, ok := h.entries[slot.name]; ok {
			if err := slot.match(h); err != nil {
				return nil, err
			}
			s.found = append(s.found, slot)
		} else if slot.param != nil {
			s.missing = append(s.missing, slot.name)
		}
	}
	for _, name := range h.names {
		if strings.HasPrefix(name, o.Prefix) && !inModel[name] {
			s.unused = append(s.unused, name)
		}
	}
	return s, nil
}

// match returns an error unless the file has the tensor with its shape and a type that fits.
func (s *slot[T]) match(h *header) error {
	e, types := h.entries[s.name], floatTypes
	if s.param == nil {
		types = []string{"I64"}
	}
	if !slices.Equal(e.Shape, s.shape()) {
		hint := ""
		if s.transposed && slices.Equal(e.Shape, s.param.Shape) {
			hint = ", out x in; a file of weights in x out needs LoadWeightsInOut"
		}
		return fmt.Errorf("tensor %q has shape %v, want %v%s", s.name, e.Shape, s.shape(), hint)
	}
	if !slices.Contains(types, e.DType) {
		return fmt.Errorf("tensor %q has dtype %q, want %s", s.name, e.DType, oneOf(types))
	}
	return e.checkSize(s.name)
}

// fill reads all that was found, and then stores it in the model.
func (s *state[T]) fill(r io.ReaderAt) error {
	values, counts := make([][]T, len(s.found)), make([]int64, len(s.found))
	for i, slot := range s.found {
		if slot.param == nil {
			if err := readValues(r, s.h, slot.name, counts[i:i+1], decode[int64]); err != nil {
				return err
			}
			if counts[i] < 0 {
				return fmt.Errorf("tensor %q is %d, want a count of batches", slot.name, counts[i])
			}
			continue
		}
		values[i] = make([]T, len(slot.param.Value))
		if err := readValues(r, s.h, slot.name, values[i], decodeFloats); err != nil {
			return err
		}
	}
	for i, slot := range s.found {
		switch {
		case slot.param == nil:
			*slot.counter = counts[i]
		case slot.transposed:
			in, out := slot.param.Shape[0], slot.param.Shape[1]
			kernels.Transpose(out, in, slot.param.Value, out, values[i], in)
		default:
			copy(slot.param.Value, values[i])
		}
	}
	return nil
}
