package data

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// wholeLines cuts a full sample behind its last whole line.
func wholeLines(sample []byte) []byte {
	if end := bytes.LastIndexByte(sample, '\n'); end >= 0 && len(sample) == sampleBytes {
		return sample[:end+1]
	}
	return sample
}

// badLineEnds returns what is wrong with lines that end in CR alone, which encoding/csv would take for
// one line.
func badLineEnds(sample []byte) (wrong string) {
	cr := bytes.IndexByte(sample, '\r')
	if cr < 0 || cr == len(sample)-1 || bytes.IndexByte(sample, '\n') >= 0 {
		return ""
	}
	return `the lines end in CR alone, want LF or CR LF; convert the file, such as by tr '\r' '\n'`
}

// separatorLine returns the separator that a first line such as sep=; gives, and the lines behind it.
// Excel writes and reads that line. The separator is 0 if there is none.
func separatorLine(sample []byte) (comma rune, rest []byte) {
	line, rest, _ := bytes.Cut(sample, []byte("\n"))
	sign, is := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\r")), []byte("sep="))
	comma, n := utf8.DecodeRune(sign)
	if !is || n == 0 || n < len(sign) || comma == utf8.RuneError || comma == '"' {
		return 0, sample
	}
	return comma, rest
}

// sampleCells returns the first rows of the sample.
func sampleCells(sample []byte, comma, comment rune) (list [][]string) {
	limited, text := limitRows(bytes.NewReader(sample), 4<<10, mostColumns)
	in := limited.open(text, comma, comment)
	in.LazyQuotes, in.ReuseRecord = true, false
	for len(list) <= sampleRows {
		cells, err := in.Read()
		if err != nil {
			break
		}
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(cell)
		}
		list = append(list, cells)
	}
	return list
}

// isHeader reports whether the cells of the first row are names, see [ReadTable].
func (f *tableFile) isHeader(cells []string) bool {
	if slices.ContainsFunc(cells, func(cell string) bool { return f.wanted[cell] != 0 }) {
		return true // names that the pipeline knows
	}
	texts, numbers, years := map[string]bool{}, map[string]bool{}, []int{}
	missing, twice, whole := false, false, true
	for i, cell := range cells {
		switch {
		case cell == "":
		case f.missing.is(cell) || f.missing.isDash(cell):
			missing = true
		case f.isNumber(cell):
			_, rest := digits(cell)
			whole = whole && rest == "" && !numbers[cell]
			numbers[cell] = true
			if isYear(cell) {
				years = append(years, i)
			}
		default:
			twice = twice || texts[cell]
			texts[cell] = true
		}
	}
	switch {
	case len(texts) == 0:
		return cells[0] == "" && whole && !missing && f.yearsAlone(years, numbers)
	case len(numbers) == 0 && !missing && !twice:
		return true
	}
	return whole && (f.overNumbers(cells) || !missing && !twice && f.yearsAlone(years, numbers))
}

// below returns the cells of a column in the rows of the sample below the first.
func (f *tableFile) below(column int) (cells []string) {
	for _, row := range f.sample[min(1, len(f.sample)):] {
		if column < len(row) {
			cells = append(cells, row[column])
		}
	}
	return cells
}

// overNumbers reports whether a text of the first row stands over a column of numbers.
func (f *tableFile) overNumbers(cells []string) bool {
	for i, cell := range cells {
		if cell == "" || f.isNumber(cell) || f.missing.is(cell) || f.missing.isDash(cell) {
			continue
		}
		numbers, others := 0, 0
		for _, cell := range f.below(i) {
			switch {
			case f.isNumber(cell):
				numbers++
			case !f.missing.is(cell) && !f.missing.isDash(cell):
				others++
			}
		}
		if numbers > 0 && others == 0 {
			return true
		}
	}
	return false
}

// yearsAlone reports whether the first row has two or more years in those columns and no other numbers,
// and no row below has years in all of them.
func (f *tableFile) yearsAlone(columns []int, numbers map[string]bool) bool {
	if len(columns) < 2 || len(columns) != len(numbers) || len(f.sample) < 2 {
		return false
	}
	return !slices.ContainsFunc(f.sample[1:], func(row []string) bool {
		return !slices.ContainsFunc(columns, func(i int) bool { return i >= len(row) || !isYear(row[i]) })
	})
}

// isYear reports whether a cell is a year from 1800 to 2199.
func isYear(cell string) bool {
	year, err := strconv.Atoi(cell)
	return err == nil && len(cell) == 4 && 1800 <= year && year < 2200
}

// isNumber reports whether a cell is a number before the decimal sign is known.
func (f *tableFile) isNumber(cell string) bool {
	point, comma := numberShape(cell).written()
	return point || comma && f.mayBeComma()
}

// mayBeComma reports whether numbers may have a decimal comma.
func (f *tableFile) mayBeComma() bool {
	return f.opts.Decimal == ',' || f.opts.Decimal == 0 && f.format.Comma != ','
}
