package main

import (
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
)

func TestRegression(t *testing.T) {
	training, test, err := run()
	if err != nil || !(training.R2 > 0.5 && training.R2 < 0.56) || !(test.R2 > 0.3) {
		t.Errorf("%+v, %+v, %v", training, test, err)
	}
}

func TestCommand(t *testing.T) {
	command := consoletest.Build(t)
	consoletest.TestUsage(t, command, []string{"-bogus", "-bogus"}, []string{"extra", `"extra"`})
	r := consoletest.Run(t, nil, command)
	for _, want := range []string{"training       354 ", "test            88 "} {
		if r.Code != 0 || r.Stderr != "" || !strings.Contains(r.Stdout, want) {
			t.Errorf("exit code %d, want %q in\n%s%s", r.Code, want, r.Stdout, r.Stderr)
		}
	}
}
