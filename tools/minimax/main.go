// Minimax derives the polynomial coefficients of the vector functions and
// prints them as the Go source of package internal/minimax.
//
//	go run ./tools/minimax [-o directory]
//
// Every polynomial is described by a spec and found by the Remez exchange
// algorithm in math/big; its output is the same, byte for byte, on every
// machine. A new function is a new spec in specs.go.
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("minimax: ")
	dir := flag.String("o", "", "write the files to this `directory` instead of standard output")
	flag.Parse()
	for _, f := range files {
		src, err := f.generate()
		if err != nil {
			log.Fatal(err)
		}
		if *dir == "" {
			_, err = os.Stdout.Write(src)
		} else {
			err = os.WriteFile(filepath.Join(*dir, f.name), src, 0o644)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}
