//go:build amd64 && !purego && !noasm

package kernels

import (
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// The features of CPUs under the names of cpuid, each list with that before it. They are those that the
// vendors document:
//
//   - Intel, "Architecture Instruction Set Extensions Programming Reference" (319433), table "Recent
//     Instruction Set Extensions / Features Introduction in Intel 64 and IA-32 Processors"; "Intel 64 and
//     IA-32 Architectures Software Developer's Manual", volume 1 (253665), chapter 5.
//   - AMD, "Software Optimization Guide" for family 15h (47414), 17h (55723), 17h models 30h and later
//     (56305), 19h (56665), Zen 4 (57647) and Zen 5 (58455), sections on the instruction set.
//
// The options -march of GCC have the same in section "x86 Options" of its manual.
var (
	nehalem = []cpuid.FeatureID{cpuid.CMOV, cpuid.SSE, cpuid.SSE2, cpuid.SSE3, cpuid.SSSE3, cpuid.SSE4,
		cpuid.SSE42, cpuid.CX16, cpuid.POPCNT}
	sandyBridge = with(nehalem, cpuid.XSAVE, cpuid.OSXSAVE, cpuid.AVX, cpuid.AESNI, cpuid.CLMUL)
	piledriver  = with(sandyBridge, cpuid.F16C, cpuid.FMA3, cpuid.FMA4, cpuid.XOP, cpuid.BMI1, cpuid.LZCNT)
	haswell     = with(sandyBridge, cpuid.F16C, cpuid.FMA3, cpuid.AVX2, cpuid.BMI1, cpuid.BMI2, cpuid.LZCNT,
		cpuid.MOVBE)
	knightsLanding = with(haswell, cpuid.ADX, cpuid.AVX512F, cpuid.AVX512CD, cpuid.AVX512ER, cpuid.AVX512PF)
	skylakeSP      = with(haswell, cpuid.ADX, cpuid.AVX512F, cpuid.AVX512CD, cpuid.AVX512VL, cpuid.AVX512BW,
		cpuid.AVX512DQ)
	cascadeLake = with(skylakeSP, cpuid.AVX512VNNI)
	cooperLake  = with(cascadeLake, cpuid.AVX512BF16)
	iceLake     = with(cascadeLake, cpuid.AVX512IFMA, cpuid.AVX512VBMI, cpuid.AVX512VBMI2,
		cpuid.AVX512BITALG, cpuid.AVX512VPOPCNTDQ, cpuid.GFNI, cpuid.VAES, cpuid.VPCLMULQDQ, cpuid.SHA)
	tigerLake      = with(iceLake, cpuid.AVX512VP2INTERSECT, cpuid.MOVDIRI, cpuid.MOVDIR64B)
	sapphireRapids = with(iceLake, cpuid.AVX512BF16, cpuid.AVX512FP16, cpuid.AVXVNNI, cpuid.AMXTILE,
		cpuid.AMXBF16, cpuid.AMXINT8, cpuid.MOVDIRI, cpuid.MOVDIR64B)
	graniteRapids = with(sapphireRapids, cpuid.AMXFP16)
	alderLake     = with(haswell, cpuid.ADX, cpuid.AVXVNNI, cpuid.GFNI, cpuid.VAES, cpuid.VPCLMULQDQ,
		cpuid.SHA)
	sierraForest = with(alderLake, cpuid.AVXIFMA, cpuid.AVXVNNIINT8, cpuid.AVXNECONVERT)
	zen          = with(haswell, cpuid.ADX, cpuid.SHA, cpuid.CLZERO, cpuid.SSE4A)
	zen3         = with(zen, cpuid.VAES, cpuid.VPCLMULQDQ)
	zen4         = with(zen3, cpuid.AVX512F, cpuid.AVX512CD, cpuid.AVX512VL, cpuid.AVX512BW, cpuid.AVX512DQ,
		cpuid.AVX512IFMA, cpuid.AVX512VBMI, cpuid.AVX512VBMI2, cpuid.AVX512BITALG, cpuid.AVX512VPOPCNTDQ,
		cpuid.AVX512VNNI, cpuid.AVX512BF16, cpuid.GFNI)
	zen5 = with(zen4, cpuid.AVXVNNI, cpuid.AVX512VP2INTERSECT, cpuid.MOVDIRI, cpuid.MOVDIR64B)
)

func with(features []cpuid.FeatureID, more ...cpuid.FeatureID) []cpuid.FeatureID {
	return slices.Concat(features, more)
}

// cpus are the tiers and paths that each CPU must get, where the system lets programs use AMX.
var cpus = []struct {
	name              string
	features          []cpuid.FeatureID
	tiers, bf16, int8 string
}{
	{"Nehalem", nehalem, "generic", "generic", "generic"},
	{"Sandy Bridge", sandyBridge, "generic", "generic", "generic"},
	{"Piledriver: FMA without AVX2", piledriver, "generic", "generic", "generic"},
	{"Haswell", haswell, "generic avx2", "generic avx2", "generic avx2"},
	{"Zen, Zen 2", zen, "generic avx2", "generic avx2", "generic avx2"},
	{"Zen 3", zen3, "generic avx2", "generic avx2", "generic avx2"},
	{"Alder Lake: AVX-VNNI without AVX-512", alderLake, "generic avx2", "generic avx2",
		"generic avx2 avx_vnni"},
	{"Sierra Forest", sierraForest, "generic avx2", "generic avx2", "generic avx2 avx_vnni"},
	{"Knights Landing: AVX-512 without VL, BW and DQ", knightsLanding, "generic avx2", "generic avx2",
		"generic avx2"},
	{"Skylake-SP", skylakeSP, "generic avx2 avx512", "generic avx2 avx512", "generic avx2 avx512"},
	{"Cascade Lake: AVX512_VNNI without AVX512_BF16", cascadeLake, "generic avx2 avx512",
		"generic avx2 avx512", "generic avx2 avx512 avx512_vnni"},
	{"Ice Lake, Rocket Lake", iceLake, "generic avx2 avx512", "generic avx2 avx512",
		"generic avx2 avx512 avx512_vnni"},
	{"Tiger Lake", tigerLake, "generic avx2 avx512", "generic avx2 avx512",
		"generic avx2 avx512 avx512_vnni"},
	{"Cooper Lake", cooperLake, "generic avx2 avx512", "generic avx2 avx512 avx512_bf16",
		"generic avx2 avx512 avx512_vnni"},
	{"Sapphire Rapids", sapphireRapids, "generic avx2 avx512", "generic avx2 avx512 avx512_bf16 amx_bf16",
		"generic avx2 avx_vnni avx512 avx512_vnni amx_int8"},
	{"Granite Rapids", graniteRapids, "generic avx2 avx512", "generic avx2 avx512 avx512_bf16 amx_bf16",
		"generic avx2 avx_vnni avx512 avx512_vnni amx_int8"},
	{"Zen 4", zen4, "generic avx2 avx512", "generic avx2 avx512 avx512_bf16",
		"generic avx2 avx512 avx512_vnni"},
	{"Zen 5", zen5, "generic avx2 avx512", "generic avx2 avx512 avx512_bf16",
		"generic avx2 avx_vnni avx512 avx512_vnni"},
}

// detected returns the tiers and paths that are found where cpuid reports a set of features and no other,
// as text. What was found of this CPU is in place again afterwards.
func detected(features []cpuid.FeatureID) (tiers, bf16, int8 string) {
	cpu, here := cpuid.CPU, available
	defer func() { cpuid.CPU, available = cpu, here }()
	for _, name := range cpu.FeatureSet() {
		cpuid.CPU.Disable(cpuid.ParseFeature(name))
	}
	cpuid.CPU.Enable(features...)
	available = append([]Tier{Generic}, detect()...)
	return words(available), words(runningOf(append([]bf16Choice{{}}, bf16Choices()...))),
		words(runningOf(append([]int8Choice{{}}, int8Choices()...)))
}

// words returns "generic avx2" for a list of those.
func words[T any](list []T) string {
	text := fmt.Sprint(list)
	return text[1 : len(text)-1]
}

// TestDetection: each CPU of the table gets its tiers and paths, whatever the CPU here has.
func TestDetection(t *testing.T) {
	for _, c := range cpus {
		tiers, bf16, int8 := detected(c.features)
		if tiers != c.tiers || bf16 != c.bf16 || int8 != c.int8 {
			t.Errorf("%s gets the tiers %q, bfloat16 paths %q and int8 paths %q, want %q, %q and %q", c.name,
				tiers, bf16, int8, c.tiers, c.bf16, c.int8)
		}
	}
	proof.Count(t, "machines", "CPUs whose tiers and paths were chosen from their features", len(cpus))
}

// TestDetectionAsksForAll: where up to three of the features that assembly uses are missing, a tier or path
// runs if and only if none of them is one that it needs.
func TestDetectionAsksForAll(t *testing.T) {
	avx2 := []cpuid.FeatureID{cpuid.OSXSAVE, cpuid.AVX, cpuid.AVX2, cpuid.FMA3}
	avx512 := with(avx2, cpuid.AVX512F, cpuid.AVX512VL, cpuid.AVX512BW, cpuid.AVX512DQ)
	needs := []struct {
		name     string
		kind     int // 0: tiers, 1: paths of bfloat16, 2: of int8
		features []cpuid.FeatureID
	}{
		{"generic", 0, nil}, {"avx2", 0, avx2}, {"avx512", 0, avx512},
		{"generic", 1, nil}, {"avx2", 1, avx2}, {"avx512", 1, avx512},
		{"avx512_bf16", 1, with(avx512, cpuid.AVX512BF16)},
		{"amx_bf16", 1, with(avx512, cpuid.AMXTILE, cpuid.AMXBF16)},
		{"generic", 2, nil}, {"avx2", 2, avx2}, {"avx_vnni", 2, with(avx2, cpuid.AVXVNNI)},
		{"avx512", 2, avx512},
		{"avx512_vnni", 2, with(avx512, cpuid.AVX512VNNI)},
		{"amx_int8", 2, with(avx512, cpuid.AMXTILE, cpuid.AMXINT8)},
	}
	all := with(avx512, cpuid.AVX512BF16, cpuid.AVX512VNNI, cpuid.AVXVNNI, cpuid.AMXTILE, cpuid.AMXBF16,
		cpuid.AMXINT8)
	for set := range 1 << len(all) {
		if bits.OnesCount(uint(set)) > 3 {
			continue
		}
		var missing []cpuid.FeatureID
		for i, f := range all {
			if set>>i&1 != 0 {
				missing = append(missing, f)
			}
		}
		lacking := func(f cpuid.FeatureID) bool { return slices.Contains(missing, f) }
		var want [3][]string
		for _, n := range needs {
			if !slices.ContainsFunc(n.features, lacking) {
				want[n.kind] = append(want[n.kind], n.name)
			}
		}
		tiers, bf16, int8 := detected(slices.DeleteFunc(slices.Clone(all), lacking))
		for i, got := range []string{tiers, bf16, int8} {
			if got != words(want[i]) {
				t.Fatalf("without the features %v the %s are %q, want %q", missing,
					[]string{"tiers", "bfloat16 paths", "int8 paths"}[i], got, words(want[i]))
			}
		}
	}
}
