package arm64

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"
)

// run interprets a code, with variables or with registers, as far as the passes have to know what
// instructions do: it computes addresses, copies, selections, comparisons, limits and constants, keeps
// memory, and takes for the result of every other instruction a hash of what it reads. Jumps go by
// hashes too. A vector is one word of 64 bits, with one or two lanes.
type run struct {
	seed    uint64
	inPlace bool // all slices begin at one place
	values  map[location]uint64
	pool    []uint64          // read-only data
	memory  map[uint64]uint64 // by units of 4 bytes
	effects uint64            // a digest of memory and of what has been prefetched
	flags   uint64
	jumps   uint64
	trace   []event
	done    bool
}

// event is a jump or the end, and what could be seen by then.
type event struct {
	what          string
	hash, effects uint64
}

func newRun(seed uint64, pool []uint64) *run {
	return &run{seed: seed, inPlace: seed%2 == 1, pool: pool, values: map[location]uint64{},
		memory: map[uint64]uint64{}}
}

// Where the read-only data and the frame are.
const (
	poolAddress  = 0x11 << 40
	frameAddress = 0x22 << 40
)

// hash mixes numbers.
func hash(numbers ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, n := range numbers {
		h = (h ^ n) * 0xbf58476d1ce4e5b9
		h ^= h >> 29
	}
	return h
}

