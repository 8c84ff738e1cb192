package fuzz

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// bitsFile keeps the digests of TestSameBits: a line for each elementwise kernel, dtype and case.
const bitsFile = "testdata/bits.txt"

const bitsHead = `# What the elementwise kernels write, to the bit, on every assembly tier of every architecture.
# AVX2 wrote this file: go test ./fuzz -run TestSameBits -update
#
# A line has a kernel, its dtype, its case and the digests of its stretches (bits_operands_test.go),
# each of four characters: the first 24 bits of the SHA-256 of the results, in base64.
`

var (
	update = flag.Bool("update", false, "TestSameBits writes "+bitsFile+", with the results of AVX2")
	listed = flag.Int("stretch", -1, "TestSameBits with -v lists the operands and results of the stretch "+
		"with this number; name one kernel with -run")
)

// TestSameBits: an elementwise kernel writes the same bits on all assembly tiers, although no CPU
// has all of them. Each tier of this CPU runs every case on a fixed set of operands, and its
// results must have the digests in a file, which AVX2 wrote. NaN equals NaN; the zeros differ.
//
// With -short it takes the first stretches of operands. Where a digest differs, run that stretch on
// both machines with -stretch, and compare the lists. A change of a formula changes the file.
func TestSameBits(t *testing.T) {
	cases := bitwiseCases()
	if *update {
		writeBits(t, cases)
	}
	if len(cases[0].tiers) == 0 {
		t.Log("no assembly tier runs here: the lines of the file are checked, and no digest")
	}
	lines := readBits(t)
	for _, c := range cases {
		line, ok := lines[c.key()]
		if !ok {
			t.Errorf("%s has no line for %s: write it on AVX2, with -update", bitsFile, c.key())
			continue
		}
		delete(lines, c.key())
		t.Run(fmt.Sprintf("%s/%v/%s", c.Kernel, c.DType, c.Cases[c.index]), func(t *testing.T) {
			c.check(t, line)
		})
	}
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		t.Errorf("%s has a line for %s, which the table does not have: write it on AVX2, with -update",
			bitsFile, key)
	}
}

// bitwiseCase is a case of a kernel whose bits are the same on all assembly tiers.
type bitwiseCase struct {
	spec.Row            // of any tier
	index    int        // of the case
	tiers    []spec.Row // the assembly tiers that run here
}

func bitwiseCases() (cases []*bitwiseCase) {
	for _, rows := range groups() {
		row := rows[0]
		rows = slices.DeleteFunc(rows, func(r spec.Row) bool { return r.Tier == kernels.Generic })
		for i := range row.Cases {
			if row.Bitwise {
				cases = append(cases, &bitwiseCase{row, i, rows})
			}
		}
	}
	return cases
}

// key names the kernel, the dtype and the case, as a line of the file does.
func (b *bitwiseCase) key() string {
	return fmt.Sprintf("%s %v %q", b.Kernel, b.DType, b.Cases[b.index])
}

// check runs the stretches on each tier and compares their digests with those of a line.
func (b *bitwiseCase) check(t *testing.T, line string) {
	short := testing.Short() || raceEnabled
	all := stretches(&b.Row, b.index, short)
	if size := len(all) * digestSize; len(line) < size || len(line) > size && !short {
		t.Fatalf("%s has %d digests for %s, and there are %d stretches: write it on AVX2, with -update",
			bitsFile, len(line)/digestSize, b.key(), len(all))
	}
	for i := range b.tiers {
		row := &b.tiers[i]
		got := b.digests(t, row, all)
		var differ []int
		for s := range all {
			if at := s * digestSize; got[at:at+digestSize] != line[at:at+digestSize] {
				differ = append(differ, s)
			}
		}
		if len(differ) > 0 {
			t.Errorf("%v case %q: not the bits that AVX2 left in %s, in stretches %d of %d; the first is %s",
				row, row.Cases[b.index], bitsFile, differ, len(all), all[differ[0]].name)
		}
	}
}

// digestSize is the number of characters in the digest of a stretch.
const digestSize = 4

// digests runs the stretches on the tier of a row and returns their digests, one after the other.
func (b *bitwiseCase) digests(t *testing.T, row *spec.Row, all []stretch) string {
	var digests, results []byte
	for i, s := range all {
		call := heapCall(&b.Row, s.in)
		row.Run(call)
		results = results[:0]
		for p := range b.Params {
			if b.Params[p].Role != spec.In {
				b.elements(p, call, func(bits uint64) {
					results = binary.LittleEndian.AppendUint64(results, bits)
				})
			}
		}
		sum := sha256.Sum256(results)
		digests = base64.RawURLEncoding.AppendEncode(digests, sum[:digestSize*6/8])
		if i == *listed {
			b.list(t, row, s, call)
		}
	}
	return string(digests)
}

// elements yields the bits of operand p, with all NaN made one.
func (b *bitwiseCase) elements(p int, c *spec.Call, yield func(bits uint64)) {
	o := &c.Operands[p]
	rows, cols := b.Params[p].Shape(c.Sizes)
	for i := range rows {
		for j := i * o.Ld; j < i*o.Ld+cols; j++ {
			switch v := value(b.DType, o, j); {
			case b.Params[p].Index:
				yield(uint64(o.Int[j]))
			case v != v:
				yield(math.Float64bits(math.NaN()))
			case b.DType == spec.F32:
				yield(uint64(math.Float32bits(o.F32[j])))
			default:
				yield(math.Float64bits(v))
			}
		}
	}
}

// list logs the bits of all operands as they were before the call, and of the results.
func (b *bitwiseCase) list(t *testing.T, row *spec.Row, s stretch, after *spec.Call) {
	var text strings.Builder
	show := func(name string, p int, c *spec.Call) {
		i := 0
		b.elements(p, c, func(bits uint64) {
			fmt.Fprintf(&text, "%s[%d] %0*x\n", name, i, 2*b.DType.Size(), bits)
			i++
		})
	}
	before := heapCall(&b.Row, s.in)
	for i, p := range b.Params {
		if p.Role != spec.Out {
			show(p.Name, i, before)
		}
		if p.Role != spec.In {
			show("-> "+p.Name, i, after)
		}
	}
	t.Logf("%v case %q, %s:\n%s", row, row.Cases[b.index], s.name, text.String())
}

// readBits returns the digests in the file, by their keys.
func readBits(t *testing.T) map[string]string {
	text, err := os.ReadFile(bitsFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			end := max(0, strings.LastIndexByte(line, ' '))
			lines[line[:end]] = strings.TrimSpace(line[end:])
		}
	}
	return lines
}

// writeBits writes the file.
func writeBits(t *testing.T, cases []*bitwiseCase) {
	text := []byte(bitsHead)
	for _, c := range cases {
		i := slices.IndexFunc(c.tiers, func(r spec.Row) bool { return r.Tier == kernels.AVX2 })
		if i < 0 {
			t.Fatalf("%s comes from AVX2, which does not run here", bitsFile)
		}
		text = fmt.Appendln(text, c.key(), c.digests(t, &c.tiers[i], stretches(&c.Row, c.index, false)))
	}
	if err := os.WriteFile(bitsFile, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
