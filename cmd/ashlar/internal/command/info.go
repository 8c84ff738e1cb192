package command

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"github.com/ashlar-go/ashlar/kernels"
)

const infoHelp = `
Prints what the kernels find on this machine: the CPU, the tiers of instructions that they can run, the
paths of products of bfloat16 numbers and of integers of 8 bits and why better ones are not taken, the
sizes of the caches that they cut their work by, and the threads.

With three sizes M N K it says how the product of an M x K and a K x N matrix is computed: its path,
the register tile, the blocks and the threads.`

// machine is what the kernels find here.
type machine struct {
	CPU     string   `json:"cpu"`
	Cores   int      `json:"cores"`
	Tiers   []string `json:"tiers"`
	Tier    string   `json:"tier"`       // that runs
	Paths   []string `json:"bf16_paths"` // of products of bfloat16 numbers
	Path    string   `json:"bf16_path"`  // that is taken
	Why     string   `json:"bf16_why"`   // no better path is taken
	Bytes   []string `json:"int8_paths"` // of products of integers of 8 bits
	Byte    string   `json:"int8_path"`
	WhyByte string   `json:"int8_why"`
	Threads int      `json:"threads"`
	L1      int      `json:"l1_bytes"`
	L2      int      `json:"l2_bytes"`
	Last    int      `json:"last_level_bytes"`
	version versionOf
	limits  []string // that the environment sets
}

// product is how one matrix product is computed.
type product struct {
	DType   string `json:"dtype"`
	M       int    `json:"m"`
	N       int    `json:"n"`
	K       int    `json:"k"`
	TransA  bool   `json:"trans_a"`
	TransB  bool   `json:"trans_b"`
	Path    string `json:"path"`
	MR      int    `json:"tile_rows"`
	NR      int    `json:"tile_columns"`
	MC      int    `json:"block_rows"`
	NC      int    `json:"block_columns"`
	KC      int    `json:"block_terms"`
	Threads int    `json:"threads"`
}

func thisMachine() machine {
	m := machine{CPU: cpuid.CPU.BrandName, Cores: runtime.NumCPU(), Tier: kernels.Active().String(),
		Threads: kernels.Threads(), version: thisVersion()}
	if m.CPU == "" {
		m.CPU = runtime.GOARCH
	}
	m.L1, m.L2, m.Last = kernels.Caches()
	for _, t := range kernels.Tiers() {
		m.Tiers = append(m.Tiers, t.String())
	}
	for _, p := range kernels.BF16Paths() {
		m.Paths = append(m.Paths, p.String())
	}
	m.Path, m.Why = kernels.ActiveBF16().String(), kernels.ExplainBF16()
	for _, p := range kernels.Int8Paths() {
		m.Bytes = append(m.Bytes, p.String())
	}
	m.Byte, m.WhyByte = kernels.ActiveInt8().String(), kernels.ExplainInt8()
	m.limits = m.limitsOf(os.Getenv)
	return m
}

// limitsOf returns the limits that an environment sets, without those that package kernels ignores.
func (m *machine) limitsOf(get func(string) string) (list []string) {
	for _, limit := range []struct {
		name   string
		values []string // that are taken; nil for a number of threads
	}{{"ASHLAR_TIER", m.Tiers}, {"ASHLAR_BF16", m.Paths}, {"ASHLAR_INT8", m.Bytes},
		{"ASHLAR_THREADS", nil}} {
		v := get(limit.name)
		taken := slices.Contains(limit.values, v)
		if limit.values == nil {
			n, err := strconv.Atoi(v)
			taken = err == nil && n >= 1 && n <= 1<<16
		}
		if taken {
			list = append(list, limit.name+"="+v)
		}
	}
	return list
}

func (a *app) info() *cobra.Command {
	var json, f64, transA, transB bool
	c := &cobra.Command{
		Use:     "info [M N K]",
		Short:   "Show the CPU, tiers, caches, threads and how a product is computed",
		Long:    infoHelp,
		Example: "ashlar info\nashlar info 128 512 784\nashlar info 512 512 512 --float64 --trans-b --json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 3 {
				return fmt.Errorf("%d arguments, want none or the sizes M N K of a product", len(args))
			}
			return nil
		},
		RunE: a.runs(func(_ *cobra.Command, args []string) error {
			m := thisMachine()
			var p *product
			if len(args) == 3 {
				var err error
				if p, err = explained(args, transA, transB, f64); err != nil {
					return err
				}
			}
			if json {
				return a.JSON(struct {
					machine
					Product *product `json:"product,omitempty"`
				}{m, p})
			}
			a.writeMachine(m)
			if p != nil {
				a.writeProduct(p)
			}
			return nil
		}),
	}
	f := c.Flags()
	f.BoolVar(&f64, "float64", false, "the product is of float64, not float32")
	f.BoolVar(&transA, "trans-a", false, "the first matrix is stored transposed")
	f.BoolVar(&transB, "trans-b", false, "the second matrix is stored transposed")
	jsonFlag(f, &json)
	return c
}

