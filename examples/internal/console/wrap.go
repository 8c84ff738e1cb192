package console

import (
	"strings"
	"unicode/utf8"
)

// Width is the columns of a terminal, which no line of the examples exceeds.
const Width = 80

// Wrap joins parts by two spaces, and by a new line with an indent of two where the line would
// exceed Width. A part that is too long alone is not cut.
func Wrap(parts ...string) string { return wrap("  ", parts) }

// WrapText breaks a text at its spaces as [Wrap] does.
func WrapText(text string) string { return wrap(" ", strings.Fields(text)) }

func wrap(gap string, parts []string) string {
	const indent = "  "
	var b strings.Builder
	used := 0
	for i, part := range parts {
		n := utf8.RuneCountInString(part)
		switch {
		case i > 0 && used+len(gap)+n > Width:
			b.WriteString("\n" + indent)
			used = len(indent)
		case i > 0:
			b.WriteString(gap)
			used += len(gap)
		}
		b.WriteString(part)
		used += n
	}
	return b.String()
}
