package malform

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Large returns damaged files of a format that have megabytes and what takes more in memory than in a file:
// many cells, keys, elements and messages. whole is a whole file.
func Large(format Format, whole []byte) []File {
	m := &maker{format: format, whole: whole}
	switch format {
	case CSV:
		m.largeRows(",")
	case Table:
		m.largeRows(";")
	case Tensors:
		m.largeHeaders()
	case Model:
		m.largeDocuments("model", map[string]string{"classes": `""`, "text": `"%06x":""`,
			"summary.metrics": `"%06x":0`, "net.parts": "{}", "prepare.features": `""`,
			"prepare.inputs": "{}", "prepare.operations": "{}", "prepare.inputs[].levels": `""`})
	case Checkpoint:
		m.largeDocuments("position", map[string]string{"Counts": "1", "Rates": "{}",
			"Position.History": "{}", "Settings": `"%06x":""`, "Products": `""`})
	case Pipeline:
		put := func(text string) []byte { return []byte(text) }
		for path, item := range map[string]string{"features": `""`, "inputs": "{}", "operations": "{}",
			"inputs[].levels": `""`, "target.columns": `""`, "operations[].outputs": `""`} {
			m.largeLists(string(m.whole), path, item, put)
		}
	case ONNX:
		m.largeMessages()
	case NPZ:
		m.largeArchive()
	}
	return m.files
}

// many is how many times what Large repeats stands there.
const many = 1 << 18

// largeRows makes long files, and long lines, of cells of one digit.
func (m *maker) largeRows(comma string) {
	names := ""
	if m.format == Table {
		names = "a" + comma + "b" + comma + "c" + comma + "d\n"
	}
	row := strings.Repeat("1"+comma, 3) + "1\n"
	rows := names + strings.Repeat(row, many/2)
	m.add([]byte(rows+"1"+comma+"x\n"), "a short row at the end")
	m.add([]byte(rows+`"`), "an open quote at the end")
	m.add([]byte(rows+strings.Repeat("1"+comma, 4)+"1\n"), "a long row at the end")
	wide := func(n int, text, name string) {
		m.add([]byte(text), "%s", name)
		m.files[len(m.files)-1].Columns = min(n, map[Format]int{CSV: 1 << 18, Table: 1 << 16}[m.format])
	}
	wide(4*many, rows+strings.Repeat("1"+comma, 4*many)+"1\n", "a row of a million cells at the end")
	wide(4*many, strings.Repeat("1"+comma, 4*many)+"x\n", "a line of a million cells")
	wide(4*many, strings.Repeat(comma, 4*many)+"x\n1\n", "a line of a million empty cells")
	wide(many, strings.Repeat(`""`+comma, many)+"x\n1\n", "a line of quoted cells")
	wide(60_000, strings.Repeat(comma, 60_000)+"x\n1\n", "a line of 60,000 cells")
	m.add([]byte(names+row+`"`+strings.Repeat("\n", 4*many)), "an open quote before many lines")
	m.add([]byte(names+row+`"`+strings.Repeat("x", 4*many)), "an open quote before a long line")
	m.add([]byte(strings.Repeat("a"+comma+"b\n", many)+"1\n"), "many rows of two texts")
	m.add([]byte("1"+comma+"1\n"+strings.Repeat("1"+comma+"2\n", many)+"1\n"), "many rows of two cells")
	add := m.add
	if m.format == Table {
		add = m.maybe // of one column without a name, or of texts
	}
	add([]byte(strings.Repeat("1\n", 2*many)), "many rows of a cell")
	add([]byte(strings.Repeat("a\n", 2*many)), "many rows of a text")
	add([]byte(strings.Repeat("a"+comma+"b\n", many)), "only rows of two texts")
	add([]byte(strings.Repeat("a"+comma+"1\n", many)+"a"+comma+"x\n"), "a text below numbers")
	m.add([]byte(strings.Repeat("ab"+comma+"\"\"\n", many)+"1\n"), "many rows of texts")
}

