package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
)

// tolerance of a loss, relative, where the bits may differ: NEON adds the lanes of a vector in another
// order than AVX2, and functions of package math round differently from one GOARCH to the next.
const tolerance = 1e-6

// demoArgs train for a moment.
var demoArgs = []string{"-data", "digits", "-samples", "256", "-batch", "64", "-epochs", "1",
	"-optimizer", "momentum"}

// demo trains the demo on a machine, on its best tier, and compares with the same training on this CPU.
func (l *laboratory) demo(m *machine) ([]byte, error) {
	there, err := l.compile(m, "examples", "build", "./mnist")
	if err != nil {
		return nil, err
	}
	out := filepath.Join(l.dir, "demo", m.name)
	text, err := l.command(m, ".", append([]string{there, "-out", out}, demoArgs...))
	if err != nil {
		return text, err
	}
	tier := m.tier()
	if !bytes.Contains(text, []byte("tier "+tier+" of ["+m.tiers+"]")) {
		return text, fmt.Errorf("the demo does not say that it ran %s of %s", tier, m.tiers)
	}
	if tier == "neon" {
		tier = "avx2"
	}
	if tier == "avx2" && !here(tier) {
		return text, errors.New("this CPU has no AVX2 to compare with")
	}
	want, err := l.reference(tier)
	if err != nil {
		return text, err
	}
	if err := compare(want, out, m.tiers == avx2 || m.limit != ""); err != nil {
		return text, err
	}
	return append(text, "\n--- PASS: demo\n"...), nil
}

// here reports whether this CPU has a tier. tools/cputiers asks the system, not the code that is tested.
func here(tier string) bool {
	text, err := exec.Command("./tools/cputiers").Output()
	return err == nil && bytes.Contains(append(text, ' '), []byte(" "+tier))
}

// reference trains the demo on this CPU, once a tier, and returns the folder of its results.
func (l *laboratory) reference(tier string) (string, error) {
	out := filepath.Join(l.dir, "demo", "here-"+tier)
	l.lock.Lock()
	b := l.built["reference "+tier]
	if b == nil {
		b = &build{path: out}
		l.built["reference "+tier] = b
	}
	l.lock.Unlock()
	b.once.Do(func() {
		var program string
		self := &machine{goarch: runtime.GOARCH}
		if program, b.err = l.compile(self, "examples", "build", "./mnist"); b.err != nil {
			return
		}
		args := append([]string{"-out", out, "-tier", tier}, demoArgs...)
		text, err := interruptible(l.ctx, program, args...).CombinedOutput()
		if err != nil {
			b.err = fmt.Errorf("the demo on this CPU: %w\n%s", err, text)
		}
	})
	return out, b.err
}

// compare compares the results of two trainings: the weights to the bit, or the losses.
func compare(want, got string, bits bool) error {
	if bits {
		var weights [2][]byte
		for i, dir := range []string{want, got} {
			var err error
			if weights[i], err = os.ReadFile(filepath.Join(dir, "digits.safetensors")); err != nil {
				return err
			}
		}
		if !bytes.Equal(weights[0], weights[1]) {
			return errors.New("the weights of the demo have other bits than on this CPU")
		}
	}
	here, err := losses(want)
	if err != nil {
		return err
	}
	there, err := losses(got)
	if err != nil {
		return err
	}
	for i := range here {
		if d := math.Abs(there[i]-here[i]) / here[i]; !(d <= tolerance) {
			return fmt.Errorf("the demo has the loss %v, and %v on this CPU: apart by %.2g, allowed %v",
				there[i], here[i], d, tolerance)
		}
	}
	return nil
}

// losses are the training loss and the test loss of the only epoch.
func losses(dir string) (l [2]float64, err error) {
	path := filepath.Join(dir, "digits.csv")
	f, err := os.Open(path)
	if err != nil {
		return l, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return l, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) != 2 || len(rows[1]) < 4 {
		return l, fmt.Errorf("%s has %d rows, want 2 of at least 4 columns", path, len(rows))
	}
	for i, column := range []int{1, 3} {
		if l[i], err = strconv.ParseFloat(rows[1][column], 64); err != nil {
			return l, fmt.Errorf("%s: %w", path, err)
		}
	}
	return l, nil
}
