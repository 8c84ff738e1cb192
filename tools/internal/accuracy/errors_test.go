package accuracy

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

var (
	count = flag.Int("numbers", 0, "TestErrors takes about so many numbers of each function on each tier")
	only  = flag.String("only", ".", "TestErrors searches the groups that match, such as \"^Exp/f32\"")
)

// TestErrors searches near the largest errors that the ledger knows, near the boundaries and in
// places all over the range, on every tier. No error may exceed the tolerance, nor what the ledger
// found of all float32 of the same sources.
func TestErrors(t *testing.T) {
	n := *count
	switch {
	case n > 0:
	case testing.Short():
		n = 1 << 13
	default:
		n = 1 << 15
	}
	list := groups(t, whole, *only)
	lines, err := ledger.Read[Found](filepath.Join(root, filepath.FromSlash(Ledger)))
	if err != nil {
		t.Fatal(err)
	}
	known := PeaksOf(lines)
	kernels.SetThreads(1)
	judged, compared := 0, 0
	for i, r := range Results(list, lines) {
		g := &list[i]
		got := g.Brief(known, n, uint64(i))
		for o, p := range got.Peaks {
			if g.Row.DType != spec.F32 || !r.Complete() {
				continue
			}
			if most := float64(r.Peaks[o].Error); float64(p.Error) > most*(1+0x1p-10)+0x1p-12 {
				t.Errorf("%s %s: error %.5f at %v; the ledger says at most %.5f", g.Name,
					g.Row.Params[o].Name, float64(p.Error), float64(p.At), most)
			}
		}
		if g.Twin != nil {
			compared += int(got.Numbers)
		} else {
			judged += int(got.Numbers)
		}
		for _, p := range got.Peaks {
			t.Logf("%s: %.4f at %v", g.Name, float64(p.Error), float64(p.At))
		}
		for _, wrong := range got.Wrong() {
			t.Error(wrong)
		}
	}
	proof.Count(t, "exact", "results judged by the oracle or its screen", judged)
	proof.Count(t, "exact", "results compared between assembly tiers", compared)
}