// largeHeaders makes headers of safetensors files.
func (m *maker) largeHeaders() {
	const one = `"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	put := func(header string) []byte { return tensorFile{"{" + header + "}", nil}.bytes() }
	list := func(item string) string { return numbered(item, many) }
	m.add(put(`"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"y":[`+list(`"data_offsets"`)+`]}`),
		"a text many times that is a key elsewhere")
	m.add(put(`"__metadata__":{`+list(`"%06x":""`)+`},`+one), "many texts")
	m.add(put(`"__metadata__":{`+list(`"":""`)+`},`+one), "a text many times")
	m.add(put(list(`"%06x":0`)+","+one), "many numbers for tensors")
	m.add(put(list(`"":0`)+","+one), "a number for a tensor many times")
	m.add(put(numbered(`"%06x":{"dtype":"F4","shape":[0],"data_offsets":[0,0]}`, many/4)+","+one),
		"many empty tensors")
	m.add(put(numbered(`"%06x":{"data_offsets":0}`, many/4)+","+one), "many offsets without a tensor")
	m.add(put(`"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"y":{`+list(`"%06x":0`)+`}}`),
		"many keys inside")
	m.add(put(`"x":{"dtype":"F32","data_offsets":[0,4],"shape":[`+list("1")+`]}`), "a long shape")
	m.add(put(`"x":{"dtype":"`+strings.Repeat("F", 4*many)+`","shape":[1],"data_offsets":[0,4]}`),
		"a long type")
	m.add(put(`"x":{"dtype":"`+strings.Repeat(`\n`, 2*many)+`","shape":[1],"data_offsets":[0,4]}`),
		"a type of escapes")
}

// numbered returns an item n times with commas between, each with its number if it has a place for one.
func numbered(item string, n int) string {
	if !strings.Contains(item, "%") {
		return strings.Repeat(item+",", n-1) + item
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, item, i)
	}
	return b.String()
}

// largeDocuments makes files whose document in the metadata has long lists at some paths.
func (m *maker) largeDocuments(key string, lists map[string]string) {
	text, put := splitTensors(m.whole).text(key)
	for path, item := range lists {
		m.largeLists(text, path, item, put)
	}
}

// largeLists makes a text with a long list or object at a path, without and with an unknown key behind it.
func (m *maker) largeLists(text, path, item string, put func(string) []byte) {
	open, end := "[", "]"
	if strings.Contains(item, ":") {
		open, end = "{", "}"
	}
	list := open + numbered(item, many/4) + end
	add, long := m.add, ""
	if path == "text" || path == "summary.metrics" {
		add = m.maybe // they may have any key
	}
	if strings.Contains(text, `"`+path[strings.LastIndexByte(path, '.')+1:]+`":`) {
		long = set(text, path, list)
	} else {
		long = fmt.Sprintf("%s,%q:%s}", text[:len(text)-1], path, list) // a key that may be left out
	}
	add(put(long), "a long %s", path)
	m.add(put(long[:len(long)-1]+`,"malform":0}`), "a long %s and an unknown key", path)
}

// largeMessages makes ONNX files of many small messages and elements.
func (m *maker) largeMessages() {
	field := func(number int, content []byte) []byte {
		b := binary.AppendUvarint(nil, uint64(number<<3|2))
		return append(binary.AppendUvarint(b, uint64(len(content))), content...)
	}
	add := func(name string, content []byte) {
		m.add(append(bytes.Clone(m.whole), content...), "%s", name)
	}
	repeat := func(number int, content []byte) []byte { return bytes.Repeat(field(number, content), 2*many) }
	const graph, node, tensor, attribute = 7, 1, 5, 5
	add("empty strings in a tensor", field(graph, field(tensor, repeat(6, nil))))
	add("empty strings in an attribute", field(graph, field(node, field(attribute, repeat(9, nil)))))
	add("empty inputs of a node", field(graph, field(node, repeat(1, nil))))
	add("empty outputs of a node", field(graph, field(node, repeat(2, nil))))
	for _, number := range []int{1, 5, 11, 12, 13, 15} {
		add(fmt.Sprint("empty messages of field ", number, " of the graph"),
			field(graph, repeat(number, nil)))
	}
	add("empty attributes", field(graph, field(node, repeat(attribute, nil))))
	add("empty metadata", repeat(14, nil))
	numbers := field(graph, field(tensor, bytes.Repeat([]byte{7 << 3, 1}, 2*many)))
	add("numbers one by one, and half of a tag", append(bytes.Clone(numbers), 0xff))
	for name, content := range map[string][]byte{"numbers one by one": numbers,
		"short strings":      field(graph, field(tensor, repeat(6, []byte("ab")))),
		"a field many times": field(graph, repeat(2, nil)),
		"unknown fields":     bytes.Repeat([]byte{0xf8, 7, 1}, many)} {
		m.maybe(append(bytes.Clone(m.whole), content...), "%s", name)
	}
}

// largeArchive makes an archive of many empty members.
func (m *maker) largeArchive() {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range many / 16 {
		_, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%x.npy", i), Method: zip.Store})
		must(0, err)
	}
	must(0, z.Close())
	m.add(b.Bytes(), "many empty arrays")
}
