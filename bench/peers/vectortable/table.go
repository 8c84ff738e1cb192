//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
)

var lengths = []int{1 << 10, 1 << 14, 1 << 18, 1 << 24}

var shapes = [][2]int{{128, 10}, {128, 512}, {128, 1000}, {1024, 1024}}

// table measures all rows of a dtype on the active tier.
func (c *config) table(d kernels.DType, libs []*library, torch *torchTimes) {
	fmt.Printf("\n%v: ns per element (bytes per ns, share of the streaming rate); peers in ns per element\n", d)
	for _, row := range kernels.Table() {
		if row.Tier != kernels.Active() || row.DType != d {
			continue
		}
		for k := range row.Cases {
			title := c.title(&row, k)
			if title == "" {
				continue
			}
			switch row.Dims {
			case "N":
				fmt.Printf("%-28s", title)
				for _, n := range lengths {
					fmt.Printf("  %8d:%s", n, c.cell(&row, kernels.Sizes{M: 1, N: n, Case: k}, libs, torch))
				}
			case "MN":
				fmt.Printf("%-28s", title)
				for _, s := range shapes {
					fmt.Printf("  %9s:%s", fmt.Sprintf("%dx%d", s[0], s[1]), c.cell(&row, kernels.Sizes{M: s[0], N: s[1], Case: k}, libs, nil))
				}
			default:
				continue
			}
			fmt.Println()
		}
	}
}

// title names a case of a kernel, or is "" for one that is not asked for or takes the same
// instructions as the first.
func (c *config) title(row *kernels.Row, k int) string {
	title := row.Kernel
	switch {
	case strings.HasPrefix(row.Kernel, "Activate"):
		title += " " + row.Cases[k]
	case row.Kernel == "Gemv" && k < 2:
		title += " " + row.Cases[k][:1]
	case k > 0:
		return ""
	}
	if !c.match.MatchString(title) {
		return ""
	}
	return title
}

// cell measures one row at one size beside the streams and the libraries.
func (c *config) cell(row *kernels.Row, s kernels.Sizes, libs []*library, torch *torchTimes) string {
	call, bytes, m := newCall(row, s)
	elements := max(1, s.M) * s.N
	list := []func(int){func(count int) {
		for range count {
			row.Run(call)
		}
	}}
	names := []string{""}
	var owned []unsafe.Pointer
	get := func(n int) unsafe.Pointer { owned = append(owned, memory(n)); return owned[len(owned)-1] }
	streams := 0
	if m.possible() && bytes >= 64 {
		pointers := m.pointers(get, bytes)
		for _, pastCaches := range []bool{false, true} {
			list = append(list, stream(row.Tier, m.reads, m.writes, pastCaches, pointers, bytes&^63))
		}
		names = append(names, "", "")
		streams = 2
	}
	for _, l := range libs {
		size := row.DType.Size()
		y, x := get(elements*size), get(elements*size)
		fillC(x, row, elements)
		if f := l.function(row.Kernel, size, row.Tier, y, x, elements); f != nil {
			list, names = append(list, f), append(names, l.name)
		}
	}
	ns := c.times(list)
	for _, p := range owned {
		release(p)
	}
	traffic := float64(bytes * (m.reads + m.writes))
	out := fmt.Sprintf("%7.3f (%5.1f", ns[0]/float64(elements), traffic/ns[0])
	if streams > 0 {
		out += fmt.Sprintf(", %3.0f %%", 100*min(ns[1], ns[2])/ns[0])
	}
	out += ")"
	for i := 1 + streams; i < len(list); i++ {
		out += fmt.Sprintf(" %s %.3f", names[i], ns[i]/float64(elements))
	}
	if torch != nil && row.DType == kernels.F32 {
		if t := torch.time(torchName(row, s.Case), elements); t > 0 {
			out += fmt.Sprintf(" PyTorch %.3f", t)
		}
	}
	return out
}

