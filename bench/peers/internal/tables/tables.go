// Package tables writes figures into the cells of tables. NaN stands for what was not measured: its
// cell is empty.
package tables

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/kernels"
)

// Number is a rate or a time.
func Number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// Share is a part of a whole, in percent.
func Share(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*v)
}

// Ratio is one figure over another.
func Ratio(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return fmt.Sprintf("%.3f", v)
}

// Beside is a figure, and behind it the ratio to it.
func Beside(v, ratio float64) string { return strings.TrimSpace(Number(v) + " " + Ratio(ratio)) }

// Mean is the geometric mean of the values that are not NaN, and their number; NaN of none.
func Mean(values []float64) (mean float64, count int) {
	sum := 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			sum += math.Log(v)
			count++
		}
	}
	return math.Exp(sum / float64(count)), count
}

// Machine describes in lines what a table of fewer bits was measured on: the CPU, what it has for products
// of few bits, and what of that is used.
func Machine() string {
	text := fmt.Sprintf("%s, %d CPUs, tier %v, %s\nfeatures: %s\n", strings.TrimSpace(cpuid.CPU.BrandName),
		runtime.NumCPU(), kernels.Active(), runtime.Version(), features())
	path := func(what string, active fmt.Stringer, why string) {
		text += fmt.Sprintf("%s path: %v", what, active)
		if why != "" {
			text += "; not taken: " + why
		}
		text += "\n"
	}
	path("bfloat16", kernels.ActiveBF16(), kernels.ExplainBF16())
	path("int8", kernels.ActiveInt8(), kernels.ExplainInt8())
	return text
}

// features names those instructions for products of few bits that the CPU has.
func features() string {
	var have, all []string
	for _, id := range []cpuid.FeatureID{cpuid.AVX512BF16, cpuid.AMXBF16, cpuid.AMXINT8, cpuid.AVX512VNNI,
		cpuid.AVXVNNI} {
		name := strings.ToLower(id.String())
		all = append(all, name)
		if cpuid.CPU.Supports(id) {
			have = append(have, name)
		}
	}
	if have == nil {
		return "none of " + strings.Join(all, ", ")
	}
	return strings.Join(have, ", ")
}

// WriteCSV writes lines to a file, of which nothing remains if that fails.
func WriteCSV(path string, lines [][]string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "csv")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	err = csv.NewWriter(f).WriteAll(lines)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
