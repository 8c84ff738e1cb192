package train

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	tableWidth   = 80 // columns of a terminal
	tableClasses = 20 // more classes make a list of pairs
	tablePairs   = 20
	nameWidth    = 16 // longer names are cut
)

// Table returns the matrix as text for a terminal of 80 columns. A line is a class, with its
// recall; a column is what it was taken for. Where the columns do not fit, they go on in a
// second block below. Of more than 20 classes it lists the 20 pairs that were confused most.
//
// names are those of the classes, nil for none. A longer name than 16 runes is cut. Table panics
// if there are names but not one a class.
func (m Confusion) Table(names []string) string {
	m.check("Table")
	if names != nil && len(names) != len(m) {
		fail("Confusion.Table", "names", len(names), len(m), "len(names) = %d, want %d, one a class",
			len(names), len(m))
	}
	labels := m.labels(names)
	if len(m) > tableClasses {
		return m.pairs(labels)
	}
	return m.blocks(labels)
}

// labels returns the number and the name of each class, all of one width.
func (m Confusion) labels(names []string) []string {
	list, width := make([]string, len(m)), len("true")
	for c := range m {
		list[c] = fmt.Sprintf("%*d", len(fmt.Sprint(len(m)-1)), c)
		if names != nil {
			list[c] += " " + shortName(names[c])
		}
		width = max(width, utf8.RuneCountInString(list[c]))
	}
	for c, label := range list {
		list[c] = label + strings.Repeat(" ", width-utf8.RuneCountInString(label))
	}
	return list
}

// shortName cuts a name and replaces what a terminal does not print.
func shortName(name string) string { return shortText(name, nameWidth) }

// shortText cuts a text to so many runes and replaces what a terminal does not print.
func shortText(text string, width int) string {
	runes := []rune(text)
	if len(runes) > width {
		runes = append(runes[:width-1], '…')
	}
	for i, r := range runes {
		if !unicode.IsPrint(r) {
			runes[i] = '?'
		}
	}
	return string(runes)
}

// blocks returns the whole matrix, in as many blocks of columns as it takes.
func (m Confusion) blocks(labels []string) string {
	if len(m) == 0 {
		return ""
	}
	cell := len(fmt.Sprint(len(m) - 1))
	for _, row := range m {
		cell = max(cell, len(fmt.Sprint(slices.Max(row))))
	}
	cell += 2
	left, recall := utf8.RuneCountInString(labels[0]), len("  recall %")
	fit := max(1, (tableWidth-left-recall)/cell)
	var b strings.Builder
	for lo := 0; lo < len(m); lo += fit {
		hi := min(lo+fit, len(m))
		if lo > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%-*s", left, "true")
		for c := lo; c < hi; c++ {
			fmt.Fprintf(&b, "%*d", cell, c)
		}
		b.WriteString("  recall %\n")
		for c, row := range m {
			b.WriteString(labels[c])
			for _, n := range row[lo:hi] {
				fmt.Fprintf(&b, "%*d", cell, n)
			}
			fmt.Fprintf(&b, "%*s\n", recall, percent(m.Recall(c)))
		}
	}
	return b.String()
}

// percent is a share to two digits, "-" for NaN.
func percent(share float64) string {
	if share != share {
		return "-"
	}
	return fmt.Sprintf("%.2f", 100*share)
}

// pair counts the samples of class c that were taken for g.
type pair struct{ c, g, n int }

// pairs lists the pairs of classes that were confused most.
func (m Confusion) pairs(labels []string) string {
	var list []pair
	right, all := 0, 0
	for c, row := range m {
		for g, n := range row {
			all += n
			if c == g {
				right += n
			} else if n > 0 {
				list = append(list, pair{c, g, n})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b pair) int { return cmp.Compare(b.n, a.n) })
	var b strings.Builder
	fmt.Fprintf(&b, "%d classes, %d of %d samples right\n", len(m), right, all)
	if len(list) == 0 {
		return b.String()
	}
	left := utf8.RuneCountInString(labels[0])
	taken := max(left, len("taken for"))
	fmt.Fprintf(&b, "%-*s  %-*s  %10s  %9s\n", left, "true", taken, "taken for", "samples", "% of true")
	for _, p := range list[:min(tablePairs, len(list))] {
		of := 0
		for _, n := range m[p.c] {
			of += n
		}
		fmt.Fprintf(&b, "%s  %-*s  %10d  %9s\n", labels[p.c], taken, labels[p.g], p.n,
			percent(float64(p.n)/float64(of)))
	}
	if more := len(list) - tablePairs; more > 0 {
		fmt.Fprintf(&b, "and %d more pairs\n", more)
	}
	return b.String()
}