// torchName is PyTorch's name of a kernel.
func torchName(row *kernels.Row, c int) string {
	name, _, _ := strings.Cut(row.Cases[c], "(")
	switch row.Kernel {
	case "Activate":
		return name
	case "Dropout":
		return "dropout"
	}
	return strings.ToLower(row.Kernel)
}

// times returns the median time of each function over rounds in which they run in turn.
func (c *config) times(list []func(count int)) []float64 {
	counts, all := make([]int, len(list)), make([][]float64, len(list))
	for i, f := range list {
		f(1)
		for counts[i] = 1; ; counts[i] *= 2 {
			start := time.Now()
			f(counts[i])
			if time.Since(start) > time.Millisecond {
				break
			}
		}
	}
	for range c.rounds {
		for i, f := range list {
			f(1)
			start := time.Now()
			f(counts[i])
			all[i] = append(all[i], float64(time.Since(start).Nanoseconds())/float64(counts[i]))
		}
	}
	out := make([]float64, len(list))
	for i, t := range all {
		slices.Sort(t)
		out[i] = t[len(t)/2]
	}
	return out
}

// mix is how many streams a kernel reads and writes, and how many of them it updates.
type mix struct{ reads, writes, both int }

// possible reports whether there is a loop for the mix.
func (m mix) possible() bool { return m.reads >= 1 && m.reads <= 5 && m.writes <= 4 }

// pointers are the places of the streams: those that are read, then those written.
func (m mix) pointers(get func(bytes int) unsafe.Pointer, bytes int) *[16]unsafe.Pointer {
	p := (*[16]unsafe.Pointer)(get(16 * 8))
	for i := range max(m.reads+m.writes, m.reads+1) {
		if k := i - m.reads; k >= 0 && k < m.both {
			p[i] = p[k]
		} else {
			p[i] = get(bytes)
		}
	}
	return p
}

// newCall makes operands with values that the kernel takes, and counts the streams of full
// size, of so many bytes each.
func newCall(row *kernels.Row, s kernels.Sizes) (call *kernels.Call, bytes int, m mix) {
	r := rand.New(rand.NewPCG(5, 6))
	call = &kernels.Call{Sizes: s}
	bytes = max(1, s.M) * s.N * row.DType.Size()
	for _, p := range row.Params {
		rows, cols := p.Shape(s)
		n := rows * cols
		o := kernels.Operand{Ld: max(1, cols)}
		switch {
		case p.Index:
			o.Int = make([]int, n)
			for i := range o.Int {
				o.Int[i] = r.IntN(s.N)
			}
		case row.DType == kernels.F32:
			o.F32 = make([]float32, n)
			for i := range o.F32 {
				o.F32[i] = float32(draw(r, row, p.Domain))
			}
		default:
			o.F64 = make([]float64, n)
			for i := range o.F64 {
				o.F64[i] = draw(r, row, p.Domain)
			}
		}
		if !p.Index && n == max(1, s.M)*s.N {
			if p.Role != kernels.Out {
				m.reads++
			}
			if p.Role != kernels.In {
				m.writes++
			}
			if p.Role == kernels.InOut {
				m.both++
			}
		}
		call.Operands = append(call.Operands, o)
	}
	return call, bytes, m
}

// draw is a number of ordinary size that the kernel takes.
func draw(r *rand.Rand, row *kernels.Row, d kernels.Domain) float64 {
	if d == kernels.Positive || d == kernels.Unit || slices.Contains([]string{"Log", "Log1p", "Sqrt", "Rsqrt"}, row.Kernel) {
		return 0.01 + 0.98*r.Float64()
	}
	return 8*r.Float64() - 4
}

// fillC writes the numbers of newCall to memory that C owns.
func fillC(p unsafe.Pointer, row *kernels.Row, n int) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range n {
		v := draw(r, row, kernels.Any)
		if row.DType == kernels.F32 {
			unsafe.Slice((*float32)(p), n)[i] = float32(v)
		} else {
			unsafe.Slice((*float64)(p), n)[i] = v
		}
	}
}
