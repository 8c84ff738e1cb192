package fuzzing

import (
	"testing"

	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// TestAll: lines of one target and the present sources add up, others do not count.
func TestAll(t *testing.T) {
	root := root(t)
	target := Targets()[0]
	hash, err := target.Sources(root)
	if err != nil {
		t.Fatal(err)
	}
	line := func(key, sources string, n int) ledger.Line[Run] {
		return ledger.Line[Run]{Key: key, Sources: sources, Found: Run{Executions: n}}
	}
	list, err := All(root, []ledger.Line[Run]{line(target.Key(), hash, 3), line(target.Key(), "other", 5),
		line("another", hash, 7), line(target.Key(), hash, FamilyLeast/2)})
	if err != nil {
		t.Fatal(err)
	}
	if p := list[0]; p.Executions != FamilyLeast/2+3 || p.Share() < 0.5 || p.Share() > 0.51 {
		t.Errorf("%s has %d executions, share %v", p.Name, p.Executions, p.Share())
	}
	for _, p := range list[1:] {
		if p.Executions != 0 {
			t.Errorf("%s has %d executions", p.Name, p.Executions)
		}
	}
	if _, err := Read(root); err != nil {
		t.Error(err)
	}
}
