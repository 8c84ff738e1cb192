// Command ashlar trains multi-layer perceptrons on files, and uses, describes and converts them.
//
//	ashlar train flats.csv           # writes flats.safetensors, its history and its curves
//	ashlar predict flats.safetensors new.csv
//
// Run ashlar help for its commands, and ashlar help train for the flags of one.
package main

import (
	"context"
	"os"

	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/command"
)

func main() {
	os.Exit(command.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
