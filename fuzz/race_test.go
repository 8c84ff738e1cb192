//go:build race

package fuzz

// raceEnabled shortens tests: the race detector makes the oracles about ten times as slow.
const raceEnabled = true
