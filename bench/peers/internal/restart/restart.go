// Package restart gives a comparison the environment in which every library shows its best.
package restart

import (
	"errors"
	"os"
	"os/exec"
	"strings"

	"github.com/ashlar-go/ashlar/kernels"
)

// Clean runs the program anew in an environment without presets that slow a library, with
// the libraries restricted to AVX2 where we are. It returns in the new process, or with an
// error in the old one.
func Clean() error {
	const done = "ASHLAR_PEERS_CLEAN"
	if os.Getenv(done) != "" {
		return nil
	}
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OPENBLAS_") && !strings.HasPrefix(v, "OMP_") &&
			!strings.HasPrefix(v, "MKL_") {
			env = append(env, v)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = append(append(env, done+"=1"), settings()...),
		os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		os.Exit(0)
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	}
	return err
}

// settings are those of the libraries. MKL's own threads would spin for 200 ms after a
// product, into the time of the next contestant. BLIS does not know every CPU and would take
// its AVX2 kernels: 0 and 3 are what its configurations skx and haswell are called in
// version 0.9.
func settings() []string {
	env := []string{"MKL_THREADING_LAYER=GNU"}
	switch kernels.Active() {
	case kernels.AVX512:
		env = append(env, "BLIS_ARCH_TYPE=0")
	case kernels.AVX2:
		env = append(env, "OPENBLAS_CORETYPE=Haswell", "BLIS_ARCH_TYPE=3", "DNNL_MAX_CPU_ISA=AVX2",
			"ONEDNN_MAX_CPU_ISA=AVX2",
			"LIBXSMM_TARGET=hsw", "MKL_ENABLE_INSTRUCTIONS=AVX2", "ATEN_CPU_CAPABILITY=avx2")
	}
	return env
}
