package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// stage is one run of the test of a package.
type stage struct {
	pkg  string   // its folder
	args []string // of the test
	cpu  string   // that qemu emulates instead of this one, or ""
}

func (s stage) String() string {
	return strings.TrimSpace(s.pkg + " " + strings.Join(s.args, " ") + " " + s.cpu)
}

// short is a stage of the tests that match a pattern, as go test -short runs them.
func short(pkg, pattern string) stage {
	return stage{pkg: pkg, args: []string{"-test.short", "-test.run=" + pattern}}
}

// laboratory tries mutants.
type laboratory struct {
	ctx     context.Context // ends with the tool
	root    string
	arch    string // of the assembly; "" for Go
	tests   tests
	overlay bool          // builds by go test -overlay
	timeout time.Duration // of one stage, at least, in time of the CPU
	callers callers
	table   []spec.Row
	cache   string // GOCACHEPROG, or ""

	lock     sync.Mutex
	baseline map[string]*baseline
	base     *trial // builds the tests without a mutant
	asm      objects
}

// baseline is whether a stage passes without a mutant, and the time of the CPU that it took.
type baseline struct {
	once sync.Once
	took time.Duration
	err  error
}

// trial is where the tests of one mutant are built.
type trial struct {
	lab     *laboratory
	dir     string
	mutant  *mutant // nil without one
	file    string  // of the mutant
	overlay string  // "" without a mutant

	lock   sync.Mutex
	built  map[string]error // by package
	kits   map[string]*kit  // without a mutant
	packed bool             // the archive of package asm
}

// trial returns a place without a mutant.
func (lab *laboratory) trial(dir string, m *mutant) *trial {
	return &trial{lab: lab, dir: dir, mutant: m, built: map[string]error{}, kits: map[string]*kit{}}
}

// judge runs the tests of a mutant until one fails.
func (lab *laboratory) judge(m *mutant) (entry, error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return entry{}, err
	}
	defer os.RemoveAll(dir)
	t := lab.trial(dir, m)
	if err := t.write(m); err != nil {
		return entry{}, err
	}
	start := time.Now()
	e := entry{Verdict: lived, Tests: lab.tests}
	stages := lab.stages(m)
	if bound := lab.boundStages(m); bound != nil {
		stages = append(stages, bound...)
		e.Verdict = within
	}
	for _, s := range stages {
		took, err := lab.passes(s, lab.environment(m))
		if err != nil {
			return e, err
		}
		why, _, err := t.run(s, lab.environment(m), max(lab.timeout, 10*took))
		if lab.ctx.Err() != nil {
			return e, lab.ctx.Err() // the tool is being stopped, and its children with it
		}
		var refused *buildError
		if errors.As(err, &refused) {
			if !strings.Contains(refused.text, filepath.Base(m.File)) {
				return e, err // something else than the mutant
			}
			e.Verdict, e.By, e.Why = invalid, s.pkg, firstLine(refused.text, filepath.Base(m.File))
			break
		} else if err != nil {
			e.Verdict, e.By, e.Why = killed, s.String(), why
			break
		}
	}
	e.Seconds = time.Since(start).Round(time.Millisecond).Seconds()
	return e, nil
}

// write writes the mutant's file and the overlay that puts it in place.
func (t *trial) write(m *mutant) error {
	path := filepath.Join(t.lab.root, filepath.FromSlash(m.File))
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if string(text) != m.original {
		return fmt.Errorf("%s has changed since the tool started", m.File)
	}
	t.file = filepath.Join(t.dir, filepath.Base(path)) // errors of the compiler have this name
	if err := os.WriteFile(t.file, []byte(m.apply(m.original)), 0o644); err != nil {
		return err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: t.file}})
	if err != nil {
		return err
	}
	t.overlay = filepath.Join(t.dir, "overlay.json")
	return os.WriteFile(t.overlay, overlay, 0o644)
}

// buildError is what the go command wrote when it could not build a test.
type buildError struct{ text string }

func (e *buildError) Error() string { return "building the test: " + e.text }

// build makes the test of a package once.
func (t *trial) build(pkg string) (binary string, err error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	binary = filepath.Join(t.dir, strings.ReplaceAll(pkg, "/", "_")+".test")
	if err, done := t.built[pkg]; done {
		return binary, err
	}
	if k := t.lab.base.kits[pkg]; t.mutant != nil && k != nil {
		err = t.link(k, binary)
	} else {
		err = t.compile(pkg, binary)
	}
	t.built[pkg] = err
	return binary, err
}

