package main

import (
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// describeMachine names the machine and measures its peaks.
func describeMachine(root string) figures.Machine {
	c := cpuid.CPU
	return figures.Machine{CPU: strings.TrimSpace(c.BrandName), Cores: runtime.NumCPU(),
		L1: max(0, c.Cache.L1D), L2: max(0, c.Cache.L2), L3: max(0, c.Cache.L3),
		Tier:   kernels.Active().String(),
		System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Version: version(root),
		Date: time.Now().UTC().Format("2006-01-02 15:04 UTC"), Peaks: peaks()}
}

// version is that of the checkout, "" outside of git.
func version(root string) string {
	out, err := exec.Command("git", "-C", root, "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// peakRounds is how often each peak is measured; the fastest round counts, since nothing is faster than
// the machine.
const peakRounds = 50

// peaks are those of every tier of this CPU.
func peaks() (list []figures.Peak) {
	for _, t := range kernels.Tiers() {
		for _, d := range []spec.DType{spec.F32, spec.F64} {
			run, flops := bench.Peak(t, d)
			if run == nil {
				continue
			}
			var limit bench.Rounds
			for range peakRounds {
				limit.Run(run)
			}
			rate := flops / float64(limit.Least(0).Nanoseconds())
			list = append(list, figures.Peak{Tier: t.String(), DType: d.String(), Rate: rate})
		}
	}
	return list
}
