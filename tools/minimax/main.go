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
	"sync"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("minimax: ")
	dir := flag.String("o", "", "write the files to this `directory` instead of standard output")
	flag.Parse()
	for i, src := range generateAll() {
		var err error
		if *dir == "" {
			_, err = os.Stdout.Write(src)
		} else {
			err = os.WriteFile(filepath.Join(*dir, files[i].name), src, 0o644)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}

// generateAll returns the source of each file. They take long, and none needs another: it computes
// them at the same time.
func generateAll() [][]byte {
	all := make([][]byte, len(files))
	var running sync.WaitGroup
	for i := range files {
		running.Go(func() {
			src, err := files[i].generate()
			if err != nil {
				log.Fatal(err)
			}
			all[i] = src
		})
	}
	running.Wait()
	return all
}
