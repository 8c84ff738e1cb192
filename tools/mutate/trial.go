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
	"strings"
	"sync"
	"time"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// stage is one run of the test of a package.
type stage struct {
	pkg  string   // its folder
	args []string // of the test
}

func (s stage) String() string { return s.pkg + " " + strings.Join(s.args, " ") }

// short is a stage of the tests that match a pattern, as go test -short runs them.
func short(pkg, pattern string) stage {
	return stage{pkg, []string{"-test.short", "-test.run=" + pattern}}
}

// laboratory tries mutants.
type laboratory struct {
	ctx     context.Context // ends with the tool
	root    string
	arch    string // of the assembly; "" for Go
	long    bool
	timeout time.Duration // of one stage, at least
	callers callers
	table   []spec.Row
	cache   string // GOCACHEPROG, or ""

	lock     sync.Mutex
	baseline map[string]*baseline
	base     trial // builds the tests without a mutant
}

// baseline is whether a stage passes without a mutant, and how long it took.
type baseline struct {
	once sync.Once
	took time.Duration
	err  error
}

// trial is where the tests of one mutant are built.
type trial struct {
	lab     *laboratory
	dir     string
	overlay string // "" without a mutant

	lock  sync.Mutex
	built map[string]error // by package
}

// judge runs the tests of a mutant until one fails.
func (lab *laboratory) judge(m *mutant) (entry, error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return entry{}, err
	}
	defer os.RemoveAll(dir)
	t := &trial{lab: lab, dir: dir, built: map[string]error{}}
	if err := t.write(m); err != nil {
		return entry{}, err
	}
	start := time.Now()
	e := entry{ID: m.ID, Verdict: lived, Long: lab.long}
	for _, s := range lab.stages(m) {
		took, err := lab.passes(s, lab.environment(m))
		if err != nil {
			return e, err
		}
		// Other programs may take the CPUs: a mutant has ten times as long.
		why, err := t.run(s, lab.environment(m), max(lab.timeout, 10*took))
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
	file := filepath.Join(t.dir, filepath.Base(path)) // errors of the compiler have this name
	if err := os.WriteFile(file, []byte(m.apply(string(text))), 0o644); err != nil {
		return err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: file}})
	if err != nil {
		return err
	}
	t.overlay = filepath.Join(t.dir, "overlay.json")
	return os.WriteFile(t.overlay, overlay, 0o644)
}

// buildError is what the go command wrote when it could not build a test.
type buildError struct{ text string }

func (e *buildError) Error() string { return "building the test: " + e.text }

// build compiles the test of a package once. Vet and symbols would cost more than the compiler.
func (t *trial) build(pkg string) (binary string, err error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	binary = filepath.Join(t.dir, strings.ReplaceAll(pkg, "/", "_")+".test")
	if err, done := t.built[pkg]; done {
		return binary, err
	}
	args := []string{"test", "-c", "-vet=off", "-ldflags=-s -w", "-o", binary}
	if t.overlay != "" {
		args = append(args, "-overlay", t.overlay)
	}
	cmd := exec.CommandContext(t.lab.ctx, "go", append(args, ".")...)
	cmd.Dir = filepath.Join(t.lab.root, filepath.FromSlash(pkg))
	cmd.Env = os.Environ()
	if t.lab.arch != "" {
		cmd.Env = append(cmd.Env, "GOARCH="+t.lab.arch)
	}
	if t.lab.cache != "" && t.overlay != "" {
		cmd.Env = append(cmd.Env, "GOCACHEPROG="+t.lab.cache)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = &buildError{fmt.Sprintf("%v\n%s", err, out)}
	}
	t.built[pkg] = err
	return binary, err
}

var errFailed = errors.New("the tests fail")

// run runs the test of a package. If it fails, why is the line that says so.
func (t *trial) run(s stage, env []string, timeout time.Duration) (why string, err error) {
	binary, err := t.build(s.pkg)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(t.lab.ctx, timeout)
	defer cancel()
	args := append([]string{binary, "-test.failfast", "-test.timeout=0"}, s.args...)
	if t.lab.arch == "arm64" {
		args = append([]string{qemu, "-cpu", "max"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = filepath.Join(t.lab.root, filepath.FromSlash(s.pkg))
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return fmt.Sprintf("timeout after %v", timeout), errFailed
	case err != nil:
		return firstLine(out.String(), "--- FAIL", "panic:", "fatal error:", "SIG", "qemu:"), errFailed
	case bytes.Contains(out.Bytes(), []byte("no tests to run")):
		return "", fmt.Errorf("%v runs no tests", s)
	}
	return "", nil
}

// qemu runs the tests of arm64 on another machine, as tools/qemutest does.
const qemu = "qemu-aarch64-static"

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
// how long the stage took.
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
		start := time.Now()
		if why, err := lab.base.run(s, env, patience); err != nil {
			b.err = fmt.Errorf("%v fails without a mutant: %w: %s", s, err, why)
		}
		b.took = time.Since(start)
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
	register := stage{clobber, nil}
	if m.Kind == "vzeroupper" {
		list = append(list, register)
	}
	nearest, all := lab.callers.rowsOf(m.functions, lab.table)
	if len(all) > 0 {
		list = append(list, short("fuzz", rowPattern("TestConformance|TestSameBits", nearest, m.DType)),
			short("fuzz", rowPattern("TestConformance|TestSameBits|TestAccuracy", all, m.DType)))
	}
	list = append(list, short("fuzz", "^(TestExact|TestGemm.*|TestThreadsAgree)$"))
	if m.Kind != "vzeroupper" {
		list = append(list, register)
	}
	list = append(list, short(interpreter, "."), short("kernels", "."))
	if lab.long {
		if len(all) > 0 {
			list = append(list, stage{"fuzz", []string{"-test.run=" +
				rowPattern("TestConformance|TestSameBits|TestAccuracy", all, m.DType)}})
		}
		for _, pkg := range []string{"fuzz", "kernels", "kernels/gonumblas", interpreter, "grad", "layer",
			"train"} {
			list = append(list, stage{pkg, nil})
		}
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
	if lab.long {
		for _, pkg := range append([]string{m.Family}, dependents[m.Family]...) {
			list = append(list, stage{pkg, nil})
		}
	}
	return list
}
