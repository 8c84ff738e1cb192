package malform

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
)

// npy damages the header of an npy file.
func (m *maker) npy() {
	_, data, _ := bytes.Cut(m.whole, []byte("\n"))
	file := func(version byte, length int, header string, data []byte) []byte {
		b := append([]byte("\x93NUMPY"), version, 0)
		if version == 1 {
			b = binary.LittleEndian.AppendUint16(b, uint16(length))
		} else {
			b = binary.LittleEndian.AppendUint32(b, uint32(length))
		}
		return append(append(b, header...), data...)
	}
	const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), }\n"
	for _, c := range []struct{ old, new string }{
		{"(4, 3)", "(4611686018427387904, 4)"}, {"(4, 3)", "(1099511627776, 3)"},
		{"(4, 3)", "(-4, -3)"},
		{"(4, 3)", "(4, 3, 2)"}, {"(4, 3)", "(0, 3)"}, {"(4, 3)", "()"}, {"(4, 3)", "4"}, {"(4, 3)",
			"(4.0, 3)"},
		{"(4, 3)", "(99999999999999999999, 3)"}, {"(4, 3)", "(" + strings.Repeat("1, ", 15000) + ")"},
		{"(4, 3)", strings.Repeat("(", 30000)}, {"'<f4'", "'|O'"}, {"'<f4'", "'<c8'"}, {"'<f4'", "'<f8'"},
		{"'<f4'", "'<f3'"}, {"'<f4'", "'<f99999999999'"}, {"'<f4'", "[('a', '<f4')]"}, {"'<f4'", "'<U4'"},
		{"False", "Maybe"}, {"False", "0"}, {"'descr'", "'Descr'"}, {"'shape'", "'SHAPE'"},
		{"'descr': '<f4', ", ""}, {"'shape': (4, 3), ", ""}, {"'fortran_order': False, ", ""},
		{"{", "{'shape': (4, 3), "}, {"{", "{'descr': '<f4', "}, {"{", "{'more': 1, "}, {"}", "}}"}, {"}",
			""},
	} {
		header := replaced(good, c.old, c.new)
		for _, version := range []byte{1, 2} {
			m.add(file(version, len(header), header, data), "version %d: %.40q in place of %.40q", version,
				c.new,
				c.old)
		}
	}
	for _, version := range []byte{0, 4, 255} {
		m.add(file(version, len(good), good, data), "version %d", version)
	}
	for _, length := range []int{0, 1, len(good) - 2, len(good) + 1000} {
		m.add(file(1, length, good, data), "a header of %d bytes", length)
	}
	for _, length := range []int{1 << 16, 1 << 20, 1<<31 - 1, -1} {
		m.add(file(2, length, good, data), "a header of %d bytes", uint32(length))
	}
}

// idx damages the dimensions of an IDX file.
func (m *maker) idx() {
	elements := m.whole[4+4*int(m.whole[3]):]
	file := func(kind byte, dims ...uint32) []byte {
		b := []byte{0, 0, kind, byte(len(dims))}
		for _, d := range dims {
			b = binary.BigEndian.AppendUint32(b, d)
		}
		return append(b, elements...)
	}
	n := uint32(len(elements))
	most := slices.Repeat([]uint32{1<<32 - 1}, 255)
	for _, dims := range [][]uint32{{1<<32 - 1}, {1 << 31, 1 << 31}, {1<<32 - 1, 1<<32 - 1, 1<<32 - 1}, most,
		{n + 1},
		{n - 1}, {0}, {n, 0}, {n, 2}, {1 << 20}, {512 << 20}, {n, 1 << 30}, {}} {
		m.add(file(8, dims...), "dimensions %.60s", fmt.Sprint(dims))
	}
	for _, kind := range []byte{0, 1, 7, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0xff} {
		m.add(file(kind, n), "type %#x", kind)
	}
	m.add(append([]byte{1}, m.whole[1:]...), "magic number")
	m.add(append([]byte{0, 1}, m.whole[2:]...), "magic number, second byte")
	m.add([]byte{0, 0, 8, 255}, "dimensions that are not there")
}

