package consoletest

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares a text with testdata/name.txt. [Mask] takes out of it what differs from machine to
// machine and from tier to tier.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%v: go test -update writes it", err)
	} else if err != nil {
		t.Fatal(err)
	}
	if diff := difference(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("%s, which go test -update writes anew, is not what was printed:\n%s", path, diff)
	}
}

var (
	numeral = regexp.MustCompile(` *([-+]?\b[0-9]+([.,][0-9]+)*(e[-+]?[0-9]+)?((ms|µs|s|m[0-9.]+s)\b)?|[-+]?\b(NaN|Inf)\b)`)
	timed   = regexp.MustCompile(`[0-9](ms|µs|s)\b|/s\b`)
	spaces  = regexp.MustCompile(` {2,}`)
)

// Mask writes # for each number. One behind two spaces or more ends in its column as before, so that
// the columns of a table count. A line with a time or a rate loses its columns, since the speed of
// the machine decides them. The folder for files of tests becomes DIR.
func Mask(output string) string {
	paths := regexp.MustCompile(regexp.QuoteMeta(os.TempDir()) + `\S*[/\\]`)
	var b strings.Builder
	for line := range strings.Lines(paths.ReplaceAllString(output, "DIR/")) {
		if timed.MatchString(line) {
			line = spaces.ReplaceAllString(line, " ")
		}
		b.WriteString(numeral.ReplaceAllStringFunc(line, func(s string) string {
			if strings.HasPrefix(s, "  ") {
				return strings.Repeat(" ", utf8.RuneCountInString(s)-1) + "#"
			}
			return s[:len(s)-len(strings.TrimLeft(s, " "))] + "#"
		}))
	}
	return b.String()
}

// difference lists the lines in which two texts differ, "" if in none.
func difference(want, got string) string {
	var b strings.Builder
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		one, other := "", ""
		if i < len(w) {
			one = w[i]
		}
		if i < len(g) {
			other = g[i]
		}
		if one != other || i >= min(len(w), len(g)) {
			b.WriteString("want " + one + "\ngot  " + other + "\n")
		}
	}
	return b.String()
}
