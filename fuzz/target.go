package fuzz

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/kernels"
)

// The fuzzer's bytes describe one call, in this order: the kernel and dtype (4 bytes), the case, the
// turn, the sizes (2 bytes each), the encoding of the values, the values. Random numbers follow when
// the bytes run out.

// target runs the kernels of a family on the fuzzer's bytes. [CheckInput] takes all tiers and
// layouts for each input, which costs milliseconds; target takes one or two, which it draws from the
// bytes, and small operands. So it makes a hundred times as many executions, and demands the same of
// them in the long run. It reuses its memory.
type target struct {
	kinds []kind
	check checker
	draw  draw
	known map[known]*spec.Ref
}

// known is a call whose results depend on nothing else, for it has no input.
type known struct {
	kind uint32
	n, c int
}

// newTarget returns the target of the rows of a family, in groups of one kernel and dtype.
func newTarget(family string, groups [][]spec.Row) *target {
	return &target{kinds: kindsOf(family, groups), check: checker{lab: getLab()},
		known: map[known]*spec.Ref{}}
}

// kind is a kernel in one dtype. Its key depends on these two alone, so a corpus keeps its
// meaning when the table grows.
type kind struct {
	key  uint32
	rows []spec.Row
	one  bool // a function of one argument
	none bool // of none: it has no input
}

// kindsOf returns the kinds of a family, by their keys.
func kindsOf(family string, groups [][]spec.Row) (kinds []kind) {
	for _, rows := range groups {
		if rows[0].Family == family {
			h := fnv.New32a()
			h.Write([]byte(groupName(&rows[0])))
			k := kind{key: h.Sum32(), rows: rows, one: OfOneArgument(&rows[0]), none: true}
			for _, p := range rows[0].Params {
				k.none = k.none && p.Role == spec.Out && !p.Index
			}
			kinds = append(kinds, k)
		}
	}
	slices.SortFunc(kinds, func(a, b kind) int { return cmp.Compare(a.key, b.key) })
	return kinds
}

// pick returns the first kind whose key is at least the given one, or the first kind if there is
// none.
func pick(kinds []kind, key uint32) *kind {
	i := sort.Search(len(kinds), func(i int) bool { return kinds[i].key >= key })
	return &kinds[i%len(kinds)]
}

// once makes one execution: a call on one tier in one layout, which the oracle judges. Of four
// executions one compares the bits with those of another layout, and one with those of another tier.
// Every other one has its operands taken for larger than the caches, and as many have small blocks; in
// another layout the blocks are those of this machine.
func (t *target) once(data []byte) *Failure {
	b := &t.draw
	b.begin(data)
	k := pick(t.kinds, uint32(b.take(4)))
	s, turn := b.sizes(&k.rows[0], true)
	in := b.input(k, s)
	if in == nil {
		return nil
	}
	forced.Memory.Store(b.chance(2) == 1)
	defer forced.Memory.Store(false)
	forced.Caches.Store([...]int64{0, 0, smallCaches / 64, smallCaches}[b.chance(4)])
	defer forced.Caches.Store(0)
	c := &t.check
	c.rows, c.turn = c.rows[:0], turn
	row := &k.rows[turn%len(k.rows)]
	c.rows = append(c.rows, row)
	lays := c.layouts(false)
	lay := lays[turn/len(k.rows)%len(lays)]
	out, f := c.run(row, row.Run, in, lay)
	if f == nil {
		f = judge(row, t.reference(k, in), in, out, lay)
	}
	if f != nil {
		return f
	}
	switch b.chance(4) {
	case 0:
		forced.Caches.Store(0)
		return t.again(row, in, out, lays[b.chance(len(lays))])
	case 1:
		return t.across(k, row, in, out, lay)
	}
	return nil
}

// whole runs the input of an execution through all tiers and layouts, in sizes that are not cut.
func (t *target) whole(tb testing.TB, data []byte) {
	b := &t.draw
	b.begin(data)
	k := pick(t.kinds, uint32(b.take(4)))
	s, turn := b.sizes(&k.rows[0], false)
	if in := b.input(k, s); in != nil {
		CheckInput(tb, turn, in, k.rows...)
	}
}

// again demands the same bits in another layout, or in the same one once more.
func (t *target) again(row *spec.Row, in *Input, first *outcome, lay layout) *Failure {
	out, f := t.check.run(row, row.Run, in, lay)
	if f != nil {
		return f
	}
	if what := t.check.compare(row, first, out); what != "" {
		return &Failure{Row: row, Input: in, Layout: lay, What: "not the bits of the first call: " + what}
	}
	return nil
}