func hashText(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// goTo interprets up to so many instructions.
func (r *run) goTo(c *code, steps int) {
	labels := map[string]int{}
	for at := range c.list {
		if c.list[at].kind == label {
			labels[c.list[at].s] = at
		}
	}
	for at := 0; steps > 0 && !r.done; steps-- {
		n := &c.list[at]
		at++
		switch n.kind {
		case label, comment:
		case jump:
			at = labels[n.s]
		case leave:
			r.trace, r.done = append(r.trace, event{n.text, 0, r.effects}), true
		case branch:
			if r.takes(c, n) {
				at = labels[n.s]
			}
		default:
			r.execute(c, n)
		}
	}
}

// place is where an operand is: in a variable, numbered above the registers, or in a register.
func (n *instruction) place(c *code, at int) location {
	l := n.location(at)
	if c.variables != nil {
		if l.number += 32; c.variables[l.number-32].fixed != virtual {
			l.number = c.variables[l.number-32].fixed
		}
	}
	return l
}

// operands are the values of an instruction's registers, with 0 for those that it only writes.
func (r *run) operands(c *code, n *instruction) []uint64 {
	values := make([]uint64, len(n.registers))
	for i := range values {
		if n.roles[i] != 'w' {
			values[i] = r.values[n.place(c, i)]
		}
	}
	return values
}

// identity is a hash of an instruction without its registers and where it jumps.
func (n *instruction) identity() uint64 {
	text := fmt.Sprint(n.text, n.gnu, n.i)
	if _, jumps := n.target(); !jumps {
		text += n.s
	}
	return hashText(text)
}

// takes decides whether a jump is taken, each time anew.
func (r *run) takes(c *code, n *instruction) bool {
	v := append(r.operands(c, n), n.identity(), r.seed, r.jumps)
	if len(n.registers) == 0 {
		v = append(v, r.flags)
	}
	h := hash(v...)
	r.jumps++
	r.trace = append(r.trace, event{n.text, h, r.effects})
	return h&1 != 0
}

// execute interprets an instruction that does not jump.
func (r *run) execute(c *code, n *instruction) {
	v := r.operands(c, n)
	all := hash(append(v, n.identity())...)
	name, _, _ := strings.Cut(n.text, " ")
	switch {
	case n.opcode == align:
		return
	case name == "CMP" || name == "ADDS" || name == "SUBS":
		r.flags = all
	case n.opcode == minSelect || n.opcode == maxSelect:
		r.values[n.place(c, 0)] = v[1+hash(n.identity(), r.flags)&1]
		return
	case n.stores():
		for i, moved := range n.moved() {
			r.store(n, v, i, v[moved])
		}
		return
	case n.kind == plain: // a prefetch
		r.effects += all
	case n.loads() || n.opcode == loadConstant:
		for i, moved := range n.moved() {
			r.values[n.place(c, moved)] = r.load(n, v, i)
		}
		return
	}
	if len(n.roles) > 0 && n.roles[0] != 'r' {
		r.values[n.place(c, 0)] = r.result(n, v, all)
	}
}

// moved are the registers whose contents a load or a store moves.
func (n *instruction) moved() []int {
	if n.opcode == loadPair || n.opcode == storePair || n.opcode == streamPair {
		return []int{0, 2}
	}
	return []int{0}
}

// units are the memory that a load or a store touches for number i of the registers that it moves.
func (n *instruction) units(v []uint64, i int) (list []uint64) {
	at, bytes := uint64(n.i), uint64(n.width())
	switch n.opcode {
	case load1, store1:
		at, bytes = v[1], 4
	case loadR[0], loadR[1]:
		at, bytes = v[1], n.size()
	case loadIndexed[0], loadIndexed[1]:
		at, bytes = v[1]+v[2], n.size()
	case loadScaled[0], loadScaled[1]:
		at, bytes = v[1]+v[2]*n.size(), n.size()
	case loadConstant, loadPair, storePair, streamStore, streamPair:
		at, bytes = v[1]+at+uint64(vectorBytes*i), vectorBytes
	default:
		base := uint64(frameAddress)
		if !strings.Contains(n.text, "RSP") {
			base = v[1]
		}
		at += base
	}
	for unit := at / 4; unit < (at+bytes+3)/4; unit++ {
		list = append(list, unit)
	}
	return list
}

// size is the bytes of an element that an instruction loads.
func (n *instruction) size() uint64 {
	for _, p := range []pair{loadR, loadIndexed, loadScaled} {
		if n.opcode == p[1] {
			return 8
		}
	}
	return 4
}

// store keeps memory, and its digest as a sum over all of it, whatever the order.
func (r *run) store(n *instruction, v []uint64, i int, value uint64) {
	for k, unit := range n.units(v, i) {
		r.effects -= hash(unit, r.memory[unit])
		r.memory[unit] = hash(value, uint64(k))
		r.effects += hash(unit, r.memory[unit])
	}
}

// load is a hash of memory, or the first word of a constant.
func (r *run) load(n *instruction, v []uint64, i int) uint64 {
	units := n.units(v, i)
	if at := units[0] - poolAddress/4; at%2 == 0 && at/2 < uint64(len(r.pool)) {
		return r.pool[at/2]
	}
	var all []uint64
	for _, unit := range units {
		all = append(all, unit, r.memory[unit])
	}
	if n.opcode == load1 {
		all = append(all, v[0], uint64(n.i))
	}
	return float(hash(all...), n.vectorAt(0))
}

// result is what an instruction writes: computed if the passes make use of its meaning, or if it is
// an address, else a hash.
func (r *run) result(n *instruction, v []uint64, all uint64) uint64 {
	for _, known := range []func([]uint64) (uint64, bool){n.integers, n.bits64, n.arithmetic} {
		if x, ok := known(v); ok {
			return x
		}
	}
	switch {
	case n.opcode != param:
		return float(all, n.vectorAt(0))
	case strings.Contains(n.s, "_base+") && r.inPlace:
		return 0x33 << 40
	case strings.Contains(n.s, "_base+"):
		return hashText(n.s) << 40
	case strings.HasPrefix(n.s, "ld"): // the same for all, where all are in one place
		return hashText("ld")
	}
	return hashText(n.s)
}

// integers is the result of an instruction on integers.
func (n *instruction) integers(v []uint64) (uint64, bool) {
	i := uint64(n.i)
	switch n.opcode {
	case movInt:
		return v[1], true
	case constInt:
		return i, true
	case poolAt:
		return poolAddress + i, true
	case frameAt:
		return frameAddress + i, true
	case addInt, addFlags:
		return v[1] + v[2], true
	case addConst, addFlagsC:
		return v[1] + i, true
	case addShift:
		return v[1] + v[2]<<i, true
	case subInt, subFlags:
		return v[1] - v[2], true
	case subConst, subFlagsC:
		return v[1] - i, true
	case subShift:
		return v[1] - v[2]<<i, true
	case mulInt:
		return v[1] * v[2], true
	case shlConst:
		return v[1] << i, true
	}
	return 0, false
}

// float makes special numbers of some hashes for a vector, and quiet NaNs of the others that would
// be signalling ones.
func float(h uint64, vector bool) uint64 {
	if !vector {
		return h
	}
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, float32(math.NaN()), float32(math.Inf(1))}
	if h%3 == 0 {
		low, high := special[h/3%6], special[h/18%6]
		return uint64(math.Float32bits(high))<<32 | uint64(math.Float32bits(low))
	}
	return quiet(1, quiet(0, h))
}

const (
	quiet32 = 1<<22 | 1<<54
	quiet64 = 1 << 51
)

// quiet sets the quiet bits of NaNs of lanes of 32 or 64 bits.
func quiet(size int, v uint64) uint64 {
	return lanewise(size, v, 0, func(a, _ float64, x, _ uint64) uint64 {
		if a != a {
			return x | map[int]uint64{0: quiet32, 1: quiet64}[size]
		}
		return x
	})
}

