package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What String prints: at most mostShown columns of the table, of a name and of a text at most
// mostName characters, and lines of at most lineWidth.
const (
	mostShown = 50
	mostName  = 20
	lineWidth = 80
)

// String describes the table in lines of at most 80 characters: its size, how its file was read, and
// of each column, up to 50, the kind, the number of missing cells, and the range and mean of its
// numbers, its categories with how often they occur, the frequent ones first, or how many different
// texts it has.
func (t *Table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s", plural(t.Rows(), "row"), plural(len(t.Columns()), "column"))
	if f := t.Format(); f.Comma != 0 {
		fmt.Fprintf(&b, "; %v", f)
	}
	b.WriteString("\n")
	columns := t.Columns()
	if len(columns) > mostShown {
		columns = columns[:mostShown]
	}
	width := len("column")
	for _, c := range columns {
		width = max(width, utf8.RuneCountInString(shownText(c.Name)))
	}
	if len(columns) > 0 {
		fmt.Fprintf(&b, "%-*s  kind      missing  values\n", width, "column")
	}
	for _, c := range columns {
		name := shownText(c.Name)
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(name))
		start := fmt.Sprintf("%s%s  %-8v  %7d  ", name, pad, c.Kind, c.MissingCount())
		width := lineWidth - utf8.RuneCountInString(start)
		b.WriteString(start + cutText(c.summary(width), width) + "\n")
	}
	if more := len(t.Columns()) - len(columns); more > 0 {
		fmt.Fprintf(&b, "and %s\n", plural(more, "more column"))
	}
	return b.String()
}

// plural returns a number with a noun, which gets an s unless the number is 1.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// shownText returns a text that is printable and has at most mostName characters.
func shownText(s string) string {
	if len(s) > 4*mostName { // more than is shown, whatever the characters
		s = s[:4*mostName]
	}
	s = strings.ToValidUTF8(s, "?")
	if strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		s = strconv.Quote(s)
	}
	return cutText(s, mostName)
}

// cutText returns a text of at most so many characters, and dots where it goes on.
func cutText(s string, most int) string {
	if list := []rune(s); len(list) > most {
		return string(list[:most-3]) + "..."
	}
	return s
}

// summary describes the values of a column in at most width characters.
func (c *Column) summary(width int) string {
	if c.MissingCount() == c.Len() {
		return "none"
	}
	switch c.Kind {
	case KindNumber:
		return c.numberSummary(width)
	case KindCategory:
		return c.levelSummary(width)
	}
	different := map[string]bool{}
	example := ""
	for _, s := range c.Texts {
		if s != "" {
			different[s] = true
			example = cmp.Or(example, s)
		}
	}
	return fmt.Sprintf("%d different, such as %s", len(different), shownText(example))
}

// numberSummary returns the range and the mean, with as many digits as fit, up to 6.
func (c *Column) numberSummary(width int) (s string) {
	low, high, mean, n := math.Inf(1), math.Inf(-1), 0.0, 0.0
	for _, x := range c.Numbers {
		if math.IsNaN(x) {
			continue
		}
		n++
		low, high = min(low, x), max(high, x)
		mean += x/n - mean/n // no sum that overflows
	}
	for digits := 6; digits > 0; digits-- {
		s = fmt.Sprintf("%.*g to %.*g, mean %.*g", digits, low, digits, high, digits, mean)
		if len(s) <= width {
			break
		}
	}
	return s
}

// levelSummary returns as many levels as fit, the frequent ones first.
func (c *Column) levelSummary(width int) string {
	count, order := make([]int, len(c.Levels)), make([]int, len(c.Levels))
	for k := range order {
		order[k] = k
	}
	for _, k := range c.Codes {
		if k != Missing {
			count[k]++
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(count[b], count[a]) })
	list := ""
	for i, k := range order {
		next := fmt.Sprintf("%s %d", shownText(c.Levels[k]), count[k])
		if i > 0 {
			next = list + ", " + next
		}
		end := ""
		if more := len(order) - i - 1; more > 0 {
			end = fmt.Sprintf(", %d more", more)
		}
		if i > 0 && utf8.RuneCountInString(next+end) > width {
			return fmt.Sprintf("%s, %d more", list, len(order)-i)
		}
		list = next
	}
	return list
}
