package fuzz

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// repeats is how often TestRepeats makes each call on each number of processors. The variable
// ASHLAR_REPEATS sets another number.
const repeats = 3

// TestRepeats: a call that threads share has the same bits each time, with 1 to 8 processors for Go and while
// other goroutines take time and memory.
func TestRepeats(t *testing.T) {
	n := repeats
	if text := os.Getenv("ASHLAR_REPEATS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			t.Fatalf("ASHLAR_REPEATS=%q, want a number above 0", text)
		}
	} else if testing.Short() {
		n = 1
	}
	calls := repeatedCalls()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	defer underLoad()()
	for procs := 1; procs <= 8; procs++ {
		runtime.GOMAXPROCS(procs)
		for _, c := range calls {
			for i := range c.times(n) {
				if wrong := c.again(); wrong != "" {
					t.Errorf("%v, call %d with %d processors: %s", c.row, i, procs, wrong)
					break
				}
			}
		}
	}
	total, kernels := 0, map[string]bool{}
	for _, c := range calls {
		total += 8 * c.times(n)
		kernels[groupName(c.row)] = true
	}
	proof.Count(t, "concurrency", "calls repeated with 1 to 8 processors under load, same bits", total)
	proof.Count(t, "concurrency", "kernels and dtypes among them", len(kernels))
}

