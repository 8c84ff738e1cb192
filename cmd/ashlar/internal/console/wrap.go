package console

import (
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// Columns returns the columns that a text takes on a terminal.
func Columns(text string) int { return runewidth.StringWidth(text) }

// Printable returns a text in which every control character, such as the escape of a terminal, is a
// question mark. Names in the files of others may have any. It keeps the ends of lines.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || !unicode.IsPrint(r) && !unicode.IsSpace(r)) {
			return '?'
		}
		return r
	}, text)
}

// Cut shortens a text to columns, with an ellipsis in its middle.
func Cut(text string, columns int) string {
	text = strings.ReplaceAll(Printable(text), "\n", "?")
	if Columns(text) <= columns {
		return text
	}
	runes := []rune(text)
	head, tail, used := 0, len(runes), 1
	for head < tail {
		next := &head
		if head > len(runes)-tail {
			next = &tail
		}
		i := head
		if next == &tail {
			i = tail - 1
		}
		if used += runewidth.RuneWidth(runes[i]); used > columns {
			break
		}
		if next == &head {
			head++
		} else {
			tail--
		}
	}
	return string(runes[:head]) + "…" + string(runes[tail:])
}

// broken breaks words of more than the columns.
func broken(text string, columns int) string {
	var b strings.Builder
	used := 0
	for _, r := range text {
		w := runewidth.RuneWidth(r)
		switch {
		case unicode.IsSpace(r):
			used = -w
		case used+w > columns:
			b.WriteByte(' ')
			used = 0
		}
		b.WriteRune(r)
		used += w
	}
	return b.String()
}

// Fold breaks a text at its spaces into lines of at most the columns. A longer word stays whole. Lines of
// the text end where they did, and keep the spaces that they begin with.
func Fold(text string, columns int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = foldLine(line, columns)
	}
	return strings.Join(lines, "\n")
}

func foldLine(line string, columns int) string {
	if Columns(line) <= columns {
		return strings.TrimRight(line, " ")
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	var b strings.Builder
	b.WriteString(indent)
	used := len(indent)
	for i, word := range strings.Fields(line) {
		w := Columns(word)
		switch {
		case i > 0 && used+1+w > columns:
			b.WriteString("\n" + indent)
			used = len(indent)
		case i > 0:
			b.WriteString(" ")
			used++
		}
		b.WriteString(word)
		used += w
	}
	return b.String()
}

// Reflow joins the lines of each paragraph of a text and breaks it into lines of at most Width columns.
// Lines that begin with a space stay lines.
func Reflow(text string) string {
	var lines []string
	open := false // the last line is one of a paragraph
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		own := line == "" || line[0] == ' '
		if open && !own {
			lines[len(lines)-1] += " " + line
		} else {
			lines = append(lines, line)
		}
		open = !own
	}
	return Fold(strings.Join(lines, "\n"), Width)
}

// WrapText breaks a text at its spaces into lines of at most Width columns, of which all but the first
// begin with two spaces.
func WrapText(text string) string {
	first, rest, more := strings.Cut(Fold(text, Width), "\n")
	if !more {
		return first
	}
	rest = Fold(strings.ReplaceAll(rest, "\n", " "), Width-2)
	return first + "\n  " + strings.ReplaceAll(rest, "\n", "\n  ")
}
