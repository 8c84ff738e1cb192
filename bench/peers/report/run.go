package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
)

// program is a measuring program: its package, the file it writes, and its arguments in the short form.
type program struct {
	name, flag, file string
	short, full      []string
	inMain           bool // it belongs to the main module
}

// cubes are the shapes of the short form, functions those of the accuracy table.
const (
	cubes = "^NN (8x8x8|16x16x16|32x32x32|64x64x64|128x128x128|256x256x256|512x512x512|" +
		"1024x1024x1024|2048x2048x2048)$"
	functions = "^(Activate|ActivateGrad|Exp|Expm1|Log|Log1p|Sigmoid|Tanh|Erf|Softplus|Sqrt|Rsqrt)/"
)

var programs = []program{
	{name: "gemmtable", flag: "-json", file: productsFile,
		short: []string{"-pool=false", "-rounds", "5", "-shapes", cubes}},
	{name: "vectortable", flag: "-json", file: vectorsFile, short: []string{"-short", "-rounds", "3"}},
	{name: "gonumtable", flag: "-json", file: gonumFile, short: []string{"-n", "512", "-time", "60ms"},
		full: []string{"-n", "64,512,1000"}},
	{name: "traintable", flag: "-json", file: trainingFile,
		short: []string{"-rounds", "3", "-compiled", "^$", "-details=false",
			"-run", "(784-512-256-10|30-64-1) (momentum|inference).*, batch (1|32|128|512),"}},
	{name: "accuracy", flag: "-csv", file: accuracyFile, inMain: true,
		short: []string{"-run", functions, "-brief", "100000"},
		full:  []string{"-run", functions, "-brief", "10000000"}},
}

// measure runs the programs one after the other and describes the machine. A program that cannot be built
// or fails leaves no file, and its reason stands in the report.
func (c *config) measure() error {
	if err := os.MkdirAll(c.out, 0o777); err != nil {
		return err
	}
	m := describeMachine(c.root)
	m.Full = c.full
	for _, p := range programs {
		line, err := c.runProgram(&p, &m)
		if err != nil {
			fmt.Fprintf(os.Stderr, "report: %s: %v\n", line, err)
		}
	}
	return figures.Write(filepath.Join(c.out, machineFile), m)
}

// runProgram builds and runs a program. Its file of an earlier report goes first, so that no report mixes
// two.
func (c *config) runProgram(p *program, m *figures.Machine) (line string, err error) {
	file := filepath.Join(c.out, p.file)
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return p.name, err
	}
	arguments := p.short
	if c.full {
		arguments = p.full
	}
	line = strings.Join(append([]string{p.name}, quoted(arguments)...), " ")
	fmt.Fprintln(os.Stderr, "report:", line)
	begin := time.Now()
	defer func() {
		record := figures.Command{Line: line, Seconds: time.Since(begin).Seconds()}
		if err != nil {
			record.Error = err.Error()
		}
		m.Commands = append(m.Commands, record)
	}()
	binary, err := c.build(p)
	if err != nil {
		return line, err
	}
	cmd := exec.Command(binary, append([]string{p.flag, file}, arguments...)...)
	cmd.Dir = filepath.Join(c.root, "bench", "peers")
	out, err := cmd.CombinedOutput()
	log := strings.TrimSuffix(file, filepath.Ext(file)) + ".txt"
	if e := os.WriteFile(log, out, 0o666); e != nil {
		return line, e
	}
	if err != nil {
		return line, fmt.Errorf("%w: %s", err, lastLine(out))
	}
	return line, nil
}

// build compiles a program into out/bin.
func (c *config) build(p *program) (binary string, err error) {
	folder, where := filepath.Join(c.root, "bench", "peers"), "./"+p.name
	if p.inMain {
		folder, where = c.root, "./tools/"+p.name
	}
	binary = filepath.Join(c.root, "out", "bin", p.name)
	cmd := exec.Command("go", "build", "-o", binary, where)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	switch {
	case strings.Contains(string(out), "build constraints exclude all Go files"):
		return "", errors.New("it needs Linux, cgo and a C compiler; vectortable and traintable also amd64")
	case err != nil:
		return "", fmt.Errorf("it cannot be built on this machine: %s", lastLine(out))
	}
	return binary, nil
}

// lastLine is the last line that a program printed, at most 200 bytes of it.
func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	s := lines[len(lines)-1]
	return s[:min(len(s), 200)]
}

// quoted puts arguments with spaces or signs of the shell in quotes.
func quoted(arguments []string) (list []string) {
	for _, a := range arguments {
		if strings.ContainsAny(a, " ()|^$*?") {
			a = "'" + a + "'"
		}
		list = append(list, a)
	}
	return list
}
