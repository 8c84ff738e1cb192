// Command gradients shows how gradients vanish and explode on their way down a deep
// network, and what each cure does about it, in figures and in one plot:
//
//   - the product of ten derivatives, 1.5^10 and 0.5^10
//   - where the norm of dL/da vanishes, the gradient of the loss with respect to the output
//     of each of 20 layers; cures: other activations, initial weights, batch normalisation
//     and skip connections
//   - where it explodes; cures: initial weights, batch normalisation, L2 regularisation
//   - the gradients of the weights before and after clipping
//   - dead units of a ReLU; cures: leaky ReLU and batch normalisation
//   - L2 regularisation and dropout against overfitting
//
// ../clipping compares methods of clipping.
//
//	go run ./gradients -out out
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/examples/internal/picture"
	"github.com/ashlar-go/ashlar/train/plot"
)

const help = `Shows gradients that vanish and explode in a deep network, and what cures do.`

func main() {
	f := flag.NewFlagSet("gradients", flag.ContinueOnError)
	out := f.String("out", "out", "the `folder` for the plot")
	err := console.Parse(f, help, os.Args[1:])
	if err == nil {
		err = run(*out)
	}
	console.Exit("gradients", err)
}

// run prints a section for each panel of the plot and draws the plot.
func run(out string) error {
	if err := console.MakeFolder(out); err != nil {
		return err
	}
	var panels []plot.Panel
	for i, section := range []func() (plot.Panel, error){products, vanishing, exploding, clipping, dying,
		overfitting} {
		p, err := section()
		if err != nil {
			return err
		}
		p.Title = fmt.Sprintf("%d. %s", i+1, p.Title)
		panels = append(panels, p)
		fmt.Println()
	}
	return picture.Lines(out, "gradients.png", "gradients in deep networks: diseases and cures", panels...)
}