// compile calls the go command. Vet and symbols would cost more than the compiler.
func (t *trial) compile(pkg, binary string) error {
	args := []string{"test", "-c", "-vet=off", "-ldflags=-s -w", "-o", binary}
	keep := t.mutant == nil && t.lab.arch != "" && !t.lab.overlay
	if t.mutant != nil {
		args = append(args, "-overlay", t.overlay)
	} else if keep {
		args = append(args, "-work", "-x")
	}
	cmd := exec.CommandContext(t.lab.ctx, "go", append(args, ".")...)
	cmd.Dir = filepath.Join(t.lab.root, filepath.FromSlash(pkg))
	cmd.Env = append(os.Environ(), "GOTMPDIR="+t.dir) // goes with the trial
	if t.lab.arch != "" {
		cmd.Env = append(cmd.Env, "GOARCH="+t.lab.arch)
	}
	if t.lab.cache != "" && t.mutant != nil {
		cmd.Env = append(cmd.Env, "GOCACHEPROG="+t.lab.cache)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return &buildError{fmt.Sprintf("%v\n%s", err, out)}
	}
	if keep {
		k, err := readKit(string(out))
		if err != nil {
			return err
		}
		if k.asm != "" {
			t.kits[pkg] = k
		}
	}
	return nil
}

var errFailed = errors.New("the tests fail")

// slack is how much longer than its time of the CPU a test may take: others may have the CPU.
const slack = 20

// run runs the test of a package, within a time of the CPU. If it fails, why is the line that says so.
func (t *trial) run(s stage, env []string, limit time.Duration) (why string, took time.Duration, err error) {
	binary, err := t.build(s.pkg)
	if err != nil {
		return "", 0, err
	}
	ctx, cancel := context.WithTimeout(t.lab.ctx, slack*limit)
	defer cancel()
	args := append([]string{binary, "-test.failfast", "-test.timeout=0"}, s.args...)
	switch {
	case t.lab.arch == "arm64":
		args = append([]string{qemu, "-cpu", "max"}, args...)
	case s.cpu != "":
		args = append([]string{qemuX86, "-cpu", s.cpu}, args...)
	}
	seconds := max(1, int(limit.Seconds()))
	limited := fmt.Sprintf(`ulimit -t %d; exec "$0" "$@"`, seconds)
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", limited}, args...)...)
	cmd.Dir = filepath.Join(t.lab.root, filepath.FromSlash(s.pkg))
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if p := cmd.ProcessState; p != nil {
		took = p.UserTime() + p.SystemTime()
	}
	switch {
	case ctx.Err() != nil || err != nil && took >= time.Duration(seconds)*time.Second*9/10: // the limit
		return fmt.Sprintf("timeout after %v of the CPU's time", limit), took, errFailed
	case err != nil:
		return firstLine(out.String(), "--- FAIL", "panic:", "fatal error:", "SIG", "qemu:"), took, errFailed
	case bytes.Contains(out.Bytes(), []byte("no tests to run")):
		return "", took, fmt.Errorf("%v runs no tests", s)
	}
	return "", took, nil
}

// qemu runs the tests of arm64 on another machine, as tools/qemutest does, qemuX86 those of a CPU without
// AVX-512, as tools/cputiers does.
const (
	qemu    = "qemu-aarch64-static"
	qemuX86 = "qemu-x86_64-static"
)

// firstLine returns the first line that has one of some texts, or the first of all.
func firstLine(text string, marks ...string) string {
	lines := strings.Split(text, "\n")
	for _, l := range lines {
		for _, mark := range marks {
			if strings.Contains(l, mark) {
				return strings.TrimSpace(l)
			}
		}
	}
	return strings.TrimSpace(lines[0])
}

// patience is how long a test may take without a mutant.
const patience = 2 * time.Hour

// passes returns an error if a stage fails without a mutant: then it would kill all of them. It returns
// the time that the stage took.
func (lab *laboratory) passes(s stage, env []string) (took time.Duration, err error) {
	key := s.String() + " " + strings.Join(env, " ")
	lab.lock.Lock()
	b := lab.baseline[key]
	if b == nil {
		b = &baseline{}
		lab.baseline[key] = b
	}
	lab.lock.Unlock()
	b.once.Do(func() {
		if _, b.err = lab.base.build(s.pkg); b.err != nil {
			return
		}
		var why string
		if why, b.took, b.err = lab.base.run(s, env, patience); lab.ctx.Err() != nil {
			b.err = lab.ctx.Err()
		} else if b.err != nil {
			b.err = fmt.Errorf("%v fails without a mutant: %w: %s", s, b.err, why)
		}
	})
	return b.took, b.err
}

