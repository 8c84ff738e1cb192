package malform

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// tensorFile is a safetensors file.
type tensorFile struct {
	header string // without the spaces at its end
	data   []byte
}

func splitTensors(b []byte) tensorFile {
	n := binary.LittleEndian.Uint64(b)
	return tensorFile{strings.TrimRight(string(b[8:8+n]), " "), b[8+n:]}
}

func (f tensorFile) bytes() []byte { return withLength(uint64(len(f.header)), f.header, f.data) }

func withLength(n uint64, header string, data []byte) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, n), header...), data...)
}

// text returns a text of the metadata, and a function that puts another one in its place.
func (f tensorFile) text(key string) (string, func(string) []byte) {
	for _, e := range members(f.header) {
		if e.path == "__metadata__" && e.key == key {
			var text string
			if err := json.Unmarshal([]byte(f.header[e.mid:e.hi]), &text); err != nil {
				panic(err)
			}
			return text, func(text string) []byte {
				quoted, err := json.Marshal(text)
				if err != nil {
					panic(err)
				}
				return tensorFile{f.header[:e.mid] + string(quoted) + f.header[e.hi:], f.data}.bytes()
			}
		}
	}
	panic("malform: no text " + key)
}

// first returns the first tensor of a header.
func first(header string) (name string, shape, offsets member) {
	for _, e := range members(header) {
		switch {
		case e.path == "__metadata__" || e.path == "" && e.key == "__metadata__":
		case e.path == "":
			name = e.key
		case e.key == "shape":
			shape = e
		case e.key == "data_offsets":
			return name, shape, e
		}
	}
	panic("malform: no tensor")
}

// tensors damages the header of a safetensors file.
func (m *maker) tensors() {
	f := splitTensors(m.whole)
	n := uint64(len(f.header))
	for _, length := range []uint64{0, 1, n - 1, n + uint64(len(f.data)) + 1, 100_000_001, math.MaxInt64,
		math.MaxInt64 + 1, math.MaxUint64 - 7, math.MaxUint64} {
		m.add(withLength(length, f.header, f.data), "a header of %d bytes", length)
	}
	put := func(header string) []byte { return tensorFile{header, f.data}.bytes() }
	m.keys(f.header, func(path string) bool { return path != "" }, put)
	_, shape, offsets := first(f.header)
	edit := func(e member, value string) {
		m.add(put(f.header[:e.mid]+value+f.header[e.hi:]), "%s %.40s", e.key, value)
	}
	for _, v := range []string{"[0,1e3]", "[0,-4]", "[-4,0]", "[4,8]", "[0,9223372036854775807]", "[0]",
		"[0,4,4]",
		"[null,4]", "[0,18446744073709551616]", "[1.5,4]", "null", "{}", "[]", "[-0,4]", "[0,0]",
		"[9223372036854775807,4]"} {
		edit(offsets, v)
	}
	for _, v := range []string{"[4294967296,4294967296]", "[9223372036854775807,4]", "[-1,-1]", "[null]",
		"[1.0]", `["1"]`, "null", "{}", "1", "[0]", "[1099511627776]", "[18446744073709551617]",
		"[" + strings.Repeat("1,", 2_000_000) + "1]", "[" + strings.Repeat("[", 5000) + strings.Repeat("]",
			5000) + "]"} {
		edit(shape, v)
	}
	end := len(f.header) - 1
	more := func(text string) []byte { return put(f.header[:end] + "," + text + f.header[end:]) }
	at := len(f.data)
	m.add(more(`"more":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`), "a tensor over another")
	m.add(put(f.header[:end]+fmt.Sprintf(`,"more":{"dtype":"U8","shape":[0],"data_offsets":[%d,%d]}}`, at+8,
		at+8)),
		"a tensor behind a hole")
	m.add(tensorFile{f.header, append([]byte{0, 0, 0, 0}, f.data...)}.bytes(), "bytes of no tensor")
	m.add(more(fmt.Sprintf(`"more":{"dtype":"F32","shape":[0],"data_offsets":[%d,%d]}`, at, at)),
		"a tensor more")
	deep := strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000)
	m.add(more(fmt.Sprintf(`"more":{"x":%s,"dtype":"F32","shape":[0],"data_offsets":[%d,%d]}`, deep, at, at)),
		"a deep value")
	var many strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&many, `"t%d":{"dtype":"U8","shape":[0],"data_offsets":[%d,%d]},`, i, at, at)
	}
	m.add(more(many.String()+`"t7":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`),
		"many tensors and one twice")
	m.add(more(many.String()+`"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}`),
		"many tensors and an overlap")
	m.add(put(strings.Repeat("[", 100_000)), "brackets")
	m.add(put(f.header+f.header), "two headers")
	m.add(put(" "+f.header), "a space before the header")
	m.add(put(strings.Replace(f.header, `"F32"`, `"F64"`, 1)), "F64 in place of F32")
	m.add(put(strings.Replace(f.header, `"F32"`, `"I32"`, 1)), "I32 in place of F32")
	m.add(put(strings.Replace(f.header, `"F32"`, `"Q7"`, 1)), "an unknown type")
	m.add(put(strings.Replace(f.header, `"F32"`, "\"F\xff\"", 1)), "no UTF-8")
	m.add(put(strings.Replace(f.header, `"F32"`, `"\ud800"`, 1)), "half of a surrogate pair")
}

