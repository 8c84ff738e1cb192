package malform

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// onnx damages a file of messages. Few parts of it are needed, so that most damage may go unnoticed.
func (m *maker) onnx() {
	field := func(number int, content []byte) []byte {
		b := binary.AppendUvarint(nil, uint64(number<<3|2))
		return append(binary.AppendUvarint(b, uint64(len(content))), content...)
	}
	more := func(b ...byte) []byte { return append(slices.Clone(m.whole), b...) }
	const metadata, graph, opset = 14, 7, 8
	m.add(nil, "nothing")
	m.add([]byte("ONNX"), "text")
	m.add(more(0xff), "half of a tag")
	m.add(more(0x0f), "a group that ends nowhere")
	m.add(more(graph<<3|2, 0xff, 0xff, 0xff, 0xff, 0x0f), "a field of 4 GiB")
	m.add(more(graph<<3|2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), "a field of 2^64 bytes")
	m.add(more(0x00, 0x00), "field 0")
	entry := field(metadata, append(field(1, []byte("k")), field(2, []byte("v"))...))
	m.add(more(append(slices.Clone(entry), entry...)...), "metadata twice")
	for _, version := range []byte{1, 6, 99} {
		m.add(more(field(opset, []byte{0x10, version})...), "opset %d", version)
	}
	m.add(more(bytes.Repeat(field(metadata, nil), 20_000)...), "20,000 empty messages")
	m.add(more(field(graph, bytes.Repeat(field(1, nil), 20_000))...), "20,000 empty operators")
	deep := []byte(nil)
	for range 200 { // operator, attribute, graph
		deep = field(1, field(5, field(6, deep)))
	}
	m.add(more(field(graph, deep)...), "messages 600 deep")
	tensor := append(field(8, []byte("malform")), 0x10, 1) // a name and the type FLOAT
	for _, dims := range [][]byte{{0xff, 0xff, 0xff, 0xff, 0x0f}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0x7f}} {
		claim := append(slices.Clone(tensor), append([]byte{0x08}, dims...)...)
		m.maybe(more(field(graph, field(5, claim))...), "an unused constant of % x elements", dims)
	}
}
