package onnx

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxDepth is that of messages. Only the graphs of attributes nest, which are not supported.
const maxDepth = 100

// maxMessages bounds the messages of a file of so many bytes. An empty one has two bytes there and up to a
// hundred times as many in memory. In the files of exporters, with a shape for each value, a message
// has twelve bytes or more.
func maxMessages(size int) int { return 2048 + size/8 }

// checkMessages returns an error if the bytes of a message are not well-formed, or have too many messages
// in them.
func checkMessages(raw []byte, d protoreflect.MessageDescriptor) error {
	left := maxMessages(len(raw))
	err := scan(raw, d, 0, &left)
	if left < 0 {
		return fmt.Errorf("the file of %d bytes has more than %d messages", len(raw), maxMessages(len(raw)))
	}
	return err
}

var errMessages = errors.New("too many messages")

// scan takes the messages in the bytes of one from left, and returns an error if they are not well-formed.
func scan(raw []byte, d protoreflect.MessageDescriptor, depth int, left *int) error {
	if *left--; *left < 0 {
		return errMessages
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
