package docs

import (
	"fmt"
	"regexp"
	"strings"
)

// block is a fenced block of a page, or a comment with hidden statements.
type block struct {
	page  string // path from the root of the repository
	line  int    // of the first line of text, from 1
	lang  string
	words []string // behind the language
	text  string
	above bool // hidden statements for the block below
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// is reports whether the first word behind the language is word.
func (b block) is(word string) bool { return len(b.words) > 0 && b.words[0] == word }

// blocks returns the blocks of a page from top to bottom.
func blocks(page, text string) ([]block, error) {
	var list []block
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		fence := strings.TrimLeft(lines[i], " ")
		indent := len(lines[i]) - len(fence)
		b := block{page: page, line: i + 2}
		end := "```"
		switch {
		case strings.HasPrefix(fence, "```"):
			words := strings.Fields(fence[3:])
			if len(words) > 0 {
				b.lang, b.words = words[0], words[1:]
			}
		case fence == "<!-- go":
			b.lang, b.above, end = "go", true, "-->"
		default:
			continue
		}
		start := i + 1
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != end; i++ {
		}
		if i == len(lines) {
			return nil, fmt.Errorf("%s:%d: the block has no end, want a line with %s", page, start, end)
		}
		for _, l := range lines[start:i] {
			b.text += l[min(indent, len(l)-len(strings.TrimLeft(l, " "))):] + "\n"
		}
		list = append(list, b)
	}
	return list, nil
}

var trailing = regexp.MustCompile(`[ \t]+\n`)

// agree reports whether a program printed what a page shows, in which "..." stands for any text. Blanks at
// the ends of lines do not count, and a page that shows nothing agrees with everything.
func agree(printed, shown string) bool {
	trim := func(s string) string { return strings.TrimSpace(trailing.ReplaceAllString(s+"\n", "\n")) }
	pattern := strings.ReplaceAll(regexp.QuoteMeta(trim(shown)), `\.\.\.`, `.*?`)
	return shown == "" || regexp.MustCompile(`(?s)^`+pattern+`$`).MatchString(trim(printed))
}