// across demands the same bits of another assembly tier, if the row promises them.
func (t *target) across(k *kind, row *spec.Row, in *Input, first *outcome, lay layout) *Failure {
	if !row.Bitwise || row.Tier == kernels.Generic {
		return nil
	}
	for i := range k.rows {
		other := &k.rows[i]
		if other.Tier == row.Tier || other.Tier == kernels.Generic {
			continue
		}
		out, f := t.check.run(other, other.Run, in, lay)
		if f != nil {
			return f
		}
		if what := t.check.across(other, first, out); what != "" {
			what = "differs from tier " + row.Tier.String() + ": " + what
			return &Failure{Row: other, Input: in, Layout: lay, What: what}
		}
	}
	return nil
}

// reference runs the oracle; for a function of one argument on the different arguments only.
func (t *target) reference(k *kind, in *Input) *spec.Ref {
	row := &k.rows[0]
	switch {
	case k.none:
		return t.remember(k, in)
	case !k.one:
		return reference(row, in)
	}
	distinct := *in
	distinct.N = len(t.draw.distinct)
	distinct.Values = t.draw.values[:0]
	for range row.Params {
		distinct.Values = append(distinct.Values, t.draw.distinct)
	}
	t.draw.values = distinct.Values
	ref := reference(row, &distinct)
	for p := range ref.Operands {
		o := &ref.Operands[p]
		if row.Params[p].Role == spec.In {
			continue
		}
		want, scale := make([]dd.Num, in.N), make([]float64, in.N)
		for i, d := range t.draw.which {
			want[i], scale[i] = o.Want[d], o.Scale[d]
		}
		o.Want, o.Scale, o.Cols = want, scale, in.N
	}
	return ref
}

// remember keeps what the oracle says of calls without an input.
func (t *target) remember(k *kind, in *Input) *spec.Ref {
	call := known{k.key, in.N, in.Case}
	ref := t.known[call]
	if ref == nil {
		ref = reference(&k.rows[0], in)
		if in.N < 1<<10 {
			t.known[call] = ref
		}
	}
	return ref
}

// draw takes numbers off the front of the fuzzer's bytes.
type draw struct {
	data  []byte
	state rand.PCG
	rand  *rand.Rand
	more  uint64 // random bits for chance

	small bool // the bytes are small integers, with which many sums are exact
	in    Input

	distinct []float64   // the arguments of a function of one number
	which    []uint8     // the one that each element has
	values   [][]float64 // for the oracle
}

func newDraw(data []byte) *draw {
	b := &draw{}
	b.begin(data)
	return b
}

func (b *draw) begin(data []byte) {
	h := fnv.New64a()
	h.Write(data[:min(len(data), 512)])
	if b.rand == nil {
		b.rand = rand.New(&b.state)
	}
	b.data = data
	b.state.Seed(h.Sum64(), uint64(len(data)))
	b.more = b.rand.Uint64()
}

func (b *draw) take(n int) uint64 {
	var word [8]byte
	b.data = b.data[copy(word[:n], b.data):]
	return binary.LittleEndian.Uint64(word[:])
}

func (b *draw) below(n int) int { return int(b.take(1)) % n }

// chance returns a number below n that changes with every byte of the input.
func (b *draw) chance(n int) int {
	i := int(b.more % uint64(n))
	b.more /= uint64(n)
	return i
}

// work is how many elements one execution takes in families whose oracles are slow; the products
// count multiplications. Others take workOfOthers. One execution of 512 takes 64 times as many, and
// a few have several blocks.
var work = map[string]int{"norm": 96, "update": 72, "clip": 128, "prelu": 256, "softmax": 72, "loss": 128}

const workOfOthers = 512

// smallCaches is a size in bytes of every level of the caches with which small products have several
// blocks.
const smallCaches = 64 << 10

// sizes takes the case, the turn and the sizes. Cheap ones are cut until they take no more than the
// work of an execution.
func (b *draw) sizes(row *spec.Row, cheap bool) (s spec.Sizes, turn int) {
	s.Case = b.below(len(row.Cases))
	turn = b.below(256)
	limit := map[string]int{"N": 1 << 16, "MN": 600, "MNK": 300}[row.Dims]
	s.M, s.N, s.K = b.size(limit), b.size(limit), b.size(limit)
	most := cmp.Or(work[row.Family], workOfOthers)
	if b.chance(512) == 0 {
		most *= 64
	}
	rare := b.chance(1 << 14)
	if !cheap {
		most, rare = math.MaxInt, 1<<14
	}
	switch row.Dims {
	case "N":
		s.M, s.N, s.K = 0, min(s.N, most), 0
	case "MN":
		for s.K = 0; s.M*s.N > most; {
			cut(&s.M, &s.N)
		}
		if rare == 0 {
			s.M, s.N = beyond[s.Case%2].M, beyond[s.Case%2].N
		}
	case "MNK":
		for s.M*s.N*(s.K+4) > most {
			cut(&s.M, &s.N, &s.K)
		}
		if rare < 4 {
			s.M, s.N, s.K = 66, 200, 12 // so many rows that B is packed, in several small blocks
		}
	}
	return s, turn
}

