package spec

import (
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

// TestEveryActivation: each kind of activation has a case in the table. Numbers that are no kind
// have no name.
func TestEveryActivation(t *testing.T) {
	for kind := kernels.Activation(0); !strings.HasPrefix(kind.String(), "Activation("); kind++ {
		has := func(a activationCase) bool { return kindOf(a.act) == kind }
		if !slices.ContainsFunc(activationCases, has) {
			t.Errorf("no case for %v", kind)
		}
	}
}