// gzip damages a compressed file, and makes some that inflate to much.
func (m *maker) gzip() {
	for range 25 { // the sum of the contents notices each
		at, bit := len(m.whole)-8+m.random.IntN(8), m.random.IntN(8)
		b := slices.Clone(m.whole)
		b[at] ^= 1 << bit
		m.add(b, "bit %d of byte %d, of the sum or the length, flipped", bit, at)
	}
	for range 25 {
		at, bit := 10+m.random.IntN(len(m.whole)-18), m.random.IntN(8)
		b := slices.Clone(m.whole)
		b[at] ^= 1 << bit
		m.maybe(b, "bit %d of byte %d flipped", bit, at)
	}
	m.add(append(slices.Clone(m.whole), 1, 2, 3), "bytes behind the stream")
	m.add(append([]byte{0x1f, 0x8b, 7}, m.whole[3:]...), "another compression")
	head := map[Format][]byte{IDXGzip: {0, 0, 8, 1, 0x20, 0, 0, 0}, CSVGzip: []byte("1,2\n"),
		TableGzip: []byte("size;city\n")}
	for _, fill := range "\x00" + "1,\"" {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		part := bytes.Repeat([]byte{byte(fill)}, 1<<20)
		must(z.Write(head[m.format]))
		for range 16 {
			must(z.Write(part))
		}
		must(0, z.Close())
		m.add(b.Bytes(), "16 MiB of %q", fill)
	}
}

// must is for writing to memory, which does not fail.
func must(_ int, err error) {
	if err != nil {
		panic(err)
	}
}

// bomb returns an archive with a compressed array of zeros that says its size.
func bomb(name string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	const n = 4 << 20
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (1, %d), }\n", n)
	for _, name := range []string{name, "intercept_"} {
		w, err := z.Create(name + ".npy")
		must(0, err)
		must(w.Write(binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))))
		must(w.Write([]byte(header)))
		must(w.Write(make([]byte, 4*n)))
	}
	must(0, z.Close())
	return b.Bytes()
}

// zip damages an archive: its directory, which has the sizes, and its members.
func (m *maker) zip() {
	directory := bytes.LastIndex(m.whole, []byte("PK\x01\x02"))
	end := bytes.LastIndex(m.whole, []byte("PK\x05\x06"))
	edit := func(at int, value []byte, must bool, name string) {
		b := slices.Clone(m.whole)
		copy(b[at:], value)
		if must {
			m.add(b, "%s % x", name, value)
		} else {
			m.maybe(b, "%s % x", name, value)
		}
	}
	for _, v := range []uint32{0, 1, 1 << 20, 1<<31 - 1, 1<<32 - 2} {
		value := binary.LittleEndian.AppendUint32(nil, v)
		edit(directory+16, value, true, "sum")
		edit(directory+24, value, true, "inflated size")
		edit(directory+42, append(value[:3:3], 0x70), true, "place of a member")
		edit(end+16, append(value[:3:3], 0x70), true, "place of the directory")
	}
	for _, v := range []uint16{1, 8, 12, 99, 65535} {
		edit(directory+10, binary.LittleEndian.AppendUint16(nil, v), false, "method")
		edit(end+10, binary.LittleEndian.AppendUint16(nil, v+9), false, "members")
	}
	edit(directory+8, []byte{1, 0}, true, "encrypted")
	m.add(bomb(map[Format]string{NPZ: "x", Sklearn: "coef_"}[m.format]), "an array that inflates to 16 MiB")
	edit(directory, []byte("PKxx"), true, "no directory")
	edit(end, []byte("PKxx"), true, "no end")
}

