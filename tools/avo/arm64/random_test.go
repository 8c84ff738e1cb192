package arm64

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// author writes random code: blocks of instructions of all kinds that the passes tell apart, with
// jumps among them. The end reads all vectors.
type author struct {
	*code
	random         *rand.Rand
	pool           []uint64
	floats, masks  []int // variables
	ints           []int
	blocks, length int
}

// newAuthor has up to so many variables for floats.
func newAuthor(seed uint64, most int) *author {
	a := &author{code: newCode(), random: rand.New(rand.NewPCG(seed, 1))}
	for range 1 + a.random.IntN(most) {
		a.floats = append(a.floats, a.newVariable(true))
	}
	for range a.random.IntN(3) {
		a.floats = append(a.floats, a.register(true, a.random.IntN(32)))
	}
	for range 1 + a.random.IntN(4) {
		a.masks = append(a.masks, a.newVariable(true))
	}
	for range 3 + a.random.IntN(8) {
		a.ints = append(a.ints, a.newVariable(false))
	}
	a.blocks, a.length = 1+a.random.IntN(6), 1+a.random.IntN(12)
	return a
}

// one picks a variable.
func (a *author) one(list []int) int { return list[a.random.IntN(len(list))] }

func (a *author) float() int   { return a.one(a.floats) }
func (a *author) mask() int    { return a.one(a.masks) }
func (a *author) integer() int { return a.one(a.ints) }

// write emits a function. Every variable has a value before anything reads one.
func (a *author) write() {
	address := a.ints[0]
	a.emit(poolAt, 0, "", address)
	for _, v := range a.ints[1:] {
		a.emit(constInt, int64(v<<12), "", v)
	}
	for _, v := range a.floats {
		a.constant(v, address)
	}
	for _, v := range a.masks {
		a.emit(fcmgt[0], 0, "", v, a.float(), a.float())
	}
	for b := range a.blocks {
		a.emit(labels, 0, blockName(b))
		for range a.length {
			a.instruction(address)
		}
		a.jump()
	}
	for _, v := range slices.Concat(a.floats, a.masks) {
		a.emit(quad.store, 16, "", v, address)
	}
	a.emit(ret, 0, "")
}

func blockName(b int) string { return fmt.Sprint("block", b) }

// constant loads a number into a variable.
func (a *author) constant(v, address int) {
	if a.random.IntN(4) == 0 {
		a.emit(zero, 0, "", v)
		return
	}
	x := []float64{0, math.Copysign(0, -1), 1, -2, math.NaN(), math.Inf(1)}[a.random.IntN(6)]
	bits := math.Float64bits(x)
	switch half := uint64(math.Float32bits(float32(x))); a.random.IntN(6) {
	case 0:
		bits = 1<<63 - 1 // magnitudes
	case 1:
		bits = 1<<63 - 1 - 1<<31
	case 2, 3:
		bits = half<<32 | half
	}
	a.list = append(a.list, instruction{opcode: loadConstant, registers: []int{v, address},
		i: int64(8 * len(a.pool)), bits: bits, varied: a.random.IntN(4) == 0})
	a.pool = append(a.pool, bits, bits)
}