// sizes makes files of one tensor whose shape and type need more bytes than an integer of 64 bits counts.
// The file has those that are left of them there.
func (m *maker) sizes() {
	for _, of := range []struct {
		dtype string
		bits  uint64
	}{{"F4", 4}, {"F6_E2M3", 6}, {"U8", 8}, {"BOOL", 8}, {"F16", 16}, {"F32", 32}, {"F64", 64}} {
		first := uint64(1<<63)/of.bits*2 + 2*of.bits // times bits is just over 2^64
		for _, shape := range [][]uint64{{first}, {first, 1}, {1, first}, {1 << 61, 8}, {1 << 62, 16},
			{8, 1 << 61}, {1 << 32, 1 << 32}, {1 << 32, 1 << 32, 2}, {1 << 58, 64}, {1<<63 - 1, 2}, {1<<63 - 1, 1<<63 - 1},
			{3, 0x5555555555555556}} {
			bits, sizes := of.bits, []string(nil)
			for _, n := range shape {
				bits *= n
				sizes = append(sizes, strconv.FormatUint(n, 10))
			}
			for _, bytes := range []uint64{0, bits / 8} {
				if bytes > 1024 {
					continue
				}
				header := fmt.Sprintf(`{"x":{"dtype":%q,"shape":[%s],"data_offsets":[0,%d]}}`, of.dtype,
					strings.Join(sizes, ","), bytes)
				m.add(tensorFile{header, make([]byte, bytes)}.bytes(), "%s %v in %d bytes", of.dtype,
					shape, bytes)
			}
		}
	}
}

// document damages the document in the metadata.
func (m *maker) document() {
	f := splitTensors(m.whole)
	switch m.format {
	case Model:
		text, put := f.text("model")
		m.keys(text, func(path string) bool { return path == "text" || path == "summary.metrics" }, put)
		m.wholeModel(text, put)
	case Checkpoint:
		text, put := f.text("position")
		m.keys(text, func(path string) bool { return strings.HasSuffix(path, "metrics") }, put)
		m.position(text, put)
	}
}

func (m *maker) wholeModel(text string, put func(string) []byte) {
	edit := func(path, value string) { m.add(put(set(text, path, value)), "%s %.60s", path, value) }
	for _, v := range extremes {
		edit("version", v)
		edit("in", v)
		edit("net.parts[].batches", map[bool]string{true: "-5", false: v}[v == "1099511627776" ||
			v == extremes[2]])
	}
	for _, v := range []string{"-1", "1e400", "-1e-300", `"NaN"`, `"-Inf"`, `"x"`, "[]", "{}"} {
		edit("net.parts[].eps", v)
		edit("net.parts[].momentum", v)
		edit("net.parts[].p", v)
	}
	edit("net.parts[].momentum", "1.5")
	edit("net.parts[].p", "1")
	edit("output", `"odds"`)
	edit("output", `"logits"`)
	edit("net.parts[].kind", `"attention"`)
	edit("net.parts[].act", `"swish"`)
	m.add(put(text[:len(text)-1]+`,"classes":["a"]}`), "a class of values")
	for _, v := range []string{"null", "[]", "{}", "1", `{"kind":"softmax"}`,
		`{"kind":"sequential","parts":[null]}`,
		`{"kind":"residual"}`, `{"kind":"dropout"}`,
		`{"kind":"sequential","parts":[{}` + strings.Repeat(",{}", 40_000) + `]}`,
		`{"kind":"sequential","parts":[null` + strings.Repeat(",null", 20_000) + `]}`,
		strings.Repeat(`{"kind":"sequential","parts":[`, 101) + `{"kind":"softmax"}` + strings.Repeat("]}",
			101),
		strings.Repeat(`{"kind":"residual","body":`, 3000) + `{"kind":"softmax"}` + strings.Repeat("}",
			3000)} {
		edit("net", v)
	}
	m.add(put(""), "no document")
	m.add(put("null"), "null for a document")
	m.add(put(text+text), "two documents")
}

// position damages what a checkpoint says of the run.
func (m *maker) position(text string, put func(string) []byte) {
	edit := func(path, value string) { m.add(put(set(text, path, value)), "%s %.60s", path, value) }
	for _, path := range []string{"Version", "Before", "Optimizer", "Batches", "Position.Epoch",
		"Position.Batch",
		"Position.Step", "Position.Updates", "Position.Sum.Rows", "Position.Sum.Correct",
		"Position.Sum.Skipped",
		"Seed", "Batch", "SetRows", "Position.History[].epoch", "Position.History[].skipped"} {
		for _, v := range extremes {
			edit(path, v)
		}
	}
	for _, e := range members(text) {
		if value := text[e.mid:e.hi]; value == "true" || value == "false" {
			m.add(put(text[:e.mid]+strconv.FormatBool(value == "false")+text[e.hi:]), "another %s", e.key)
		}
	}
	edit("Seed", "4")
	edit("Batch", "1")
	edit("SetRows", "9")
	edit("Type", `"float64"`)
	edit("Kind", `"NAdam"`)
	edit("Counts", "[-1]")
	edit("Counts", "[1,2,3]")
	edit("Position.History", "[{}"+strings.Repeat(",{}", 40_000)+"]")
	edit("Position.History", "null")
	edit("Weight", "-1")
	edit("Position.Sum.Seconds", "-1")
	edit("Position.Sum.Weight", "1e400")
	for _, e := range members(text) {
		if e.path == "Settings" {
			m.add(put(text[:e.mid]+`"another"`+text[e.hi:]), "another %s", e.key)
		}
	}
	edit("Rates[].Rate", "0.5")
	m.add(put(""), "no position")
	m.add(put("[]"), "a list for a position")
}
