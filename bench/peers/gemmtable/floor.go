//go:build linux && cgo

package main

import "github.com/ashlar-go/ashlar/bench/peers/internal/blas"

// floor is the target of a shape: the least ratio to the best peer.
func floor(s blas.Shape, threads int) float64 {
	switch cube := s.M == s.N && s.N == s.K; {
	case threads > 1 && s.Least() >= 96:
		return 0.95
	case threads > 1:
		return 0
	case cube && s.M < 16:
		return 0.75
	case cube && s.M < 32:
		return 0.85
	case cube && s.M < 48:
		return 0.95
	}
	return 0.97
}