// explained returns how the product of these sizes is computed.
func explained(sizes []string, transA, transB, f64 bool) (p *product, err error) {
	var n [3]int
	for i, text := range sizes {
		if n[i], err = strconv.Atoi(text); err != nil || n[i] < 0 {
			return nil, usagef("%c is %q, want a whole number of at least 0", "MNK"[i], text)
		}
	}
	defer func() {
		if r := recover(); r != nil {
			e, is := r.(*kernels.ShapeError)
			if !is {
				panic(r)
			}
			err = usageError{e}
		}
	}()
	explain, dtype := kernels.ExplainGemm[float32], "float32"
	if f64 {
		explain, dtype = kernels.ExplainGemm[float64], "float64"
	}
	g := explain(transA, transB, n[0], n[1], n[2])
	return &product{dtype, n[0], n[1], n[2], transA, transB, g.Path, g.MR, g.NR, g.MC, g.NC, g.KC,
		g.Threads}, nil
}

func (a *app) writeMachine(m machine) {
	tiers := strings.Join(m.Tiers, ", ") + "; " + m.Tier + " runs"
	pairs := []string{
		"program", "ashlar " + m.version.Version + ", " + m.version.Go + ", " + m.version.System,
		"CPU", m.CPU,
		"tiers", tiers,
		"bfloat16", strings.Join(m.Paths, ", ") + "; " + m.Path + " runs",
		"int8", strings.Join(m.Bytes, ", ") + "; " + m.Byte + " runs",
		"threads", fmt.Sprintf("%d of %d CPUs", m.Threads, m.Cores),
		"caches", fmt.Sprintf("L1 %s and L2 %s a core, last level %s", bytesText(int64(m.L1)),
			bytesText(int64(m.L2)), bytesText(int64(m.Last))),
	}
	if why := strings.Trim(m.Why+"; "+m.WhyByte, "; "); why != "" {
		pairs = append(pairs, "not taken", why)
	}
	if len(m.limits) > 0 {
		pairs = append(pairs, "limits", strings.Join(m.limits, " "))
	}
	a.Fields(pairs...)
}

// paths says what the paths of a product do.
var paths = map[string]string{
	"none":    "there is nothing to compute",
	"strips":  "one call of the micro-kernel for each strip of columns",
	"dots":    "one row or column of dot products",
	"direct":  "one thread reads both matrices where they are",
	"tiles":   "threads share tiles of C and read both matrices where they are",
	"loops":   "the five loops: B is packed, then threads share tiles of C",
	"swapped": "C^T = B^T * A^T is computed by tiles or loops, then transposed",
}

func (a *app) writeProduct(p *product) {
	a.Heading("Product")
	sign := func(trans bool) string {
		if trans {
			return "^T"
		}
		return ""
	}
	a.Fields("shape", fmt.Sprintf("C %dx%d = A%s * B%s over %d terms, %s", p.M, p.N, sign(p.TransA),
		sign(p.TransB), p.K, p.DType),
		"path", p.Path+": "+paths[p.Path],
		"register tile", fmt.Sprintf("%d x %d", p.MR, p.NR),
		"tiles of C", fmt.Sprintf("%d x %d, passes of %d terms", p.MC, p.NC, p.KC),
		"threads", strconv.Itoa(p.Threads),
		"work", fmt.Sprintf("%.4g million multiply-adds", float64(p.M)*float64(p.N)*float64(p.K)/1e6))
}

// bytesText returns a number of bytes for people.
func bytesText(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v := float64(n)
	i := 0
	for ; v >= 1024 && i < len(units)-1; i++ {
		v /= 1024
	}
	if v == float64(int64(v)) {
		return fmt.Sprintf("%.0f %s", v, units[i])
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}