// environment names the tier that runs: that of the mutant, which must be there.
func (lab *laboratory) environment(m *mutant) []string {
	tier := m.Tier
	if lab.arch == "arm64" {
		tier = "neon"
	}
	if tier == "all" || tier == "go" {
		return nil
	}
	return []string{"ASHLAR_TIER=" + tier, "ASHLAR_REQUIRE_TIER=" + tier}
}

// clobber is the package that looks at what a function of the assembly leaves in the registers.
const clobber = "kernels/internal/clobber"

// interpreter is the package whose test compares the assembly, to the bit, with the algorithm that it was
// generated from.
const interpreter = "tools/avo/algo"

// stages returns the tests that should notice a mutant, the quickest first.
func (lab *laboratory) stages(m *mutant) (list []stage) {
	if lab.arch == "" {
		return lab.goStages(m)
	}
	const sharp = "TestExact|TestExactEverywhere|TestSameBits|TestConformance|TestConformanceFromMemory"
	register := short(clobber, "^(TestStubs|TestStreamBounds)$")
	if m.Kind == "vzeroupper" {
		list = append(list, register)
	}
	nearest, all := lab.callers.rowsOf(m.functions, lab.table)
	emulated := lab.arch == "arm64" // what a function is far from would take minutes
	if emulated {
		all = nearest
	}
	if len(nearest) > 0 {
		list = append(list, short("fuzz", rowPattern(sharp, nearest, m.DType)))
	}
	if m.Kind != "vzeroupper" {
		list = append(list, register)
	}
	if _, err := exec.LookPath(qemuX86); err == nil && m.foreign() {
		s := short(clobber, "^TestEntryRegisters$") // no guard pages: qemu reads what a mask leaves out
		s.cpu = "Haswell"
		list = append(list, s)
	}
	if lab.tests == quickest {
		return list
	}
	list = append(list, short(clobber, "^TestEntryRegisters$"))
	if judged := lab.oneNumber(all); emulated && len(judged) > 0 { // the others were quick tests
		list = append(list, short("fuzz", rowPattern("TestAccuracy", judged, m.DType)))
	} else if !emulated && len(all) > 0 {
		list = append(list, short("fuzz", rowPattern(sharp+"|TestAccuracy|TestThreadsAgree", all, m.DType)))
	}
	products := lab.products(nearest)
	if products {
		list = append(list, short("fuzz", "^TestGemm"))
	}
	if m.Tier != "avx512" { // the test is of the lowest tier
		pattern := "^TestInterpreted$"
		if products {
			pattern = "Interpreted$"
		}
		list = append(list, short(interpreter, pattern))
	}
	if tests := lab.callers.testsOf(m.functions, !emulated); len(tests) > 0 {
		list = append(list, short("kernels", "^("+strings.Join(tests, "|")+")$"))
	}
	if lab.tests == longer {
		list = append(list, longStages(m, all)...)
	}
	return list
}

// foreign reports whether a mutant of AVX2 takes a register that only CPUs with AVX-512 have.
func (m *mutant) foreign() bool {
	return strings.HasSuffix(m.File, "_avx2_amd64.s") && zRegister.MatchString(m.After)
}

var zRegister = regexp.MustCompile(`\bZ\d+\b`)

// products reports whether one of some kernels is a matrix product.
func (lab *laboratory) products(names []string) bool {
	return slices.ContainsFunc(lab.table, func(r spec.Row) bool {
		return r.Dims == "MNK" && slices.Contains(names, r.Kernel)
	})
}

// dense is the distance between the float32 arguments, and the inverse of the share of float64, at
// which the largest errors of a function are measured with another constant.
const dense = "-stride=4099"

