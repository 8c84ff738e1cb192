package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ashlar-go/ashlar/tools/avo/algo"
)

// activationSwitches writes the switches from a kind of activation to its kernels. They name
// the kernels instead of looking them up in a table of functions: a call through such a table
// makes its arguments escape.
func activationSwitches() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%spackage kernels\n", header)
	activationSwitch(&b, "activateCall computes y = f(x) in one call.",
		"y, x", "", func(a algo.Activation) string { return a.Value })
	activationSwitch(&b, "activateGradCall computes y = f(x) and d = f'(x) in one call.",
		"y, d, x", "", func(a algo.Activation) string { return a.Grad })
	activationSwitch(&b, "activateBackwardCall computes dx = dy*f'(x) in one call.", "dx, dy, memo",
		"if !act.FromOutput() {\ndispatchStoredBackward(t, dx, dy, memo)\nreturn\n}\n",
		func(a algo.Activation) string { return a.Backward })
	for _, a := range algo.Activations {
		for _, k := range a.GenericByFormula() {
			genericByFormula(&b, a.Name, kernel{k})
		}
	}
	return b.Bytes()
}

// activationSwitch writes a function that starts with first and calls what call says for each
// activation: a kernel, or copy with the first two vectors.
func activationSwitch(b *bytes.Buffer, doc, vectors, first string, call func(algo.Activation) string) {
	name, _, _ := strings.Cut(doc, " ")
	fmt.Fprintf(b, "\n// %s\nfunc %s[T Float](t Tier, act Activation, %s []T) {\n", doc, name, vectors)
	fmt.Fprintf(b, "%sswitch act.kind() {\n", first)
	for _, a := range algo.Activations {
		switch kernel, arguments, _ := strings.Cut(strings.TrimSuffix(call(a), ")"), "("); kernel {
		case "":
		case "copy":
			to := strings.Split(vectors, ", ")
			fmt.Fprintf(b, "case kind%s:\ncopy(%s, %s)\n", a.Name, to[0], to[1])
		default:
			if arguments != "" {
				arguments = ", " + arguments
			}
			fmt.Fprintf(b, "case kind%s:\ndispatch%s(t, %s%s)\n", a.Name, kernel, vectors, arguments)
		}
	}
	fmt.Fprint(b, "}\n}\n")
}

// genericByFormula writes the generic tier of a kernel of an activation.
func genericByFormula(b *bytes.Buffer, activation string, k kernel) {
	loop := map[string]string{activation: "activateGeneric", activation + "Grad": "activateGradGeneric",
		activation + "Backward": "activateBackwardGeneric"}[k.Name]
	fmt.Fprintf(b, "\nfunc %s[T Float](%s) {\n%s(Act%s, %s)\n}\n",
		k.generic(), k.Params, loop, activation, strings.Join(k.args(), ", "))
}