// lanewise applies f to the lanes of two vectors, as numbers and as bits.
func lanewise(size int, x, y uint64, f func(a, b float64, x, y uint64) uint64) uint64 {
	if size == 1 {
		return f(math.Float64frombits(x), math.Float64frombits(y), x, y)
	}
	var r uint64
	for shift := 0; shift < 64; shift += 32 {
		u, v := uint32(x>>shift), uint32(y>>shift)
		a, b := float64(math.Float32frombits(u)), float64(math.Float32frombits(v))
		r |= f(a, b, uint64(u), uint64(v)) & math.MaxUint32 << shift
	}
	return r
}

// ones is a lane of a mask.
func ones(set bool) uint64 {
	if set {
		return math.MaxUint64
	}
	return 0
}

// bits64 is the result of an instruction on bits.
func (n *instruction) bits64(v []uint64) (uint64, bool) {
	switch n.opcode {
	case mov:
		return v[1], true
	case zero:
		return 0, true
	case and:
		return v[1] & v[2], true
	case bic:
		return v[1] &^ v[2], true
	case invert:
		return ^v[1], true
	case bsl:
		return v[0]&v[1] | v[2]&^v[0], true
	case bit:
		return v[1]&v[2] | v[0]&^v[2], true
	case bif:
		return v[0]&v[2] | v[1]&^v[2], true
	case selects:
		return v[1]&v[2] | v[3]&^v[1], true
	}
	return 0, false
}

// comparisons are the instructions that compare numbers.
var comparisons = []struct {
	o     pair
	zero  bool // with 0
	holds func(a, b float64) bool
}{
	{fcmeq, false, func(a, b float64) bool { return a == b }},
	{fcmge, false, func(a, b float64) bool { return a >= b }},
	{fcmgt, false, func(a, b float64) bool { return a > b }},
	{fcmeq0, true, func(a, b float64) bool { return a == b }},
	{fcmge0, true, func(a, b float64) bool { return a >= b }},
	{fcmgt0, true, func(a, b float64) bool { return a > b }},
	{fcmle0, true, func(a, b float64) bool { return a <= b }},
	{fcmlt0, true, func(a, b float64) bool { return a < b }},
}

// limits are those that choose one of two numbers, the first one if that holds.
var limits = []struct {
	o     pair
	first func(a, b float64) bool
}{
	{minimum, func(a, b float64) bool { return a < b }},
	{maximum, func(a, b float64) bool { return a > b }},
	{fmin, func(a, b float64) bool { return a != a || a < b || a == b && math.Signbit(a) }},
	{fmax, func(a, b float64) bool { return a != a || a > b || a == b && !math.Signbit(a) }},
}

// arithmetic is the result of an instruction that looks at numbers. Of FMIN and FMAX, NaN is a
// result if one of the numbers is: quiet NaNs here.
func (n *instruction) arithmetic(v []uint64) (uint64, bool) {
	for size := range 2 {
		for _, c := range comparisons {
			if n.opcode == c.o[size] {
				second := uint64(0)
				if !c.zero {
					second = v[2]
				}
				return lanewise(size, v[1], second, func(a, b float64, _, _ uint64) uint64 {
					return ones(c.holds(a, b))
				}), true
			}
		}
		for _, l := range limits {
			if n.opcode == l.o[size] {
				return lanewise(size, v[1], v[2], func(a, b float64, x, y uint64) uint64 {
					return x&ones(l.first(a, b)) | y&^ones(l.first(a, b))
				}), true
			}
		}
		if n.opcode == fabs[size] {
			return v[1] &^ []uint64{1<<31 | 1<<63, 1 << 63}[size], true
		}
	}
	return 0, false
}

// sameRuns runs a code and what passes have made of it, and compares what can be seen. How many
// instructions run is bounded, for the code that has been passed less closely.
func sameRuns(before, after *code, pool []uint64, seed uint64, steps int) error {
	was, is := newRun(seed, pool), newRun(seed, pool)
	was.goTo(before, steps)
	is.goTo(after, 4*steps)
	seen := is.trace
	if !was.done && len(seen) > len(was.trace) {
		seen = seen[:len(was.trace)]
	}
	for at, e := range was.trace {
		if at >= len(seen) || e != seen[at] {
			return fmt.Errorf("event %d of %d is another: %v", at, len(was.trace), e)
		}
	}
	if len(was.trace) != len(seen) {
		return fmt.Errorf("%d events have become %d", len(was.trace), len(seen))
	}
	return nil
}

// TestRun: every function does with registers what it does as its body emits it.
func TestRun(t *testing.T) {
	for name, m := range begun {
		before := &code{list: slices.Clone(m.list), variables: slices.Clone(m.variables)}
		if m.pool != none {
			address := instruction{opcode: poolAt, registers: []int{m.pool}}
			before.list = slices.Insert(before.list, 0, address)
		}
		if err := m.finish(); err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(40) {
			if err := sameRuns(before, &code{list: m.list}, m.data.words, seed, 10000); err != nil {
				t.Errorf("%s, seed %d: %v", name, seed, err)
				break
			}
		}
	}
}
