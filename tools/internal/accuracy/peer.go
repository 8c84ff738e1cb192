package accuracy

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os/exec"
	"strings"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// PeerProgram is where the program of bench/peers/coremath stands after it is built, below the root
// of the repository.
const PeerProgram = "bench/peers/coremath/target/release/coremath"

// The functions of CORE-MATH, which program coremath lists.
var peerFunctions = []string{"Exp", "Expm1", "Log", "Log1p", "Tanh", "Erf", "Rsqrt"}

// Peers returns a group for each function of CORE-MATH, a library whose float32 results are proved to
// be correctly rounded. A group holds the oracle to it, at all 2^32 numbers: the oracle's value,
// rounded to float32, must be the peer's, to the bit. The search takes the peer for a kernel whose
// every result has to be the nearest float32. Where the polynomial of a stretch, which goes through
// the oracle's values, lies closer to the peer's result than half a unit less the slack, that result
// is what the oracle's value rounds to. Elsewhere the oracle is asked: for two numbers in a thousand.
//
// A group is bound to the oracle's sources and to the version of the peer. program is the peer, from
// root.
func Peers(root, program string) ([]Group, error) {
	hash, err := ledger.Hash(root, "internal/dd/arith.go", "internal/dd/dd.go", "internal/dd/func.go",
		"bench/peers/coremath/Cargo.lock", "bench/peers/coremath/src/main.rs")
	if err != nil {
		return nil, err
	}
	var groups []Group
	for _, name := range peerFunctions {
		for _, row := range spec.Table() {
			if row.Kernel != name || row.DType != spec.F32 || row.Tier != kernels.Generic {
				continue
			}
			row.Tol = spec.Tol{Kind: spec.Exact}
			row.Points = nil
			g := Group{Name: "oracle=core-math/" + name + "/f32", Row: row, peer: program, Sources: hash,
				size: whole}
			g.cut()
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// judgedByPeer searches a shard of float32 with the peer's results in place of a kernel's.
func (g *Group) judgedByPeer(ctx context.Context, first uint64) (Found, error) {
	count := g.size.numbers32 / uint64(g.size.shards32)
	cmd := exec.CommandContext(ctx, g.peer, g.Row.Kernel, fmt.Sprint(first), fmt.Sprint(first+count))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return Found{}, err
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		return Found{}, fmt.Errorf("%w (make accuracy-coremath builds it)", err)
	}
	f, err := g.compareWithPeer(ctx, first, count, out)
	if err == nil { // nothing may be left
		var more int64
		if more, err = io.Copy(io.Discard, out); err == nil && more > 0 {
			err = fmt.Errorf("%s wrote %d bytes too many", g.peer, more)
		}
	}
	if err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return Found{}, err
	}
	if err := cmd.Wait(); err != nil {
		return Found{}, fmt.Errorf("%s: %w: %s", g.peer, err, stderr.String())
	}
	return f, nil
}

// compareWithPeer reads the peer's results at count numbers and compares the oracle with them.
func (g *Group) compareWithPeer(ctx context.Context, first, count uint64, results io.Reader) (Found, error) {
	const part = 1 << 22
	r := bufio.NewReaderSize(results, 1<<18)
	var broken error
	row := g.Row
	row.Run = func(c *spec.Call) {
		var b [4]byte
		for j := range c.Operands[0].F32 {
			if _, err := io.ReadFull(r, b[:]); err != nil {
				broken = fmt.Errorf("the results of %s: %w", g.Name, err)
				return
			}
			c.Operands[0].F32[j] = math.Float32frombits(binary.LittleEndian.Uint32(b[:]))
		}
	}
	s := fuzz.NewSweep(row, g.Case)
	for b := uint64(0); b < count; b += part {
		s.Bits(first+b, first+min(b+part, count))
		if broken != nil {
			return Found{}, broken
		}
		if err := ctx.Err(); err != nil {
			return Found{}, err
		}
	}
	w := s.Worst()[0]
	return Found{Numbers: s.Count, Peaks: []Peak{{Number(w.Error), Number(w.At)}}}, nil
}

// CrossChecked returns the functions whose oracle agrees with the peer on all float32, and those
// still to do. It fails on the first number at which they differ.
func CrossChecked(results []Result) (done, missing []string, err error) {
	for i := range results {
		r := &results[i]
		for _, p := range r.Peaks {
			if p.Error != 0 {
				return nil, nil, fmt.Errorf("%s: they differ at %v", r.Name, float64(p.At))
			}
		}
		if r.Complete() {
			done = append(done, r.Row.Kernel)
		} else {
			missing = append(missing, r.Row.Kernel)
		}
	}
	return done, missing, nil
}
