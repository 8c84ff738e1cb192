//go:build race

package fuzz

// raceEnabled: the oracles are an order of magnitude slower.
const raceEnabled = true