// twice adds archives in which an array is there twice, with the same elements and with others: two readers
// could take different ones.
func (m *maker) twice() {
	archive, err := zip.NewReader(bytes.NewReader(m.whole), int64(len(m.whole)))
	must(0, err)
	for again := range archive.File {
		for _, other := range archive.File {
			var b bytes.Buffer
			z := zip.NewWriter(&b)
			add := func(name string, content *zip.File) {
				w, err := z.Create(name)
				must(0, err)
				r, err := content.Open()
				must(0, err)
				n, err := io.Copy(w, r)
				must(int(n), err)
			}
			for i, f := range archive.File {
				add(f.Name, f)
				if i == again {
					add(f.Name, other)
				}
			}
			must(0, z.Close())
			m.add(b.Bytes(), "%s twice, the second as %s", archive.File[again].Name, other.Name)
		}
	}
}

// rows damages a file of text.
func (m *maker) rows() {
	text := strings.TrimSuffix(string(m.whole), "\n")
	last := strings.LastIndexByte(text, '\n') + 1
	comma := ","
	if m.format == Table {
		comma = ";"
	}
	cells := strings.Split(text[last:], comma)
	with := func(row string) []byte { return []byte(text[:last] + row + "\n" + text[last:] + "\n") }
	for i := range cells {
		m.add(with(strings.Join(cells[:i+1], comma)+strings.Repeat(comma+"1", len(cells)-i)),
			"a row of %d cells and one more", i+1)
		if i > 0 {
			m.add(with(strings.Join(cells[:i], comma)), "a row of %d cells", i)
		}
		broken := slices.Clone(cells)
		broken[i] = `"` + broken[i]
		m.add([]byte(text[:last]+strings.Join(broken, comma)), "an open quote in cell %d", i)
		broken[i] = `"a"b"c`
		m.add(with(strings.Join(broken, comma)), "quotes inside of cell %d", i)
		if m.format == Table {
			continue // any text may be one of a table
		}
		for _, cell := range []string{"", "x", "nan", "inf", "-Infinity", "0x1p-2", "1_000", "1e999", "--1",
			"1.2.3",
			"\x00", "\xff\xfe", "null", "1,5;"} {
			broken[i] = strings.ReplaceAll(cell, ",", ";")
			m.add(with(strings.Join(broken, comma)), "%q in cell %d", cell, i)
		}
	}
	m.add(nil, "nothing")
	m.add([]byte("\ufeff"), "a byte order mark alone")
	m.add([]byte("\xff\xfea\x00,\x00b\x00\n\x00"), "UTF-16")
	m.add(with(strings.Repeat(comma, 8000)), "a row of 8000 separators")
	m.add(with(`"`+strings.Repeat("\n", 100_000)), "a cell of 100,000 lines")
	if m.format == CSV {
		for _, class := range []string{"-7", "-2", "1048577", "2147483648", "9223372036854775808", "1.5"} {
			cells[0] = class
			m.add(with(strings.Join(cells, comma)), "class %s", class)
		}
	}
}

// pipeline damages the JSON of a fitted pipeline.
func (m *maker) pipeline() {
	text := string(m.whole)
	put := func(text string) []byte { return []byte(text) }
	m.keys(text, func(string) bool { return false }, put)
	edit := func(path, value string) { m.add(put(set(text, path, value)), "%s %.60s", path, value) }
	for _, v := range extremes {
		edit("version", v)
	}
	for _, v := range []string{"-1", "0", "1e400", `"NaN"`, `"x"`} {
		edit("operations[].std.Hi", v)
	}
	edit("operations[].kind", `"magic"`)
	edit("operations[].mean.Exp", "7")
	edit("operations[].mean.Lo", "1e300")
	edit("operations[].column", `"nowhere"`)
	edit("operations", "[{}"+strings.Repeat(",{}", 20_000)+"]")
	edit("inputs[].kind", `"text"`)
	edit("features", "[]")
	edit("features", `["a","a"]`)
	edit("inputs", "[]")
	m.add(put(text+"x"), "text behind it")
	m.add(put(strings.Repeat(`{"operations":[`, 20_000)), "a deep value")
}
