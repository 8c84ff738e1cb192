package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"sync"
)

// core is a CPU that llvm-mca models, and the share of its multiply-add peak that the loops of Gemm
// must reach.
type core struct {
	cpu   string
	share float64
}

// cores: LLVM has no model of an Apple core after Cyclone (apple-a7, 2013). It takes that one for
// all Apple cores up to apple-m4, although those have a fourth vector unit. The table shows it
// under its own name, so that nobody takes it for an M1.
var cores = []core{
	{"neoverse-n1", 0.95},
	{"neoverse-v1", 0.95},
	{"neoverse-v2", 0.95},
	{"cortex-a72", 0.90},
	{"apple-a7", 0.90},
}

// timing is what a model says about one turn of a loop.
type timing struct {
	cycles float64
	limit  string  // what is busiest: a unit, a kind of units, or "width", that of the core
	busy   float64 // the share of the cycles for which it is
}

// turns is how many turns llvm-mca simulates: the first one's latency does not show.
const turns = 200

// timeAll times the loops of all kernels on all cores: timings[cpu][regionName(kernel, loop)].
func timeAll(l *llvm, kernels []*kernel) (map[string]map[string]timing, error) {
	var regions strings.Builder
	for _, k := range kernels {
		for i, lp := range k.loops {
			region(&regions, regionName(k, i), lp.turn)
		}
	}
	for _, p := range peakLoops {
		regions.WriteString(p.region())
	}
	all, errs := make([]map[string]timing, len(cores)), make([]error, len(cores))
	var wg sync.WaitGroup
	for i, c := range cores {
		wg.Go(func() { all[i], errs[i] = l.time(c.cpu, regions.String()) })
	}
	wg.Wait()
	timings := map[string]map[string]timing{}
	for i, c := range cores {
		if errs[i] != nil {
			return nil, errs[i]
		}
		timings[c.cpu] = all[i]
	}
	return timings, nil
}

func regionName(k *kernel, loop int) string { return fmt.Sprintf("%s.%d", k.name, loop) }

// region writes a loop as llvm-mca reads it.
func region(w *strings.Builder, name string, turn []instr) {
	fmt.Fprintf(w, "# LLVM-MCA-BEGIN %s\n", name)
	label := ".L" + notInLabels.ReplaceAllString(name, "_")
	w.WriteString(label + ":\n")
	for _, in := range turn {
		w.WriteString(in.assembly(label))
	}
	w.WriteString("# LLVM-MCA-END\n")
}

var notInLabels = regexp.MustCompile(`\W`)

// peakLoop is a loop of independent multiply-adds, by a vector or by one of its elements. The peak
// of a core is the better of the two.
type peakLoop struct{ arrangement, factor string }

var peakLoops = []peakLoop{{"4s", "v1.4s"}, {"4s", "v1.s[0]"}, {"2d", "v1.2d"}, {"2d", "v1.d[0]"}}

// A peak loop has more accumulators than any core has multiply-adds under way, and several terms a
// turn, so that the first latency does not show.
const accumulators, peakFMLAs = 24, 4 * 24

func (p peakLoop) name() string { return "peak " + p.factor }

func (p peakLoop) region() string {
	var w strings.Builder
	turn := make([]instr, peakFMLAs)
	for i := range turn {
		turn[i] = instr{op: "fmla",
			args: fmt.Sprintf("v%d.%s, v0.%[2]s, %s", 31-i%accumulators, p.arrangement, p.factor)}
	}
	region(&w, p.name(), turn)
	return w.String()
}

// peak is the multiply-adds a cycle of a core, on vectors of elements of a size.
func peak(timings map[string]timing, size int) (best float64) {
	for _, p := range peakLoops {
		if (p.arrangement == "4s") == (size == 4) {
			best = max(best, peakFMLAs/timings[p.name()].cycles)
		}
	}
	return best
}

// mcaReport is what llvm-mca prints with -json.
type mcaReport struct {
	CodeRegions []struct {
		Name        string
		SummaryView struct {
			Iterations, TotalCycles, DispatchWidth int
			UOpsPerCycle                           float64 `json:"uOpsPerCycle"`
		}
		Instructions         []string
		ResourcePressureView struct{ ResourcePressureInfo []pressure }
	}
	TargetInfo struct{ Resources []string }
}

// pressure is the cycles for which an instruction keeps a unit busy. The index behind the last
// instruction stands for all of them.
type pressure struct {
	InstructionIndex, ResourceIndex int
	ResourceUsage                   float64
}

// time runs llvm-mca on regions.
func (l *llvm) time(cpu, regions string) (map[string]timing, error) {
	cmd := exec.Command(l.mca, "-mtriple=aarch64-linux-gnu", "-mcpu="+cpu, "-json",
		fmt.Sprintf("-iterations=%d", turns))
	cmd.Stdin = strings.NewReader(regions)
	text, err := output(cmd)
	if err != nil {
		return nil, err
	}
	return parseReport(text)
}

func parseReport(text []byte) (map[string]timing, error) {
	var r mcaReport
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("reading what llvm-mca prints: %w", err)
	}
	timings := map[string]timing{}
	for _, region := range r.CodeRegions {
		s := region.SummaryView
		t := timing{cycles: float64(s.TotalCycles) / float64(s.Iterations)}
		use := make([]float64, len(r.TargetInfo.Resources))
		for _, p := range region.ResourcePressureView.ResourcePressureInfo {
			if p.InstructionIndex == len(region.Instructions) {
				use[p.ResourceIndex] += p.ResourceUsage / t.cycles
			}
		}
		t.limit, t.busy = busiest(r.TargetInfo.Resources, use)
		if width := s.UOpsPerCycle / float64(s.DispatchWidth); width > t.busy {
			t.limit, t.busy = "width", width
		}
		timings[region.Name] = t
	}
	return timings, nil
}

// busiest returns the unit that is used most, or the kind of units if all of them are used nearly as
// much, and by how much.
func busiest(resources []string, use []float64) (unit string, most float64) {
	units, sum := map[string]float64{}, map[string]float64{}
	for i, name := range resources {
		kind := unitKind(name)
		units[kind]++
		sum[kind] += use[i]
	}
	for i, name := range resources {
		if use[i] <= most {
			continue
		}
		unit, most = unitName(name), use[i]
		if kind := unitKind(name); sum[kind]/units[kind] > 0.95*most {
			unit = kind
		}
	}
	return unit, most
}

// unitName cuts the core and the byte that tells equal units apart: of "N1UnitL.\x00" it leaves L.
func unitName(resource string) string {
	_, name, _ := strings.Cut(resource, "Unit")
	name, _, _ = strings.Cut(name, ".")
	return name
}

// unitKind is the name without its number: V of V0.
func unitKind(resource string) string { return strings.TrimRight(unitName(resource), "0123456789") }
