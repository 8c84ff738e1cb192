package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
)

// machine is a kind of computer that the tests run on, emulated unless this one runs its programs itself.
type machine struct {
	name     string // as -run matches it and lines print it
	goarch   string
	env      string   // one more variable for the go command, "GOARM=7"; "" for none
	emulator string   // a program of Debian's package qemu-user-static; "" to run directly
	cpu      string   // the model for its flag -cpu; "" for its default
	tiers    string   // all tiers that kernels must find there, as tiertest.Exact lists them
	work     workload // what runs there
	quick    bool     // is in the form that CI runs
	tags     string   // build tags
	limit    string   // ASHLAR_TIER, on this CPU; "" for none
	why      string   // what it is there to show
}

// workload says how much runs on a machine.
type workload int

const (
	startup workload = iota // the tiers, a few conformance tests, the exchange of files and the demo
	formats                 // files and checkpoints too
	kernel                  // and the suites of the kernels and layers
)

const (
	x86   = "qemu-x86_64-static"
	avx2  = "generic avx2"
	neon  = "generic neon"
	plain = "generic"
)

// thisCPU is a machine for each tier of this CPU. tools/cputiers asks the system for them, and not the code
// that is tested.
func thisCPU() (list []machine, err error) {
	text, err := exec.Command("./tools/cputiers").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("tools/cputiers, run it in the root of the repository: %w\n%s", err, text)
	}
	tiers := strings.Fields(string(text))
	for _, t := range tiers {
		list = append(list, machine{name: "this-cpu-" + t, goarch: runtime.GOARCH,
			tiers: strings.Join(tiers, " "), limit: t, work: kernel, quick: true, why: "tier " + t + " of this CPU"})
	}
	return list, nil
}

// emulated are the others. Those with fewer features of a pair come behind those with more.
var emulated = []machine{
	{name: "haswell", goarch: "amd64", emulator: x86, cpu: "Haswell", tiers: avx2, work: kernel, quick: true,
		why: "AVX2 and FMA, no AVX-512"},
	{name: "epyc", goarch: "amd64", emulator: x86, cpu: "EPYC", tiers: avx2,
		why: "the same of another maker"},
	{name: "avx2-without-fma", goarch: "amd64", emulator: x86, cpu: "max,-fma", tiers: plain, quick: true,
		why: "AVX2 without FMA"},
	{name: "fma-without-avx", goarch: "amd64", emulator: x86, cpu: "max,-avx", tiers: plain,
		why: "FMA without AVX, as some virtual machines have it"},
	{name: "fma-without-avx2", goarch: "amd64", emulator: x86, cpu: "max,-avx2", tiers: plain,
		why: "FMA and AVX without AVX2"},
	{name: "piledriver", goarch: "amd64", emulator: x86, cpu: "Opteron_G5", tiers: plain,
		why: "the same, as it was sold"},
	{name: "avx-without-xsave", goarch: "amd64", emulator: x86, cpu: "max,-xsave", tiers: plain,
		why: "AVX2 and FMA, and a system that does not save their registers: no OSXSAVE"},
	{name: "sandybridge", goarch: "amd64", emulator: x86, cpu: "SandyBridge", tiers: plain, why: "AVX alone"},
	{name: "nehalem", goarch: "amd64", emulator: x86, cpu: "Nehalem", tiers: plain, quick: true,
		why: "SSE4.2, no AVX and no XSAVE"},
	{name: "core2duo", goarch: "amd64", emulator: x86, cpu: "core2duo", tiers: plain, why: "SSSE3"},
	{name: "qemu64", goarch: "amd64", emulator: x86, cpu: "qemu64", tiers: plain,
		why: "SSE3, the least of all"},
	{name: "cortex-a53", goarch: "arm64", emulator: "qemu-aarch64-static", cpu: "cortex-a53", tiers: neon,
		why: "the least of Armv8-A"},
	{name: "cortex-a72", goarch: "arm64", emulator: "qemu-aarch64-static", cpu: "cortex-a72", tiers: neon,
		why: "Armv8-A, of another maker's firmware"},
	{name: "neoverse-n1", goarch: "arm64", emulator: "qemu-aarch64-static", cpu: "neoverse-n1",
		tiers: neon, why: "Armv8.2-A"},
	{name: "arm64-max", goarch: "arm64", emulator: "qemu-aarch64-static", cpu: "max", tiers: neon,
		why: "all that the emulator has, with SVE"},
	{name: "386", goarch: "386", tiers: plain, work: kernel, quick: true, why: "32 bits, on this CPU"},
	{name: "arm", goarch: "arm", env: "GOARM=7", emulator: "qemu-arm-static", tiers: plain, work: formats,
		why: "32 bits, which need aligned words of 64"},
	{name: "s390x", goarch: "s390x", emulator: "qemu-s390x-static", tiers: plain, work: kernel, quick: true,
		why: "big-endian, fuses multiply-adds"},
	{name: "ppc64", goarch: "ppc64", emulator: "qemu-ppc64-static", tiers: plain, work: formats,
		why: "big-endian"},
	{name: "ppc64le", goarch: "ppc64le", emulator: "qemu-ppc64le-static", tiers: plain,
		why: "fuses multiply-adds"},
	{name: "riscv64", goarch: "riscv64", emulator: "qemu-riscv64-static", tiers: plain,
		why: "fuses multiply-adds, and has one NaN"},
	{name: "mips", goarch: "mips", emulator: "qemu-mips-static", tiers: plain, work: formats,
		why: "big-endian with 32 bits"},
	{name: "mips64", goarch: "mips64", emulator: "qemu-mips64-static", cpu: "MIPS64R2-generic", tiers: plain,
		why: "big-endian"},
	{name: "purego", goarch: "amd64", tags: "purego", tiers: plain, why: "the build tag purego on this CPU"},
	{name: "noasm", goarch: "amd64", tags: "noasm", tiers: plain, why: "the build tag noasm on this CPU"},
}