// TestSharedSizes: threads share the calls that TestRepeats repeats. Made in quick succession, each has the
// pool start a goroutine.
func TestSharedSizes(t *testing.T) {
	if raceEnabled || testing.Short() {
		return // which change nothing of the sizes
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	kernels.SetThreads(0)
	time.Sleep(10 * time.Millisecond) // what earlier tests started ends
	alone, shared := runtime.NumGoroutine(), 0
	for _, rows := range groups() {
		row := &rows[len(rows)-1]
		for _, s := range sharedCalls(row) {
			in := recurring(row, s, rand.New(rand.NewPCG(15, 16)))
			if in == nil {
				continue
			}
			if shared++; !helped(row, heapCall(row, in), alone) {
				t.Errorf("%v: m=%d n=%d k=%d case %q: one thread computes it",
					row, s.M, s.N, s.K, row.Cases[s.Case])
			}
		}
	}
	proof.Count(t, "concurrency", "calls for which the pool starts a goroutine", shared)
}

// helped makes a call until there are more than so many goroutines, which takes the pool 16 of them.
func helped(row *spec.Row, c *spec.Call, alone int) bool {
	end := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > alone { // the helpers of the call before end
		if runtime.Gosched(); time.Now().After(end) {
			return false
		}
	}
	for runtime.NumGoroutine() <= alone {
		if row.Run(c); time.Now().After(end) {
			return false
		}
	}
	return true
}

// times returns how often a call is made of n: threads run the same code for both dtypes.
func (c *repeatedCall) times(n int) int {
	if c.row.DType == spec.F64 {
		return (n + 9) / 10
	}
	return n
}

// underLoad keeps the processors and the memory busy until its result is called.
func underLoad() (stop func()) {
	done := make(chan bool)
	var wg sync.WaitGroup
	wg.Go(func() { // time, and work for the garbage collector
		var kept [64][]byte
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			kept[i%len(kept)] = make([]byte, 1<<14)
			if i%4096 == 0 {
				runtime.GC()
				time.Sleep(time.Millisecond)
			}
		}
	})
	wg.Go(func() { // the threads of the pool
		a, b, c := make([]float32, 1<<16), make([]float32, 1<<16), make([]float32, 1<<16)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			kernels.Gemm(false, false, 96, 96, 96, 1, a, 96, b, 96, 0, c, 96)
			if i%8 == 0 {
				time.Sleep(100 * time.Microsecond)
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// repeatedCall is a call of a kernel with what was in its operands before and after it.
type repeatedCall struct {
	row           *spec.Row
	call          *spec.Call
	before, after [][]byte
	result        float64
}

// sharedSize returns about the least size of a call that threads share.
func sharedSize(row *spec.Row) spec.Sizes {
	if s, ok := sharedSizes[row.Kernel]; ok {
		return s
	}
	switch row.Dims {
	case "N":
		return spec.Sizes{N: 3*longVector + 77}
	case "MNK":
		return spec.Sizes{M: 121, N: 131, K: 150}
	default:
		return spec.Sizes{M: 530, N: 270}
	}
}

// sharedSizes are those of the kernels that share only larger calls than most.
var sharedSizes = map[string]spec.Sizes{
	"GatherRows":          {M: 60000, N: 1070},
	"GemmBlocks":          {M: 363, N: 270, K: 150},
	"GemmBlocksBFloat16":  {M: 363, N: 270, K: 150},
	"GemmBlocksPrecision": {M: 363, N: 270, K: 150},
	"GemvTriangle":        {M: 1060, N: 1060},
	"Gemv":                {M: 1060, N: 405},
	"Ger":                 {M: 1060, N: 270},
	"SumSquares":          {N: 12*longVector + 77},
}

// sharedCalls returns the sizes and cases of the calls that are repeated: about the least that threads share,
// and a product of more columns. A product of a matrix and a vector has another path for each transpose.
func sharedCalls(row *spec.Row) []spec.Sizes {
	s := sharedSize(row)
	switch {
	case row.Dims == "MNK":
		return []spec.Sizes{s, {M: 64, N: 530, K: 40}}
	case row.Kernel == "Gemv":
		t := s
		s.Case, t.Case = caseOf(row, "N alpha=1 beta=0"), caseOf(row, "T alpha=1 beta=0")
		return []spec.Sizes{s, t}
	}
	return []spec.Sizes{s}
}

// repeatedCalls makes the shared calls of each kernel in each dtype.
func repeatedCalls() (calls []*repeatedCall) {
	for _, rows := range groups() {
		row := &rows[len(rows)-1] // the fastest tier: the stretches are the same on all
		for _, s := range sharedCalls(row) {
			if c := newRepeatedCall(row, recurring(row, s, rand.New(rand.NewPCG(15, 16)))); c != nil {
				calls = append(calls, c)
			}
		}
	}
	return calls
}

// newRepeatedCall makes a call for the first time. It returns nil if there is no input.
func newRepeatedCall(row *spec.Row, in *Input) *repeatedCall {
	if in == nil {
		return nil
	}
	c := &repeatedCall{row: row, call: heapCall(row, in)}
	for i := range c.call.Operands {
		c.before = append(c.before, bytes.Clone(c.bytes(i)))
	}
	row.Run(c.call)
	for i := range c.call.Operands {
		c.after = append(c.after, bytes.Clone(c.bytes(i)))
	}
	c.result = c.call.Result
	return c
}

// bytes returns the memory of operand i.
func (c *repeatedCall) bytes(i int) []byte {
	switch o := &c.call.Operands[i]; {
	case c.row.Params[i].Index:
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(o.Int))), len(o.Int)*int(unsafe.Sizeof(o.Int[0])))
	case c.row.TypeOf(i, c.call.Sizes) == spec.BF16:
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(o.BF16))), 2*len(o.BF16))
	case c.row.DType == spec.F32:
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(o.F32))), 4*len(o.F32))
	default:
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(o.F64))), 8*len(o.F64))
	}
}

// again makes the call again and returns what is other than the first time, "" if nothing is.
func (c *repeatedCall) again() string {
	for i := range c.before {
		if c.row.Params[i].Role != spec.In {
			copy(c.bytes(i), c.before[i])
		}
	}
	c.row.Run(c.call)
	if math.Float64bits(c.call.Result) != math.Float64bits(c.result) {
		return fmt.Sprintf("the result %v was %v", c.call.Result, c.result)
	}
	for i := range c.after {
		if !bytes.Equal(c.bytes(i), c.after[i]) {
			return "operand " + c.row.Params[i].Name + " has other bits than the first time"
		}
	}
	return ""
}
