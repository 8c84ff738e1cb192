//go:build linux && cgo

package blas

import (
	"fmt"
	"path/filepath"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
)

// Peer is a library that multiplies matrices of float32 and float64.
type Peer struct {
	Name    string
	files   []string  // the files it may be in, as patterns
	kind    kind      // how it is called
	symbols [2]string // its function for float32 and float64
	threads string    // its function that sets the number of threads
	long    bool      // that function takes a long
	serial  bool      // it has one thread only

	file  string
	gemm  [2]unsafe.Pointer
	limit unsafe.Pointer
}

// Peers lists what is compared. root is the checkout. Files of out/peers are those of the install script.
func Peers(root string) []*Peer {
	out := filepath.Join(root, "out", "peers")
	debian := "/usr/lib/x86_64-linux-gnu/"
	list := []*Peer{
		{Name: "OpenBLAS",
			files:   []string{out + "/lib/python3*/site-packages/scipy_openblas32/lib/libscipy_openblas.so"},
			symbols: [2]string{"scipy_cblas_sgemm", "scipy_cblas_dgemm"},
			threads: "scipy_openblas_set_num_threads"},
		{Name: "OpenBLAS-Debian", files: []string{debian + "openblas-pthread/libopenblas.so.0"},
			symbols: [2]string{"cblas_sgemm", "cblas_dgemm"}, threads: "openblas_set_num_threads"},
		{Name: "AOCL-BLIS", files: []string{"libblis-mt.so.5", "libblis-mt.so.4", "libblis-mt.so"},
			symbols: [2]string{"cblas_sgemm", "cblas_dgemm"}, threads: "bli_thread_set_num_threads",
			long: true},
		{Name: "BLIS", files: []string{debian + "blis-pthread/libblis.so.4"},
			symbols: [2]string{"cblas_sgemm", "cblas_dgemm"}, threads: "bli_thread_set_num_threads",
			long: true},
		{Name: "oneDNN", files: []string{debian + "libdnnl.so.2", debian + "libdnnl.so.3"}, kind: dnnl,
			symbols: [2]string{"dnnl_sgemm", ""}, threads: "omp_set_num_threads"},
		{Name: "libxsmm", files: []string{out + "/libxsmm.so"}, kind: xsmm, serial: true,
			symbols: [2]string{"libxsmm_smmdispatch", "libxsmm_dmmdispatch"}},
		// Version 2 exists as source code only, and its functions take other arguments.
		{Name: "libxsmm 2"},
		{Name: "Eigen", files: []string{out + "/libeigengemm_" + kernels.Active().String() + ".so"},
			symbols: [2]string{"eigen_sgemm", "eigen_dgemm"}, threads: "eigen_threads"},
		{Name: "MKL", files: []string{out + "/lib/libmkl_rt.so*"},
			symbols: [2]string{"cblas_sgemm", "cblas_dgemm"}, threads: "MKL_Set_Num_Threads"},
	}
	for _, p := range list {
		p.load()
	}
	return list
}

func (p *Peer) load() {
	lib, file := Open(p.files...)
	p.file = file
	for i, s := range p.symbols {
		p.gemm[i] = lib.Symbol(s)
	}
	p.limit = lib.Symbol(p.threads)
	if p.threads == "omp_set_num_threads" && p.limit == nil {
		omp, _ := Open("libgomp.so.1")
		p.limit = omp.Symbol(p.threads)
	}
}

// State says where the library was found.
func (p *Peer) State() string {
	switch {
	case p.file == "":
		return "absent"
	case p.gemm[0] == nil:
		return fmt.Sprintf("absent (%s has no %s)", p.file, p.symbols[0])
	case p.limit == nil && !p.serial:
		return fmt.Sprintf("absent (%s has no %s)", p.file, p.threads)
	}
	return p.file
}

// Absent reports whether there is no such library.
func (p *Peer) Absent() bool { return p.State()[0] == 'a' }

// Generates reports whether the library generates code for the very shape.
func (p *Peer) Generates() bool { return p.kind == xsmm }

// Function returns what computes the product, or nil if the peer does not.
func (p *Peer) Function(c *Product, threads int) unsafe.Pointer {
	f := p.gemm[c.in/8]
	if p.Absent() || f == nil || threads > 1 && p.serial {
		return nil
	}
	if p.kind == xsmm {
		return c.dispatch(f)
	}
	return f
}