// boundStages returns the tests of what the kernels state about their errors, at length, for a mutant
// that changes a constant slightly, or one that functions of one number alone take: these tests judge all
// that such a function does. Else there are none. If the mutant lives, its constant is as good as the one
// it replaces.
func (lab *laboratory) boundStages(m *mutant) []stage {
	if m.Kind != "ulp" && m.Kind != "bit" || lab.tests == quickest {
		return nil
	}
	nearest, _ := lab.callers.rowsOf(m.functions, lab.table)
	judged := lab.oneNumber(nearest) // by their largest errors; the others by all sizes that conformance knows
	if len(nearest) == 0 || !slight(m.Before, m.After, m.DType) && len(judged) < len(nearest) {
		return nil
	}
	var list []stage
	if len(judged) > 0 {
		list = append(list, stage{pkg: "fuzz", args: []string{dense, "-test.run=" +
			rowPattern("TestAccuracy", judged, m.DType) + lab.casePattern(m.functions, judged, m.DType)}})
	}
	if len(judged) < len(nearest) {
		list = append(list, stage{pkg: "fuzz", args: []string{"-test.run=" +
			rowPattern("TestConformance|TestConformanceFromMemory|TestSameBits", nearest, m.DType)}})
	}
	return list
}

// casePattern matches those cases of some kernels whose names, without marks and parameters, end as the
// names of some functions begin, "" if one of these begins as none of those ends: gelu_tanh belongs to
// TanhF32AVX2 and to GELUTanhGradF32AVX2. The cases stand below the dtypes; [rowPattern] matches one of them,
// or none with "all".
func (lab *laboratory) casePattern(functions, kernels []string, dtype string) string {
	letters := strings.NewReplacer("_", "", " ", "")
	var cases []string
	for _, f := range functions {
		begin := strings.ToLower(functionName.FindStringSubmatch(f)[1])
		found := false
		for _, r := range lab.table {
			for _, name := range r.Cases {
				bare, _, _ := strings.Cut(name, "(")
				if name == "" || !slices.Contains(kernels, r.Kernel) ||
					!strings.HasSuffix(letters.Replace(bare), begin) {
					continue
				}
				found = true
				if quoted := regexp.QuoteMeta(name); !slices.Contains(cases, quoted) {
					cases = append(cases, quoted)
				}
			}
		}
		if !found && slices.ContainsFunc(lab.table, func(r spec.Row) bool {
			return slices.Contains(kernels, r.Kernel) && len(r.Cases) > 1
		}) {
			return ""
		}
	}
	if len(cases) == 0 {
		return ""
	}
	pattern := "/^(" + strings.Join(cases, "|") + ")$"
	if dtype == "all" {
		pattern = "/." + pattern
	}
	return pattern
}

// functionName matches the name of a function of the assembly up to what it returns of its function, its
// dtype and its tier.
var functionName = regexp.MustCompile(`^(\w+?)(Grad|Backward)?(F32|F64)?(AVX2|AVX512|NEON)?$`)

// oneNumber returns those of some kernels that are functions of one number.
func (lab *laboratory) oneNumber(names []string) (list []string) {
	for _, r := range lab.table {
		if slices.Contains(names, r.Kernel) && fuzz.OfOneArgument(&r) && !slices.Contains(list, r.Kernel) {
			list = append(list, r.Kernel)
		}
	}
	return list
}

// longStages returns the whole suites, those of the kernels first.
func longStages(m *mutant, rows []string) (list []stage) {
	if len(rows) > 0 {
		list = append(list, stage{pkg: "fuzz", args: []string{"-test.run=" +
			rowPattern("TestConformance|TestConformanceFromMemory|TestSameBits|TestAccuracy", rows, m.DType)}})
	}
	for _, pkg := range []string{clobber, "fuzz", "kernels", "kernels/gonumblas", interpreter, "grad", "layer",
		"train"} {
		list = append(list, stage{pkg: pkg})
	}
	return list
}

// rowPattern matches the subtests of some rows.
func rowPattern(tests string, rows []string, dtype string) string {
	quoted := make([]string, len(rows))
	for i, r := range rows {
		quoted[i] = regexp.QuoteMeta(r)
	}
	pattern := "^(" + tests + ")$/^(" + strings.Join(quoted, "|") + ")$"
	if dtype != "all" {
		pattern += "/^" + dtype + "$"
	}
	return pattern
}

// dependents are the packages whose tests see what a package does.
var dependents = map[string][]string{
	"kernels": {"fuzz", "mat", "layer", "grad"},
	"grad":    {"train"},
	"optim":   {"train"},
	"model":   {"train"},
	"data":    {"train"},
}

func (lab *laboratory) goStages(m *mutant) []stage {
	list := []stage{short(m.Family, ".")}
	for _, pkg := range dependents[m.Family] {
		list = append(list, short(pkg, "."))
	}
	if lab.tests == longer {
		for _, pkg := range append([]string{m.Family}, dependents[m.Family]...) {
			list = append(list, stage{pkg: pkg})
		}
	}
	return list
}
