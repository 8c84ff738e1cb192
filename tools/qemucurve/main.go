// Command qemucurve trains the demo on the first images of MNIST twice, on this machine and on
// arm64 under the user emulation of qemu, and compares the losses:
//
//	go run ./tools/qemucurve [-tier avx2] [-cpu model] [-samples n] [-epochs n]
//
// The loss of an epoch may differ by a part in a million. The elementwise kernels of the two have
// the same bits, and so has each chain of multiply-adds; sums over the lanes of a vector are added
// up in another order, and what that rounds differently grows from step to step.
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/ashlar-go/ashlar/tools/internal/arm64"
	"github.com/ashlar-go/ashlar/tools/internal/tempdir"
)

const (
	qemu      = "qemu-aarch64-static"
	tolerance = 1e-6 // of a loss, relative
)

func main() {
	tier := flag.String("tier", "avx2", "`tier` to compare with, one of this machine")
	cpu := flag.String("cpu", "max", "`model` that qemu emulates")
	samples := flag.Int("samples", 1000, "images to train on, and to test on")
	epochs := flag.Int("epochs", 3, "passes over the training data")
	arm64.ParseFlags("qemucurve")
	if err := run(*tier, *cpu, *samples, *epochs); err != nil {
		fmt.Fprintln(os.Stderr, "qemucurve:", err)
		os.Exit(1)
	}
}

func run(tier, cpu string, samples, epochs int) error {
	if err := arm64.Need("qemu-aarch64-static", "qemu-user-static"); err != nil {
		return err
	}
	dir, remove, err := tempdir.Make("qemucurve")
	if err != nil {
		return err
	}
	defer remove()
	here, there := filepath.Join(dir, "here"), filepath.Join(dir, "there")
	if out, err := exec.Command("go", "-C", "examples", "build", "-o", here, "./mnist").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	if err := arm64.Build("examples", "build", "-o", there, "./mnist"); err != nil {
		return err
	}
	args := []string{"-optimizer", "momentum", "-samples", fmt.Sprint(samples), "-epochs", fmt.Sprint(epochs)}
	want, err := losses(filepath.Join(dir, tier), append([]string{here, "-tier", tier}, args...))
	if err != nil {
		return err
	}
	got, err := losses(filepath.Join(dir, arm64.Tier),
		append([]string{qemu, "-cpu", cpu, there, "-tier", arm64.Tier}, args...))
	if err != nil {
		return err
	}
	return compare(tier, cpu, want, got)
}

// loss is the training loss of an epoch and the test loss behind it.
type loss [2]float64

// losses runs the demo and reads the losses from the history that it writes to out.
func losses(out string, command []string) ([]loss, error) {
	cmd := exec.Command(command[0], append(command[1:], "-out", out)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", command, err, text)
	}
	f, err := os.Open(filepath.Join(out, "mnist.csv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	var all []loss
	for _, row := range rows[1:] {
		var l loss
		for i, column := range []int{1, 3} {
			if l[i], err = strconv.ParseFloat(row[column], 64); err != nil {
				return nil, err
			}
		}
		all = append(all, l)
	}
	return all, nil
}

// compare prints both curves and returns an error if they are further apart than the tolerance.
func compare(tier, cpu string, want, got []loss) error {
	if len(got) != len(want) || len(got) == 0 {
		return fmt.Errorf("%d epochs on %s, %d on %s", len(want), tier, len(got), arm64.Tier)
	}
	fmt.Printf("| epoch | loss on %s | on %s, %s | test loss on %[1]s | on %[2]s, %[3]s |\n|---|---|---|---|---|\n",
		tier, arm64.Tier, cpu)
	apart := 0.0
	for i := range want {
		fmt.Printf("| %d | %.9f | %.9f | %.9f | %.9f |\n", i+1, want[i][0], got[i][0], want[i][1], got[i][1])
		for k := range want[i] {
			difference := math.Abs(got[i][k]-want[i][k]) / want[i][k]
			if !(difference <= tolerance) {
				return fmt.Errorf("epoch %d: the losses differ by %.3g, allowed %v", i+1, difference, tolerance)
			}
			apart = max(apart, difference)
		}
	}
	fmt.Printf("\nThe losses differ by %.2g at most, relative to them; allowed are %v.\n", apart, tolerance)
	return nil
}
