package command

import (
	"github.com/spf13/cobra"
)

const completionHelp = `
Prints a script that makes a shell complete the commands, flags and files of ashlar. Every new shell
reads it from

  bash   ~/.local/share/bash-completion/completions/ashlar
  zsh    _ashlar in a folder of $fpath
  fish   ~/.config/fish/completions/ashlar.fish

In bash that needs the package bash-completion.`

func (a *app) completion() *cobra.Command {
	shells := []string{"bash", "zsh", "fish"}
	return &cobra.Command{
		Use:                   "completion bash|zsh|fish",
		Short:                 "Print a script that completes commands in a shell",
		Long:                  completionHelp,
		Example:               "source <(ashlar completion bash)\nashlar completion fish | source",
		DisableFlagsInUseLine: true,
		ValidArgs:             shells,
		Args:                  cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: a.runs(func(c *cobra.Command, args []string) error {
			switch root := c.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Out, true)
			case "zsh":
				return root.GenZshCompletion(a.Out)
			default:
				return root.GenFishCompletion(a.Out, true)
			}
		}),
	}
}
