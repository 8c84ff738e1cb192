// Package command is the command ashlar, with one file for each of its subcommands.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/console"
)

// The exit codes. A program that a signal kills returns none of them.
const (
	ok         = 0
	failed     = 1 // the files, the data or the machine do not allow it
	wrongUsage = 2 // wrong flags or arguments
)

const rootHelp = `
Ashlar trains multi-layer perceptrons on files of numbers and texts, and uses, describes and
converts them. It works on this machine alone and sends nothing anywhere.

Flags may have one dash or two. Exit code: 0 if all is done, 1 if it failed, 2 for wrong flags or
arguments. Bars and colours appear on a terminal only; NO_COLOR=1 leaves out the colours.
ASHLAR_THREADS=1 and ASHLAR_TIER=avx2 limit the threads and the instructions.`

// Run runs the command on its arguments, without the name of the program, and returns the exit code.
func Run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	a := &app{Console: console.New(in, out, errs)}
	printed := &output{w: out}
	a.Out = printed
	root := a.root()
	root.SetArgs(doubleDashes(root, args))
	root.SetIn(in)
	root.SetOut(printed)
	root.SetErr(errs)
	cmd, err := root.ExecuteContextC(ctx)
	if left := a.inputs.forget(); err == nil {
		err = left
	}
	full := printed.err != nil && (err == nil || errors.Is(err, printed.err))
	if full {
		err = fmt.Errorf("writing the standard output: %w", printed.err)
	}
	switch {
	case err == nil:
		return ok
	case !full && (!a.started || isUsage(err)):
		a.fail(cmd, err)
		fmt.Fprintf(errs, "'%s --help' shows the flags and examples.\n", cmd.CommandPath())
		return wrongUsage
	}
	a.fail(cmd, err)
	return failed
}

// fail tells what went wrong.
func (a *app) fail(cmd *cobra.Command, err error) {
	a.Fail(cmd.CommandPath(), errors.New(a.named(err.Error())))
}

// output is the standard output. It keeps the first error, since what prints many lines looks at none.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// app is what the subcommands share.
type app struct {
	*console.Console
	quiet   bool // only JSON goes to Out
	started bool // arguments and flags were right as far as their types say
	inputs  inputs
}

// usageError is a wrong flag or argument.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func isUsage(err error) bool {
	_, is := errors.AsType[usageError](err)
	return is
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "ashlar",
		Short:         "Train, use, describe and convert multi-layer perceptrons",
		Long:          rootHelp,
		Example:       "ashlar train flats.csv\nashlar predict flats.safetensors new.csv\nashlar help train",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(a.commands()...)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.help(c) })
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND]", Short: "Help for a command",
		Long: "Prints the help of a command, or the list of commands.", Example: "ashlar help train",
		ValidArgsFunction: commandNames,
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("there is no command %q", strings.Join(args, " "))
			}
			c.InitDefaultHelpFlag()
			a.help(c)
			return nil
		},
	})
	return root
}

// commandNames completes the argument of help.
func commandNames(help *cobra.Command, args []string, _ string) (list []cobra.Completion,
	directive cobra.ShellCompDirective) {
	for _, c := range help.Root().Commands() {
		if len(args) == 0 && c.IsAvailableCommand() {
			list = append(list, c.Name())
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// commands are the subcommands, in the order of the help.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{a.train(), a.predict(), a.eval(), a.describe(), a.convert(), a.bench(),
		a.info(), a.completion(), a.version()}
}

// runs makes a function that runs a subcommand: what it returns is a failure and no wrong usage, unless
// it says so.
func (a *app) runs(f func(c *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		a.started = true
		return f(c, args)
	}
}

// jsonFlag adds the flag of commands that print results.
func jsonFlag(f *pflag.FlagSet, json *bool) {
	f.BoolVar(json, "json", false, "print one JSON value in place of tables")
}

// oneOf completes a flag whose values are known.
func oneOf(c *cobra.Command, flag string, values []string) {
	complete := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	if err := c.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // there is no such flag
	}
}

// help prints the help of a command, at most console.Width columns wide.
func (a *app) help(c *cobra.Command) {
	a.Printf("%s\n\n", console.Reflow(c.Long))
	use := c.UseLine()
	if !c.HasParent() {
		use = "ashlar COMMAND [arguments] [flags]"
	}
	a.Printf("Usage:\n  %s\n", use)
	if c.HasExample() {
		a.Printf("\nExamples:\n  %s\n", strings.ReplaceAll(c.Example, "\n", "\n  "))
	}
	if c.HasAvailableSubCommands() {
		a.Printf("\nCommands:\n")
		var pairs []string
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				pairs = append(pairs, "  "+sub.Name(), sub.Short)
			}
		}
		a.Fields(pairs...)
	}
	if c.HasAvailableFlags() {
		a.Printf("\nFlags:\n%s", c.Flags().FlagUsagesWrapped(console.Width))
	}
}

// doubleDashes writes the flags of the commands that have one dash, as those of Go's commands do, with
// two. Words that are no such flag stay as they are.
func doubleDashes(root *cobra.Command, args []string) []string {
	known := map[string]bool{"help": true}
	for _, c := range root.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
	}
	list := make([]string, len(args))
	for i, arg := range args {
		if arg == "--" {
			copy(list[i:], args[i:])
			break
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if len(name) > 1 && known[name] && strings.HasPrefix(arg, "-") {
			arg = "-" + arg
		}
		list[i] = arg
	}
	return list
}
