// Package console writes to people: tables, bars and texts of 80 columns, in colour and with progress on
// a terminal only.
package console

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Width is the columns of a terminal, which no line exceeds that does not hold a longer word.
const Width = 80

// Console is where a command reads and writes.
type Console struct {
	In       io.Reader
	Out, Err io.Writer
	Live     bool // Out is a terminal: it takes progress bars
	colour   bool // of Out
	warn     bool // of Err
}

// New returns a console. It paints what goes to a terminal, unless NO_COLOR is set (no-color.org) or
// TERM is dumb.
func New(in io.Reader, out, err io.Writer) *Console {
	plain := os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb"
	return &Console{In: in, Out: out, Err: err, Live: terminal(out) && os.Getenv("TERM") != "dumb",
		colour: terminal(out) && !plain, warn: terminal(err) && !plain}
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// The colours of ECMA-48.
const (
	bold   = "1"
	red    = "31"
	yellow = "33"
)

func paint(on bool, colour, text string) string {
	if !on {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// Printf writes to Out.
func (c *Console) Printf(format string, args ...any) { fmt.Fprintf(c.Out, format, args...) }

// Heading writes an empty line and a line in bold.
func (c *Console) Heading(text string) { c.Printf("\n%s\n", paint(c.colour, bold, text)) }

// Text writes a text, broken at its spaces.
func (c *Console) Text(format string, args ...any) {
	c.Printf("%s\n", WrapText(Printable(fmt.Sprintf(format, args...))))
}

// Fields writes lines of a name and a text, the texts in one column. Names are cut, and words broken,
// where they are too long for a line.
func (c *Console) Fields(pairs ...string) {
	const longest = 30
	names, widest := make([]string, len(pairs)), 0
	for i := 0; i < len(pairs); i += 2 {
		names[i] = Cut(pairs[i], longest)
		widest = max(widest, Columns(names[i]))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		head := names[i] + strings.Repeat(" ", widest-Columns(names[i])+2)
		lines := strings.Split(Fold(broken(Printable(pairs[i+1]), Width-widest-2), Width-widest-2), "\n")
		c.Printf("%s%s\n", head, strings.Join(lines, "\n"+strings.Repeat(" ", widest+2)))
	}
}

// Warn writes a warning to Err.
func (c *Console) Warn(format string, args ...any) {
	text := WrapText("warning: " + Printable(fmt.Sprintf(format, args...)))
	fmt.Fprintln(c.Err, paint(c.warn, yellow, "warning:")+strings.TrimPrefix(text, "warning:"))
}

// Fail writes what went wrong to Err.
func (c *Console) Fail(who string, err error) {
	who += ":"
	text := WrapText(who + " " + Printable(err.Error()))
	fmt.Fprintln(c.Err, paint(c.warn, red, who)+strings.TrimPrefix(text, who))
}

// JSON writes v, indented by two spaces.
func (c *Console) JSON(v any) error {
	e := json.NewEncoder(c.Out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
