package main

import "regexp"

// suite is a test of a package, or a part of it.
type suite struct {
	pkg        string // below the root
	only, skip string // which tests, as regular expressions; "" for all, or for none
}

// exchangePkg is the package of the tests that read other machines' files.
const exchangePkg = "tools/machines/exchange"

const (
	// some are kernels of each kind: elementwise, sums, rows, products, updates.
	some = "^(TestExact|TestSameBits|TestConformance)$/^(Exp|Tanh|Softmax|UpdateAdam|Dot|ColumnSums)$"
	// bits are the tests of what kernels compute but for conformance, whose many sizes take ten minutes under
	// an emulator, and which other proofs run on the tiers of this CPU. The tests that are in neither look for
	// what does not depend on the machine, such as allocations and numbers of threads.
	bits = "TestExact|TestSameBits|TestGemmExactOnIntegers|TestGemmConstantOperands|TestSizesOfNothing|" +
		"TestNamedTypes|TestCorpus|TestOverlap"
	// spawns starts its own binary, which only an emulator can run.
	spawns = "^TestKilledSaves$"
)

// suites returns what runs on a machine.
func (m *machine) suites(f form) []suite {
	exchange := suite{pkg: exchangePkg, only: "^TestWrite$"}
	start := []suite{{pkg: "fuzz", only: some}, exchange}
	files := []suite{
		{pkg: "data", only: "NPY|NPZ|IDX|JSON|Array"},
		{pkg: "model", only: "Values|Half|Open|Headers|Sizes|SaveAndLoad|Format|Python|PyTorch|Sklearn|EveryLayer|" +
			"BadModels"},
		{pkg: "train", only: "Checkpoint|^TestResume$|Table"},
	}
	kernels := []suite{
		{pkg: "fuzz", only: "^(TestConformance|" + bits + ")$"},
		{pkg: "kernels", only: "Tier|Limit|Scratch|Overlap|Explain|Philox|Random|Activation"},
		{pkg: "layer"},
	}
	if m.emulator != "" || m.limit != "" {
		kernels[0].only = "^(" + bits + ")$"
		kernels = append(kernels, suite{pkg: "fuzz", only: some})
	}
	if m.emulator == "" { // products take minutes under an emulator
		kernels[1].only += "|Gemm"
	}
	switch {
	case f == quick:
		return start
	case f == full:
		return []suite{exchange, {pkg: "kernels"}, {pkg: "fuzz"}, {pkg: "data"}, {pkg: "train"},
			{pkg: "model", skip: spawns}, {pkg: "layer"}, {pkg: "mat"}, {pkg: "optim"}, {pkg: "grad"}}
	case m.work == formats:
		return append(files, start...)
	case m.work == kernel:
		return append(append(kernels, files...), exchange)
	}
	return start
}

// buildTags are the tags for a machine's tests. The emulator loads whole vectors where a mask of AVX leaves
// elements out, which guard pages would not forgive.
func (m *machine) buildTags() string {
	if m.emulator != "" && m.tiers == avx2 {
		return "noguard"
	}
	return m.tags
}

// passed and skipped match the lines of single tests in the output of go test -v.
var (
	passed  = regexp.MustCompile(`(?m)^ *--- PASS: `)
	skipped = regexp.MustCompile(`(?m)^ *--- SKIP: `)
)
