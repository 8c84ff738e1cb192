package fuzzing

import (
	"path/filepath"

	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// LedgerFile is the ledger, below the root.
const LedgerFile = "tools/trust/ledger/fuzzing.jsonl"

// Run is what the ledger says of a run of a target.
type Run struct {
	Executions  int
	Seconds     float64
	Interesting int // inputs that reached new code
}

// Progress is how far a target has come.
type Progress struct {
	Target
	Hash       string // of the sources now
	Executions int    // on these sources
}

// Share is the part of the executions that it must come to.
func (p *Progress) Share() float64 { return float64(p.Executions) / float64(p.Least()) }

// All returns how far all targets have come by the lines of the ledger. Lines of other sources do
// not count.
func All(root string, lines []ledger.Line[Run]) (list []Progress, err error) {
	for _, t := range Targets() {
		p := Progress{Target: t}
		if p.Hash, err = t.Sources(root); err != nil {
			return nil, err
		}
		for _, l := range lines {
			if l.Key == t.Key() && l.Sources == p.Hash {
				p.Executions += l.Found.Executions
			}
		}
		list = append(list, p)
	}
	return list, nil
}

// Read is All of the ledger of the repository.
func Read(root string) ([]Progress, error) {
	lines, err := ledger.Read[Run](filepath.Join(root, filepath.FromSlash(LedgerFile)))
	if err != nil {
		return nil, err
	}
	return All(root, lines)
}
