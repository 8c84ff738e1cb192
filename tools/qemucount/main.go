// Command qemucount counts the instructions that the kernels execute on arm64, under the user
// emulation of qemu, which counts exactly on any machine:
//
//	go run ./tools/qemucount [-cpu model] [-cover]
//
// It first calls every kernel on the NEON tier, and fails if a function of the assembly executes no
// instruction. Then, unless -cover ends it there, it counts each kernel on the NEON tier and in
// pure Go, and prints the ratios as tables in Markdown. It fails if a ratio is below its bound.
//
// Package workload has the calls, plugin/count.c the plugin of qemu, which a C compiler of this
// machine builds. The plugin needs the dynamically linked qemu-aarch64, in Debian's package qemu-user.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/tools/internal/arm64"
	"github.com/ashlar-go/ashlar/tools/internal/tempdir"
)

const qemu = "qemu-aarch64"

func main() {
	cpu := flag.String("cpu", "max", "`model` that qemu emulates")
	cover := flag.Bool("cover", false, "end after the test that every NEON function is executed")
	arm64.ParseFlags("qemucount")
	if err := run(*cpu, *cover); err != nil {
		fmt.Fprintln(os.Stderr, "qemucount:", err)
		os.Exit(1)
	}
}

func run(cpu string, cover bool) error {
	if err := arm64.Need(qemu, "qemu-user"); err != nil {
		return err
	}
	dir, remove, err := tempdir.Make("qemucount")
	if err != nil {
		return err
	}
	defer remove()
	c, err := newCounter(dir, cpu)
	if err != nil {
		return err
	}
	if err := c.covered(); err != nil || cover {
		return err
	}
	return c.compare()
}

// counter runs the workload under the plugin.
type counter struct {
	dir, cpu, binary string
	ranges           []string // of addresses that are counted: the names of NEON functions, "" for other code
}

// kernelCode matches the symbols of what a kernel executes: its package and what that calls, but not
// the workload, which makes operands ready for the call.
var kernelCode = regexp.MustCompile(
	`^(github\.com/ashlar-go/ashlar/(kernels|internal)[/.]|math\.|runtime\.mem(move|clr))`)

// newCounter builds the workload and the plugin in dir.
func newCounter(dir, cpu string) (*counter, error) {
	c := &counter{dir: dir, cpu: cpu, binary: filepath.Join(dir, "workload")}
	if err := arm64.Build(".", "build", "-o", c.binary, "./tools/qemucount/workload"); err != nil {
		return nil, err
	}
	_, mark, err := arm64.Stubs(c.binary, "main.mark")
	if err != nil {
		return nil, err
	}
	all, err := arm64.Functions(c.binary)
	if err != nil {
		return nil, err
	}
	var ranges bytes.Buffer
	fmt.Fprintf(&ranges, "%x\n", mark.Start)
	for _, f := range all {
		name, stub := arm64.StubName(f.Name)
		if stub || kernelCode.MatchString(f.Name) {
			c.ranges = append(c.ranges, name)
			fmt.Fprintf(&ranges, "%x %x\n", f.Start, f.End)
		}
	}
	if err := os.WriteFile(c.path("map"), ranges.Bytes(), 0o644); err != nil {
		return nil, err
	}
	return c, c.buildPlugin()
}

func (c *counter) path(name string) string { return filepath.Join(c.dir, name) }

// refusal matches what qemu says to a plugin for another version of its interface, and has the
// oldest version that it takes.
var refusal = regexp.MustCompile(`plugin version \d+ vs (\d+)/\d+`)

// buildPlugin compiles the plugin for the version of the interface that this qemu takes.
func (c *counter) buildPlugin() error {
	for version := "1"; ; {
		cc := exec.Command("cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-DVERSION="+version, "-o",
			c.path("count.so"), "tools/qemucount/plugin/count.c")
		if out, err := cc.CombinedOutput(); err != nil {
			return fmt.Errorf("the plugin does not compile: %w\n%s", err, out)
		}
		_, err := c.qemu("generic", "nothing")
		switch {
		case err == nil:
			return nil
		case version != "1" || refusal.FindStringSubmatch(err.Error()) == nil:
			return err
		}
		version = refusal.FindStringSubmatch(err.Error())[1]
	}
}

// qemu runs the workload on a tier and returns what it prints.
func (c *counter) qemu(tier, work string) (string, error) {
	cmd := exec.Command(qemu, "-cpu", c.cpu, "-plugin",
		fmt.Sprintf("%s,map=%s,out=%s", c.path("count.so"), c.path("map"), c.path("counts")), c.binary, work)
	// A preemption would add the instructions of its signal handler.
	cmd.Env = append(os.Environ(), "ASHLAR_TIER="+tier, "GODEBUG=asyncpreemptoff=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil && stderr.Len() > 0 {
		err = errors.New("wants no warnings") // such as one that ASHLAR_TIER is ignored
	}
	if err != nil {
		return "", fmt.Errorf("%s %s on tier %s: %w\n%s", qemu, work, tier, err, stderr.Bytes())
	}
	return string(out), nil
}

// phase is a measured phase of the workload.
type phase struct {
	class, name, dtype, setting string
	all                         uint64            // instructions
	kernel                      uint64            // those of the kernels and what they call
	of                          map[string]uint64 // those of each NEON function
}

// count runs the workload on a tier.
func (c *counter) count(tier, work string) ([]phase, error) {
	out, err := c.qemu(tier, work)
	if err != nil {
		return nil, err
	}
	var phases []phase
	for line := range strings.Lines(out) {
		field := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(field) != 4 {
			return nil, fmt.Errorf("the workload printed %q", line)
		}
		phases = append(phases, phase{class: field[0], name: field[1], dtype: field[2], setting: field[3],
			of: map[string]uint64{}})
	}
	counts, err := os.ReadFile(c.path("counts"))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(counts)) {
		var i, function int
		var n uint64
		if _, err := fmt.Sscan(line, &i, &function, &n); err != nil {
			return nil, fmt.Errorf("counts: %q: %w", line, err)
		}
		if i%2 != 0 || i/2 >= len(phases) {
			continue // between two measured phases, or behind the last
		}
		p := &phases[i/2]
		p.all += n
		if function == 0 {
			continue
		}
		p.kernel += n
		if name := c.ranges[function-1]; name != "" {
			p.of[name] += n
		}
	}
	return phases, nil
}

// covered returns an error that names the functions which no call of a kernel executes.
func (c *counter) covered() error {
	declared, err := arm64.Declared(".")
	if err != nil {
		return err
	}
	phases, err := c.count(arm64.Tier, "cover")
	if err != nil {
		return err
	}
	executed := phases[0].of
	missing := slices.DeleteFunc(declared, func(name string) bool { return executed[name] > 0 })
	if len(missing) > 0 {
		return fmt.Errorf("%d %s functions are not executed: %s", len(missing), arm64.Suffix,
			strings.Join(missing, ", "))
	}
	fmt.Printf("Every one of %d %s functions is executed on %s: %d instructions.\n\n", len(executed),
		arm64.Suffix, c.cpu, phases[0].assembly())
	return nil
}

// assembly is the instructions of all NEON functions.
func (p *phase) assembly() (n uint64) {
	for _, c := range p.of {
		n += c
	}
	return n
}
