package onnx

import (
	"math/bits"
	"strings"
	"testing"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// TestSizes: messages are counted with as many bytes as their structs have, or more: up to twice as many with
// pointers of 64 bits, for which they are meant.
func TestSizes(t *testing.T) {
	s := scanner{sizes: map[protoreflect.FullName]int{}}
	for m, is := range map[proto.Message]uintptr{
		&onnxpb.ModelProto{}:                 unsafe.Sizeof(onnxpb.ModelProto{}),
		&onnxpb.GraphProto{}:                 unsafe.Sizeof(onnxpb.GraphProto{}),
		&onnxpb.NodeProto{}:                  unsafe.Sizeof(onnxpb.NodeProto{}),
		&onnxpb.AttributeProto{}:             unsafe.Sizeof(onnxpb.AttributeProto{}),
		&onnxpb.TensorProto{}:                unsafe.Sizeof(onnxpb.TensorProto{}),
		&onnxpb.ValueInfoProto{}:             unsafe.Sizeof(onnxpb.ValueInfoProto{}),
		&onnxpb.TypeProto{}:                  unsafe.Sizeof(onnxpb.TypeProto{}),
		&onnxpb.TensorShapeProto_Dimension{}: unsafe.Sizeof(onnxpb.TensorShapeProto_Dimension{}),
	} {
		d := m.ProtoReflect().Descriptor()
		if n := s.size(d); n < int(is) || n > 128/bits.UintSize*int(is) || s.size(d) != n {
			t.Errorf("%s counts as %d bytes, and has %d", d.FullName(), n, is)
		}
	}
}

// TestLists: a list counts with what append allocates while it grows, and numbers that are packed do not.
func TestLists(t *testing.T) {
	field := func(number protowire.Number, content string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), content)
	}
	tensor := (&onnxpb.TensorProto{}).ProtoReflect().Descriptor()
	alone := taken(t, tensor, nil)
	for name, c := range map[string]struct {
		raw  []byte
		want int
	}{
		"bytes of a list":  {field(6, ""), 24 * grown},
		"a number":         {[]byte{7 << 3, 1}, 8 * grown},
		"packed numbers":   {field(7, "\x01\x02\x03"), 0},
		"a name":           {field(8, "name"), 16},
		"an unknown field": {field(99, strings.Repeat("x", 99)), 0},
	} {
		if n := taken(t, tensor, c.raw) - alone; n != c.want {
			t.Errorf("%s counts as %d bytes, want %d", name, n, c.want)
		}
	}
	node := (&onnxpb.NodeProto{}).ProtoReflect().Descriptor()
	if n := taken(t, node, field(1, "x")) - taken(t, node, nil); n != 16*grown {
		t.Errorf("an input of a node counts as %d bytes, want %d", n, 16*grown)
	}
}

// taken returns what a message takes.
func taken(t *testing.T, d protoreflect.MessageDescriptor, raw []byte) int {
	t.Helper()
	const much = 1 << 30
	s := scanner{left: much, sizes: map[protoreflect.FullName]int{}}
	if err := s.message(raw, d, 0); err != nil {
		t.Fatal(err)
	}
	return int(much - s.left)
}
