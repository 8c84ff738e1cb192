package algo_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// TestQuadsInterpreted: the micro-kernels on integers of 8 bits give, interpreted with vectors of 128, 256
// and 512 bits, the sums of a naive loop, and touch nothing else.
func TestQuadsInterpreted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, kernel := range []string{"GemmStripInt8", "GemmStripInt8VNNI", "GemmStripInt8AVXVNNI"} {
		for _, opt := range []options{{bytes: 16, registers: 32}, {bytes: 32, registers: 16},
			{bytes: 64, registers: 32}} {
			lanes := opt.bytes / 4
			for m := 1; m <= 17; m += 1 + random.IntN(3) {
				for n := 1; n <= 2*lanes; n += 1 + random.IntN(3) {
					quadStrip(t, random, kernel, opt, m, n, 1+random.IntN(5))
				}
			}
		}
	}
}

func quadStrip(t *testing.T, random *rand.Rand, kernel string, opt options, m, n, k int) {
	t.Helper()
	lanes := opt.bytes / 4
	rsA, rsB, ldc := k+random.IntN(2), (n+lanes-1)/lanes*lanes, n+random.IntN(2)
	s := asm.GemmStrip[float32]{RsA: rsA, CsA: 1, RsB: rsB, Ldc: ldc, M: m, N: n, K: k}
	c := newCPU()
	at := c.place(int(unsafe.Sizeof(s)))
	copy(c.mem[at:], unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s)))
	var place [3]int64
	for i, words := range []int{(m-1)*rsA + k, k * rsB, (m-1)*ldc + n} {
		place[i] = c.place(4 * words)
		for b := range c.mem[place[i]:][:4*words] {
			c.mem[int(place[i])+b] = byte(random.IntN(255) - 127)
		}
		binary.LittleEndian.PutUint64(c.mem[at+int64(8*i):], uint64(place[i]))
	}
	c.args = map[string]argument{"s": {at: at}}
	before := append([]byte(nil), c.mem...)
	if err := interpretGemm(c, kernel, 4, opt); err != nil {
		t.Fatalf("%s, %+v, %dx%dx%d: %v", kernel, opt, m, n, k, err)
	}
	for i := range m {
		for j := range min(ldc, ldc*(m-i)-(ldc-n)) {
			word := int(place[2]) + 4*(i*ldc+j)
			want := int32(binary.LittleEndian.Uint32(before[word:]))
			if j < n {
				want = 0
				for p := range 4 * k {
					x, w := before[int(place[0])+4*i*rsA+p], before[int(place[1])+4*(p/4*rsB+j)+p%4]
					want += int32(x) * int32(int8(w))
				}
			}
			if got := int32(binary.LittleEndian.Uint32(c.mem[word:])); got != want {
				t.Fatalf("%s, %+v, %dx%dx%d: sum %d,%d is %d, want %d", kernel, opt, m, n, k, i, j, got, want)
			}
		}
	}
}