// cut makes the largest smaller.
func cut(sizes ...*int) {
	largest := slices.MaxFunc(sizes, func(a, b *int) int { return cmp.Compare(*a, *b) })
	*largest = *largest * 3 / 4
}

// size takes a size. Half are below 10, most of the others at most four vectors of the widest tier
// and an element.
func (b *draw) size(limit int) int {
	v := int(b.take(2))
	switch high, low := v>>8, v&0xFF; {
	case high < 0x80:
		return low % 10
	case high < 0xF0:
		return low % 66
	case high < 0xFE:
		return v % min(301, limit+1)
	}
	return v * 131 % (limit + 1)
}

// recurs is how many random numbers of an operand are drawn; they recur. To draw all would cost more
// than a kernel.
const recurs = 16

// input fills the operands with the fuzzer's bytes, as small integers or as bit patterns moved
// into the operand's domain, then with random numbers. It returns nil where the sizes do not fit.
func (b *draw) input(k *kind, s spec.Sizes) *Input {
	row, in := &k.rows[0], &b.in
	b.small = b.below(2) == 1
	in.Sizes, in.Wild = s, true
	if len(in.Values) < len(row.Params) {
		in.Values = append(in.Values, make([][]float64, len(row.Params)-len(in.Values))...)
		in.Ints = append(in.Ints, make([][]int, len(row.Params)-len(in.Ints))...)
	}
	for i := range row.Params {
		p := &row.Params[i]
		rows, cols := p.Shape(s)
		n := rows * cols
		in.Values[i], in.Ints[i] = in.Values[i][:0], in.Ints[i][:0]
		switch {
		case p.Index && s.N == 0 && s.M > 0:
			return nil
		case p.Role == spec.Out:
		case p.Index:
			for range n {
				in.Ints[i] = append(in.Ints[i], b.rand.IntN(s.N))
			}
		case k.one:
			b.arguments(row, p, n)
			for _, d := range b.which {
				in.Values[i] = append(in.Values[i], b.distinct[d])
			}
		default:
			in.Values[i] = b.fill(in.Values[i], row, p, row.TypeOf(i, s), n)
		}
	}
	return in
}

// arguments takes the arguments of a function of one number: a few, which recur.
func (b *draw) arguments(row *spec.Row, p *spec.Param, n int) {
	b.distinct, b.which = b.distinct[:0], b.which[:0]
	for d := 0; d < min(n, recurs/2) || d < min(n, 2*recurs) && len(b.data) > 0; d++ {
		b.distinct = append(b.distinct, b.next(row, p, row.DType))
	}
	b.plant(b.distinct, p, row.DType)
	var bits uint64
	for j := range n {
		if j%16 == 0 {
			bits = b.rand.Uint64()
		}
		if j < len(b.distinct) {
			b.which = append(b.which, uint8(j))
			continue
		}
		b.which = append(b.which, uint8(bits%16%uint64(len(b.distinct))))
		bits >>= 4
	}
}

// fill takes the elements of an operand: of the bytes as many as there are, then random numbers,
// which recur.
func (b *draw) fill(v []float64, row *spec.Row, p *spec.Param, d spec.DType, n int) []float64 {
	for len(v) < n && len(b.data) > 0 {
		v = append(v, b.next(row, p, d))
	}
	from := len(v)
	for len(v) < min(n, from+recurs) {
		v = append(v, b.next(row, p, d))
	}
	b.plant(v[from:], p, d)
	var bits uint64
	for j := 0; len(v) < n; j++ {
		if j%16 == 0 {
			bits = b.rand.Uint64()
		}
		v = append(v, v[from+int(bits%recurs)])
		bits >>= 4
	}
	return v
}

// plant puts a special value into one place of half of all operands; into moderate ones none that is
// subnormal, as the bytes have none for them: where one meets an infinity the order decides.
func (b *draw) plant(v []float64, p *spec.Param, d spec.DType) {
	if len(v) == 0 || len(b.data) > 0 || b.chance(2) == 0 {
		return
	}
	values := specials(p, d)
	x := values[b.rand.IntN(len(values))]
	if (p.Domain == spec.Moderate || p.Domain == spec.Positive) && x != 0 && math.Abs(x) < 1 {
		return
	}
	v[b.rand.IntN(len(v))] = d.Nearest(x)
}

// next returns the next number for an operand of type d.
func (b *draw) next(row *spec.Row, p *spec.Param, d spec.DType) (v float64) {
	switch {
	case len(b.data) == 0:
		v = ordinary(row, p, b.rand)
	case b.small:
		v = tame(p, float64(int8(b.take(1))))
	default:
		v = tame(p, number(d, b.take(d.Size())))
	}
	return d.Nearest(v)
}