// instruction emits any one but a jump.
func (a *author) instruction(address int) {
	size := a.random.IntN(2)
	changing := a.ints[1:]
	pointer := a.ints[1] // the only one, so that nothing else leads to the same memory
	choices := []func(){
		func() { a.constant(a.float(), address) },
		func() { a.emit(mov, 0, "", a.float(), a.float()) },
		func() { a.emit(mov, 0, "", a.mask(), a.mask()) },
		func() { a.emit(fadd[size], 0, "", a.float(), a.float(), a.float()) },
		func() { a.emit(fmla[size], 0, "", a.float(), a.float(), a.float()) },
		func() { a.emit(fcmgt[size], 0, "", a.mask(), a.float(), a.float()) },
		func() { a.emit(fcmge[size], 0, "", a.mask(), a.float(), a.float()) },
		func() { a.emit(fcmeq[size], 0, "", a.mask(), a.float(), a.float()) },
		func() { a.emit(invert, 0, "", a.mask(), a.mask()) },
		func() { a.emit(and, 0, "", a.mask(), a.mask(), a.mask()) },
		func() { a.emit(and, 0, "", a.float(), a.float(), a.float()) },
		func() { a.emit(selects, 0, "", a.float(), a.mask(), a.float(), a.float()) },
		func() { a.emit(selects, 0, "", a.mask(), a.mask(), a.mask(), a.mask()) },
		func() { a.emit(minimum[size], 0, "", a.float(), a.float(), a.float()) },
		func() { a.emit(maximum[size], 0, "", a.float(), a.float(), a.float()) },
		func() { a.emit(quad.load, int64(8*a.random.IntN(9)), "", a.float(), pointer) },
		func() { a.emit(quad.load, int64(16*a.random.IntN(5)), "", a.float(), pointer) },
		func() { a.emit(quad.store, int64(16*a.random.IntN(5)), "", a.float(), pointer) },
		func() { a.emit(quad.store, int64(1008+16*a.random.IntN(2)), "", a.float(), pointer) },
		func() { a.emit(streamStore, int64(16*a.random.IntN(5)), "", a.float(), pointer) },
		func() { a.emit(double.store, int64(8*a.random.IntN(9)), "", a.float(), pointer) },
		func() { a.emit(movInt, 0, "", a.one(changing), a.integer()) },
		func() { a.emit(addInt, 0, "", a.one(changing), a.integer(), a.integer()) },
		func() {
			a.emit(compare, 0, "", a.integer(), a.integer())
			a.emit(minSelect, 0, "", a.one(changing), a.integer(), a.integer())
		},
		func() { a.emit(comments, 0, "why") },
		func() { a.emit(align, 0, "") },
	}
	choices[a.random.IntN(len(choices))]()
}

// jump ends a block.
func (a *author) jump() {
	to := blockName(a.random.IntN(a.blocks))
	switch a.random.IntN(6) {
	case 0:
		a.emit(always, 0, to)
	case 1:
		a.emit(ret, 0, "")
	case 2:
		a.emit(compareConst, 3, "", a.integer())
		a.emit(conditions[a.random.IntN(len(conditions))], 0, to)
	case 3:
		a.emit(ifZero, 0, to, a.integer())
	case 4:
		v := a.one(a.ints[1:])
		a.emit(subFlagsC, 16, "", v, v)
		a.emit(conditions[0], 0, to)
	}
}

// finish runs the passes.
func (a *author) finish() error {
	m := machine{4, &state{code: a.code, pool: none}}
	return m.finish()
}

// TestRandom: random code does the same with registers, and each of its reads finds its variable.
// Code with more variables than registers may have too few of them, which is an error; other code
// has enough.
func TestRandom(t *testing.T) {
	short := map[bool]int{}
	const programs = 1600
	for seed := range uint64(programs) {
		most := 14
		crowded := seed%8 == 0
		if crowded {
			most = 40
		}
		switch err := randomCode(newAuthor(seed, most)); {
		case errors.Is(err, errRegisters):
			short[crowded]++
		case err != nil:
			t.Fatalf("program %d: %v", seed, err)
		}
	}
	if short[false] > 0 || short[true] == 0 || short[true] > programs/16 {
		t.Errorf("registers are short for %d of %d programs, and of %d crowded ones for %d",
			short[false], programs*7/8, programs/8, short[true])
	}
}

// randomCode follows webs and runs the code with registers.
func randomCode(a *author) error {
	a.write()
	before := &code{list: slices.Clone(a.list), variables: slices.Clone(a.variables)}
	split := &code{list: slices.Clone(a.list), variables: slices.Clone(a.variables)}
	if err := followWebs(split); err != nil {
		return fmt.Errorf("webs: %w", err)
	}
	if err := a.finish(); err != nil {
		return err
	}
	for run := range uint64(4) {
		if err := sameRuns(before, &code{list: a.list}, a.pool, run, 500); err != nil {
			return fmt.Errorf("run %d: %w", run, err)
		}
	}
	return nil
}
