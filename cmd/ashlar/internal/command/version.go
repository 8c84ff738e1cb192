package command

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ashlar-go/ashlar/kernels"
)

// versionOf says what this program is.
type versionOf struct {
	Version  string `json:"version"` // of the command
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	System   string `json:"system"`
	Tier     string `json:"tier"`
}

func thisVersion() versionOf {
	v := versionOf{"(unknown)", "", runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH,
		kernels.Active().String()}
	info, known := debug.ReadBuildInfo()
	if !known {
		return v
	}
	v.Version = cmp.Or(info.Main.Version, v.Version)
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Revision = s.Value
		}
	}
	return v
}

func (a *app) version() *cobra.Command {
	var json bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Prints the version of this program, of Go, the system, and the tier of kernels that runs.",
		Example: "ashlar version\nashlar version --json",
		Args:    cobra.NoArgs,
		RunE: a.runs(func(*cobra.Command, []string) error {
			v := thisVersion()
			if json {
				return a.JSON(v)
			}
			a.Printf("ashlar %s  %s  %s  %s\n", v.Version, v.Go, v.System, v.Tier)
			return nil
		}),
	}
	jsonFlag(c.Flags(), &json)
	return c
}
