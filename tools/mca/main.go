// Command mca models the speed of the arm64 kernels for people without the hardware:
//
//	go run ./tools/mca [-llvm version] [-run regexp] [libsleef.so ...]
//
// It links every NEON kernel into a program for linux/arm64, disassembles it, finds the main loop
// of each kernel and lets llvm-mca run that loop on models of several cores. It prints tables in
// Markdown: the share of the multiply-add peak that the loops of Gemm reach, the cycles and
// instructions an element of the others, and the instructions of exp, tanh, sigmoid and log beside
// those of SLEEF. The counts of SLEEF stand in sleef.go; the script sleef fetches the libraries
// from which they come, and this program counts again in those it is given.
//
// The exit code is 1 if a loop of Gemm falls below the share of its core (cores.go), if one of the
// four functions takes more than 1.2 times SLEEF's instructions (sleef.go), or if a count in
// sleef.go is wrong. What exceptions.go lists with a reason is reported, but does not count.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"regexp"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("mca: ")
	version := flag.String("llvm", "19", "version of LLVM: the tools are called llvm-mca-19 and "+
		"llvm-objdump-19, or have no suffix if it is empty")
	run := flag.String("run", ".", "only kernels that match, as \"GemmStrip|TanhF32\"")
	flag.Parse()
	match, err := regexp.Compile(*run)
	if err != nil {
		log.Print(err)
		os.Exit(2)
	}
	missed, err := analyse(match, flag.Args(), *version)
	if err != nil {
		log.Fatal(err)
	}
	if missed > 0 {
		log.Fatalf("%d figures are not reached", missed)
	}
}

// analyse prints the tables and returns how many figures are missed without an exception.
func analyse(match *regexp.Regexp, libraries []string, version string) (missed int, err error) {
	l, err := findLLVM(version)
	if err != nil {
		return 0, err
	}
	kernels, err := linkedKernels(match, l)
	if err != nil {
		return 0, err
	}
	timings, err := timeAll(l, kernels)
	if err != nil {
		return 0, err
	}
	r := &report{out: os.Stdout, kernels: kernels, timings: timings}
	fmt.Fprintln(r.out, "Modelled, not measured:", l.title)
	r.products()
	r.elementwise()
	r.besideSLEEF()
	for _, library := range libraries {
		if err := r.recount(l, library); err != nil {
			return 0, err
		}
	}
	r.verdict()
	return r.missed, nil
}
