package data

import (
	"bytes"
	"fmt"
	"strings"
)

// ReadTable infers the separator from the first rows of the first bytes.
const (
	sampleBytes = 64 << 10
	sampleRows  = 100
)

// inferComma returns the separator that cuts the sample into the likeliest table.
func inferComma(sample []byte, o TableOptions) rune {
	likeliest, best := ',', cut{first: 1}
	for _, comma := range []rune{';', '\t', '|', ','} {
		if comma == o.Comment || comma == ',' && o.Decimal == ',' {
			continue
		}
		if c := cutBy(sample, comma, o); c.better(best) {
			likeliest, best = comma, c
		}
	}
	if best.first == 1 && o.Comment != ' ' {
		if c := cutBy(sample, ' ', o); c.even && c.first > 1 && c.numbers == c.cells {
			return ' '
		}
	}
	return likeliest
}

// cut is what a separator makes of the sample.
type cut struct {
	first          int  // cells of the first row
	even           bool // each row has as many
	cells, numbers int
}

// better reports whether c is the likelier one.
func (c cut) better(than cut) bool {
	switch {
	case c.first == 1:
		return false
	case c.even != than.even:
		return c.even
	case c.even:
		return c.numbers*than.cells > than.numbers*c.cells
	}
	return c.first > than.first
}

// cutBy cuts the sample by a separator.
func cutBy(sample []byte, comma rune, o TableOptions) cut {
	limited, text := limitRows(bytes.NewReader(sample), 4<<10, mostColumns)
	in := limited.open(text, comma, o.Comment)
	in.LazyQuotes = true
	c := cut{first: 1}
	for row := range sampleRows {
		cells, err := in.Read()
		if err != nil {
			break
		}
		if row == 0 {
			c.first, c.even = len(cells), true
		}
		c.even = c.even && len(cells) == c.first
		c.cells += len(cells)
		for _, cell := range cells {
			point, withComma := numberShape(strings.TrimSpace(cell)).written()
			if point || withComma && comma != ',' {
				c.numbers++
			}
		}
	}
	return c
}

// shape is how a cell writes a number.
type shape uint8

const (
	noNumber      shape = iota
	integer             // without a fraction
	longInteger         // of more than 15 digits, which float64 may round
	zeroInteger         // of two digits or more of which the first is 0, which a number would lose
	withPoint           // 1.5
	withComma           // 1,5
	withThousands       // 1,234, which may be an integer
	pointGroups         // 1,234.5
	commaGroups         // 1.234,5
)

// written reports whether the cell is a number that has a decimal point, and a comma.
func (s shape) written() (point, comma bool) {
	whole := s == integer || s == longInteger || s == zeroInteger
	return whole || s == withPoint || s == pointGroups,
		whole || s == withComma || s == withThousands || s == commaGroups
}

// numberShape returns how a cell writes a number. It allows what strconv.ParseFloat does, of decimal
// numbers; whether the number is finite shows only there.
func numberShape(cell string) shape {
	s := strings.TrimPrefix(cell, "-")
	if len(s) == len(cell) {
		s = strings.TrimPrefix(cell, "+")
	}
	whole, s := digits(s)
	kind, fraction := integer, ""
	if s != "" && (s[0] == '.' || s[0] == ',') {
		kind = withPoint
		if s[0] == ',' {
			kind = withComma
		}
		fraction, s = digits(s[1:])
	}
	if len(whole)+len(fraction) == 0 {
		return noNumber
	}
	if s == "" {
		switch significant := strings.TrimLeft(whole, "0"); {
		case kind == integer && len(significant) > 15:
			return longInteger
		case kind == integer && len(whole) > 1 && whole[0] == '0':
			return zeroInteger
		case kind == withComma && len(fraction) == 3 && len(significant) == len(whole) && 0 < len(whole) &&
			len(whole) <= 3:
			return withThousands
		}
		return kind
	}
	if s[0] != 'e' && s[0] != 'E' {
		switch isGrouped(cell) {
		case '.':
			return pointGroups
		case ',':
			return commaGroups
		}
		return noNumber
	}
	s = s[1:]
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	exponent, s := digits(s)
	if exponent == "" || s != "" {
		return noNumber
	}
	return kind
}

