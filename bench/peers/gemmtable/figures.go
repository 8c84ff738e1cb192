//go:build linux && cgo

package main

import (
	"math"
	"strings"

	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
)

// writeJSON writes all rates for the report.
func writeJSON(path, root string, list []*blas.Peer, all []results) error {
	var out figures.Products
	for _, p := range list {
		state := strings.TrimPrefix(p.State(), root+"/")
		out.Peers = append(out.Peers, figures.Peer{Name: p.Name, State: state})
	}
	for _, t := range all {
		for _, r := range t.rows {
			row := figures.Product{DType: t.dtype, Threads: t.threads, Shape: r.String(),
				M: r.M, N: r.N, K: r.K, Ours: r.ours, Prepared: known(r.prepared),
				Peak: known(r.peak), Peers: map[string]float64{}}
			for i, v := range r.peers {
				if !math.IsNaN(v) {
					row.Peers[t.peers[i].Name] = v
				}
			}
			out.Rows = append(out.Rows, row)
		}
	}
	return figures.Write(path, out)
}

// known turns NaN into 0, since JSON has no NaN.
func known(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}
