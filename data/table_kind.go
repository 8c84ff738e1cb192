package data

// The rule by which texts are categories: at most mostLevels of them, each in leastRows rows on the
// average, or fewLevels of them, each in two.
const (
	mostLevels = 1000
	fewLevels  = 20
	leastRows  = 20
)

// kindOfTexts returns KindCategory or KindText for texts, of which "" are missing.
func kindOfTexts(texts []string) Kind {
	rows := 0
	dates := true
	for _, s := range texts {
		if s != "" {
			rows++
			dates = dates && isDate(s)
		}
	}
	if rows == 0 || dates {
		return KindText
	}
	most := min(mostLevels, rows/2, max(fewLevels, rows/leastRows))
	levels := make(map[string]bool)
	for _, s := range texts {
		if s == "" {
			continue
		}
		levels[s] = true
		if len(levels) > most {
			return KindText
		}
	}
	return KindCategory
}

// isDate reports whether a text begins with a date of digits, year first or year last, and goes on,
// if at all, with a time behind a space or a T. It does not ask whether there is such a day.
func isDate(s string) bool {
	_, is := dateOf(s)
	return is
}

// date is where the parts of a date stand in a text: a, b and c are its three numbers in order.
type date struct {
	a, b, c   string
	separator byte
	rest      string // the time behind it
}

// dateOf returns the parts of a date.
func dateOf(s string) (d date, is bool) {
	if d.a, s = digits(s); s == "" {
		return d, false
	}
	d.separator = s[0]
	if d.b, s = digits(s[1:]); s == "" || s[0] != d.separator {
		return d, false
	}
	d.c, d.rest = digits(s[1:])
	switch {
	case d.separator != '-' && d.separator != '.' && d.separator != '/':
		return d, false
	case d.rest != "" && d.rest[0] != ' ' && d.rest[0] != 'T':
		return d, false
	case len(d.b) == 0 || len(d.b) > 2:
		return d, false
	case len(d.a) == 4:
		return d, 1 <= len(d.c) && len(d.c) <= 2
	}
	return d, 1 <= len(d.a) && len(d.a) <= 2 && len(d.c) == 4
}

// digits cuts a text behind the digits with which it begins.
func digits(s string) (number, rest string) {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:]
}
