package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"`)
	fenced  = regexp.MustCompile("(?ms)^ *```.*?^ *```$|^<!-- go$.*?^-->$")
	quoted  = regexp.MustCompile("`[^`\n]*`")
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
)

// badLinks returns a line for each link of a page to a file or heading of this repository that is not there.
func badLinks(root, page, text string) (bad []string) {
	prose := quoted.ReplaceAllString(blank(fenced, text), "")
	for i, line := range strings.Split(prose, "\n") {
		for _, m := range link.FindAllStringSubmatch(line, -1) {
			target := m[1] + m[2]
			if strings.Contains(target, "://") {
				continue
			}
			path, anchor, _ := strings.Cut(target, "#")
			full := filepath.Join(root, page)
			if path != "" {
				full = filepath.Join(root, filepath.Dir(page), path)
			}
			if _, err := os.Stat(full); err != nil {
				bad = append(bad, fmt.Sprintf("%s:%d: the link %s leads nowhere", page, i+1, target))
			} else if anchor != "" && !hasHeading(full, anchor) {
				bad = append(bad, fmt.Sprintf("%s:%d: the link %s leads to no heading", page, i+1, target))
			}
		}
	}
	return bad
}

// blank removes what an expression matches, but for its line ends.
func blank(re *regexp.Regexp, text string) string {
	return re.ReplaceAllStringFunc(text, func(s string) string {
		return strings.Repeat("\n", strings.Count(s, "\n"))
	})
}

// hasHeading reports whether GitHub gives one of the headings of a page the anchor.
func hasHeading(path, anchor string) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	for _, m := range heading.FindAllStringSubmatch(blank(fenced, string(text)), -1) {
		var id strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(m[1])) {
			switch {
			case r == ' ':
				id.WriteByte('-')
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127:
				id.WriteRune(r)
			}
		}
		if id.String() == anchor {
			return true
		}
	}
	return false
}
