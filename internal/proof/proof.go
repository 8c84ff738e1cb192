// Package proof lets tests say in figures what they proved. Program tools/trust collects the
// figures of one run and prints them. Without it a figure goes to the test's log.
package proof

import (
	"encoding/json"
	"os"
	"testing"
)

// Variable is the environment variable with the name of the file that collects figures.
const Variable = "ASHLAR_PROOF"

// Figure is a line of that file: n of something, for a point of the table. Figures of one point
// and name add up.
type Figure struct {
	Point string  // the short name of a point, such as "bounds"
	Name  string  // what was counted, in plain words: "calls between guard pages"
	N     float64 // how many
}

// Count says that a test counted n of what name says, for a point. It may be called from several
// tests and goroutines.
func Count(t testing.TB, point, name string, n int) {
	t.Helper()
	if os.Getenv(Variable) == "" {
		t.Logf("%s: %d %s", point, n, name)
	} else if err := Add(point, name, n); err != nil {
		t.Fatal(err)
	}
}

// Add is Count for a program that is no test. Where nothing collects figures it does nothing.
func Add(point, name string, n int) error {
	path := os.Getenv(Variable)
	if path == "" {
		return nil
	}
	text, err := json.Marshal(Figure{point, name, float64(n)})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n')) // one write of a short line: lines of several processes stay whole
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
