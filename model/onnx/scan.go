package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	// maxMessages bounds the messages of a file. An empty one has two bytes there and up to a hundred times
	// as many in memory. A file with maxNodes operators has a quarter of it.
	maxMessages = 1 << 19

	maxDepth = 100 // of messages. Only the graphs of attributes nest, which are not supported.
)

// scan returns an error if the bytes of a message are not well-formed, or have too many messages in them.
func scan(raw []byte, d protoreflect.MessageDescriptor, depth int, left *int) error {
	if *left--; *left < 0 {
		return fmt.Errorf("the file has more than %d messages", maxMessages)
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
		field := d.Fields().ByNumber(number)
		if field != nil && field.Message() != nil && kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(raw)
			if err := scan(value, field.Message(), depth+1, left); err != nil {
				return err
			}
		}
		raw = raw[size:]
	}
	return nil
}