// isGrouped returns the decimal sign of a number with groups of three digits and a fraction, such as '.'
// of 1,234.5, and 0 for anything else.
func isGrouped(cell string) (sign byte) {
	whole, rest := digits(strings.TrimLeft(cell[:min(1, len(cell))], "+-") + cell[min(1, len(cell)):])
	if rest == "" || len(whole) == 0 || len(whole) > 3 || whole[0] == '0' {
		return 0
	}
	group := rest[0]
	for rest != "" && rest[0] == group {
		var three string
		if three, rest = digits(rest[1:]); len(three) != 3 {
			return 0
		}
	}
	if fraction, end := digits(rest[min(1, len(rest)):]); fraction == "" || end != "" {
		return 0
	}
	switch {
	case group == ',' && rest[0] == '.', group == '.' && rest[0] == ',':
		return rest[0]
	}
	return 0
}

// columnShape is how the cells of a column write numbers.
type columnShape struct {
	point, comma     bool // every cell is a number if fractions begin so
	pointAt, commaAt int  // the first row with such a fraction, else -1
	mixed            bool // every cell is a number, some only with a point and some only with a comma
	thousands        bool // each comma may stand for thousands
	keys             bool // an integer is so long, or begins with 0, that they are no measurements
}

// shape returns how the cells of a column write numbers.
func (f *tableFile) shape(c *textColumn) columnShape {
	kind := f.kind(c.name)
	of := columnShape{pointAt: -1, commaAt: -1, thousands: true}
	if kind == KindCategory || kind == KindText {
		return of
	}
	of.point, of.comma = true, true
	for i, cell := range c.cells {
		if cell == "" || f.missing.isDash(cell) {
			continue
		}
		s := numberShape(cell)
		point, comma := s.written()
		if !point && !comma {
			return columnShape{pointAt: -1, commaAt: -1, thousands: true}
		}
		of.point, of.comma = of.point && point, of.comma && comma
		if !comma && of.pointAt < 0 {
			of.pointAt = i
		}
		if !point && of.commaAt < 0 {
			of.commaAt = i
		}
		of.thousands = of.thousands && s != withComma && s != commaGroups
		of.mixed = !of.point && !of.comma && kind == 0
		of.keys = of.keys || (s == longInteger || s == zeroInteger) && kind == 0
	}
	return of
}

// numbers reports whether the column is one of numbers.
func (s columnShape) numbers(decimal rune) bool {
	return !s.keys && (decimal == ',' && s.comma || decimal == '.' && s.point)
}

// inferDecimal decides what begins the fraction of a number.
func (f *tableFile) inferDecimal(shapes []columnShape) error {
	f.format.Decimal = '.'
	if f.opts.Decimal != 0 {
		f.format.Decimal = f.opts.Decimal
	}
	if f.opts.Decimal != 0 || !f.mayBeComma() {
		return nil
	}
	point, comma, sure := -1, -1, false // columns that are numbers only so
	for i, s := range shapes {
		if s.mixed {
			point, comma = i, i
			break
		}
		if s.point && s.pointAt >= 0 && point < 0 {
			point = i
		}
		if s.comma && s.commaAt >= 0 {
			if comma < 0 {
				comma = i
			}
			sure = sure || !s.thousands
		}
	}
	if comma < 0 {
		return nil
	}
	row := shapes[comma].commaAt
	cell := quoted(f.cell(comma, row))
	switch {
	case point >= 0:
		at := shapes[point].pointAt
		return f.errorAt(comma, row, fmt.Sprintf("%s has a decimal comma, and %s in line %d, column %d a "+
			"decimal point; set TableOptions.Decimal", cell, quoted(f.cell(point, at)), f.lines.of(at),
			point+1))
	case !sure:
		return f.errorAt(comma, row, fmt.Sprintf("the comma of %s may begin a fraction or a group of "+
			"digits; set TableOptions.Decimal to ',' or '.'", cell))
	}
	f.format.Decimal = ','
	return nil
}
