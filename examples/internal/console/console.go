// Package console has what the commands of the examples share: flags, exit codes, threads,
// tables and files.
package console

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/ashlar-go/ashlar/kernels"
)

// Exit codes. A program that a signal kills returns neither.
const (
	Failed     = 1
	WrongUsage = 2
)

// UsageError is a wrong flag or argument.
type UsageError struct{ error }

// Usagef returns a UsageError.
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Parse reads the arguments of a command into its flags. For -h it prints note and the
// flags and returns flag.ErrHelp. For a wrong flag, or an argument that is no flag, it
// returns a UsageError of one line.
func Parse(f *flag.FlagSet, note string, args []string) error {
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Printf("usage: %s [flags]\n\n%s\n\n", f.Name(), note)
		f.SetOutput(os.Stdout)
		f.PrintDefaults()
		return err
	case err != nil:
		return UsageError{err}
	case f.NArg() > 0:
		return Usagef("unexpected argument %q", f.Arg(0))
	}
	return nil
}

// Exit ends the command: with 0 if err is nil or flag.ErrHelp, else after one line on the
// standard error, with WrongUsage for a UsageError and Failed for all others.
func Exit(name string, err error) {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	if _, usage := errors.AsType[UsageError](err); usage {
		os.Exit(WrongUsage)
	}
	os.Exit(Failed)
}

// SetThreads applies the flag -threads of a command. 0 leaves the default. For more threads
// than the machine runs at a time it sets as many as it runs and prints a line on w.
func SetThreads(w io.Writer, name string, n int) error {
	if n < 0 {
		return Usagef("-threads %d: want at least 1, or 0 for the default", n)
	}
	if n == 0 {
		return nil
	}
	kernels.SetThreads(n)
	if have := kernels.Threads(); have < n {
		fmt.Fprintf(w, "%s: -threads %d: this machine runs %d at a time; using %d\n", name, n, have, have)
	}
	return nil
}

// NewTable returns a table that goes to w, with the header as given and the columns from
// the second on flush right.
func NewTable(w io.Writer, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	style := table.StyleLight
	style.Format.Header, style.Format.Footer = text.FormatDefault, text.FormatDefault
	t.SetStyle(style)
	t.AppendHeader(header)
	var columns []table.ColumnConfig
	for i := range header[1:] {
		columns = append(columns,
			table.ColumnConfig{Number: i + 2, Align: text.AlignRight, AlignHeader: text.AlignRight,
				AlignFooter: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
	return t
}
