package onnx

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxDepth is that of messages. Only the graphs of attributes nest, which are not supported.
const maxDepth = 100

// grown is how many times the bytes of a list append allocates in all while the list grows one by one.
const grown = 5

// maxMemory bounds what protobuf takes for the messages and lists of a file of so many bytes, without the
// texts and elements in them. An empty string of a list has two bytes in a file and 16 in memory, an empty
// message up to two hundred times as many. Files of exporters, with a shape for each value, take up to
// twenty times their bytes where they have no weights.
func maxMemory(size int) int64 { return 1<<19 + 32*int64(size) }

// checkMessages returns an error if the bytes of a message are not well-formed, or would take much memory.
func checkMessages(raw []byte, d protoreflect.MessageDescriptor) error {
	s := scanner{left: maxMemory(len(raw)), sizes: map[protoreflect.FullName]int{}}
	err := s.message(raw, d, 0)
	if s.left < 0 {
		return fmt.Errorf("the file of %d bytes has so many messages and elements of lists that they would "+
			"take more than %d bytes of memory", len(raw), maxMemory(len(raw)))
	}
	return err
}

var errMemory = errors.New("too much memory")

// scanner goes through a message before it is decoded.
type scanner struct {
	left  int64                         // bytes of memory that what is to come may take
	sizes map[protoreflect.FullName]int // see size
}

// message takes the memory of a message from left, and returns an error if its bytes are not well-formed.
func (s *scanner) message(raw []byte, d protoreflect.MessageDescriptor, depth int) error {
	if s.left -= int64(s.size(d)); s.left < 0 {
		return errMemory
	}
	if depth > maxDepth {
		return fmt.Errorf("more than %d messages are inside each other", maxDepth)
	}
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return fmt.Errorf("not an ONNX file: %w", protowire.ParseError(n))
		}
		raw = raw[n:]
		size := protowire.ConsumeFieldValue(number, kind, raw)
		if size < 0 {
			return fmt.Errorf("not an ONNX file: %w", protowire.ParseError(size))
		}
		if field := d.Fields().ByNumber(number); field != nil {
			if s.left -= int64(memory(field, kind)); s.left < 0 {
				return errMemory
			}
			if field.Message() != nil && kind == protowire.BytesType {
				value, _ := protowire.ConsumeBytes(raw)
				if err := s.message(value, field.Message(), depth+1); err != nil {
					return err
				}
			}
		}
		raw = raw[size:]
	}
	return nil
}

// size returns the bytes of the struct of a message.
func (s *scanner) size(d protoreflect.MessageDescriptor) int {
	n, ok := s.sizes[d.FullName()]
	if !ok {
		n = 48 // what protobuf keeps in each
		for i := range d.Fields().Len() {
			n += room(d.Fields().Get(i))
		}
		s.sizes[d.FullName()] = n
	}
	return n
}

// room returns the bytes of a field in the struct of its message.
func room(field protoreflect.FieldDescriptor) int {
	switch {
	case field.IsList() || field.Kind() == protoreflect.BytesKind:
		return 24 // a slice
	case field.ContainingOneof() != nil:
		return 16 // an interface
	}
	return 8 // a pointer
}

// memory returns what a field takes beside the struct of its message, and beside its text or message, where
// it has wire type kind. Numbers that are packed are few bytes each, and their list is made at once.
func memory(field protoreflect.FieldDescriptor, kind protowire.Type) int {
	switch {
	case field.IsList() && field.Kind() == protoreflect.BytesKind:
		return 24 * grown
	case field.IsList() && field.Kind() == protoreflect.StringKind:
		return 16 * grown
	case field.IsList() && (field.Message() != nil || kind != protowire.BytesType):
		return 8 * grown // a pointer, or a number
	case field.IsList():
		return 0
	}
	return 16 // a string, or what an interface points to
}
