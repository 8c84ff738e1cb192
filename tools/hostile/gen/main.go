// Command gen writes the table of the public API, zapi_test.go.
package main

import (
	"fmt"
	"os"

	"github.com/ashlar-go/ashlar/tools/hostile/internal/source"
)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func generate() error {
	api, err := source.Read(".")
	if err != nil {
		return err
	}
	text, err := api.Write()
	if err != nil {
		return err
	}
	return os.WriteFile("zapi_test.go", text, 0o644)
}
