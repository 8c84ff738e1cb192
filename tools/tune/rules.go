package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/internal/tuning"
)

// knob is a rule of kernels/gemm_rules.go and the values that are tried in place of today's.
type knob struct {
	rule   string
	values []float64
	bits   bool // the values change the order of summation, and with it the last bits of results
}

const (
	never  = 1 << 50
	always = 0
)

// knobs are all rules. The values are about half, twice and in between, and the ends.
var knobs = []knob{
	{"maxKC", []float64{192, 320, 384, 512}, true},
	{"longKC", []float64{256, 384, 640, 768}, true},
	{"shortSide", []float64{128, 192, 384, 512}, true},
	{"minStrips", []float64{2, 3, 6, 8}, false},
	{"tilesPerThread", []float64{2, 3, 6, 8}, false},
	{"lastShare", []float64{1, 4, 8, 16}, false},
	{"maxShare", []float64{1 << 20, 2 << 20, 4 << 20, 16 << 20}, false},
	{"onePass", []float64{1, 2, 8, never}, false},
	{"turnStrips", []float64{always, 1, 4, 8, never}, false},
	{"packStrips", []float64{2, 4, 16, 32}, false},
	{"nextPanel", []float64{0, 2}, false},
	{"transposeTerms", []float64{16, 64, 128}, false},
	{"fewTerms", []float64{64, 192, 256}, false},
	{"fewTermsRows", []float64{24, 96, 144}, false},
	{"onePassRows", []float64{48, 72, 96, 192, 240}, false},
	{"longRows", []float64{48, 72, 120, 144, 192}, false},
	{"tileShare", []float64{2, 3, 6, 8}, false},
	{"longEighths", []float64{2, 3, 4, 6, 7}, false},
	{"panelRows", []float64{2, 4, 10}, false},
	{"panelCols", []float64{0, 12, 24}, false},
	{"placeRows", []float64{0, 4, 8}, false},
	{"placeCols", []float64{4, 12, 48}, false},
	{"lateShare", []float64{4, 8, 64}, false},
	{"highShare", []float64{4, 8, never}, false},
	{"evenShare", []float64{8, 16, never}, false},
	{"ownRows", []float64{16, 64, never}, false},
	{"ownWidth", []float64{1, 3, 4}, false},
	{"ownShare", []float64{1, 4, 8}, false},
	{"tileMore", []float64{0, 3, 12, 24}, false},
	{"farTerms", []float64{16, 32, 64, 96, 192, never}, false},
	{"farShare", []float64{1, 2, 6, never}, false},
	{"maxStripCols", []float64{64, 96, 192, 256}, false},
	{"maxDirectRows", []float64{24, 48, 72, 240}, false},
	{"columnTerms", []float64{0, 4, 16}, false},
	{"minDot", []float64{32, 96, 128}, true},
	{"parallelFlops", []float64{1 << 18, 1 << 19, 3 << 19, 1 << 21}, false},
	{"aloneFlops", []float64{1 << 20, 2 << 20, 4 << 20, 16 << 20}, false},
	{"turnedFlops", []float64{1 << 19, 1 << 20, 1 << 22}, false},
	{"swapLoss", []float64{0, 2, 8, 15}, false},
	{"swapFlops", []float64{1 << 16, 1 << 18, 1 << 20, never}, false},
	{"narrowShare", []float64{1, 4, never}, false},
	{"narrowStrips", []float64{1, 4, 8}, false},
	{"swapRows", []float64{128, 256, 512, 2048}, false},
	{"directRows", []float64{always, 64, 128, 256, 1024}, false},
	{"directFew", []float64{8, 32, 96, 128}, false},
	{"directShare", []float64{16, 32, 128, 256}, false},
	{"directTerms", []float64{128, 320, 512}, false},
	{"directStrip", []float64{always, 128, 256, 2048}, false},
	{"turnRows", []float64{64, 128, 500}, false},
	{"turnTerms", []float64{16, 64, 128}, false},
	{"pagesRows", []float64{always, 60, 240, never}, false},
	{"pagesFew", []float64{always, 12, 40, 64, 120}, false},
	{"pagesTerms", []float64{always, 64, 256, never}, false},
}

// setting is a rule with a value that replaces today's.
type setting struct {
	knob  *knob
	value float64
}

// candidate is one setting, or several together. None is today's rules.
type candidate []setting

func (c candidate) String() string {
	var parts []string
	for _, s := range c {
		parts = append(parts, s.knob.rule+"="+valueText(s.value))
	}
	return strings.Join(parts, " ")
}

// marked is the name of a candidate for people: it says so where products would have other last bits.
func (c candidate) marked() string {
	if c.bits() {
		return c.String() + " (other bits)"
	}
	return c.String()
}

func valueText(v float64) string {
	if v == never {
		return "never"
	}
	return fmt.Sprint(int(v))
}

// bits reports whether results may differ from today's in the last bits.
func (c candidate) bits() bool {
	return slices.ContainsFunc(c, func(s setting) bool { return s.knob.bits })
}

// registry has the rules of this build by name, with today's values.
type registry map[string]struct {
	rule  *tuning.Rule
	today float64
}

func newRegistry() registry {
	all := registry{}
	for _, r := range tuning.Rules {
		entry := all[r.Name]
		entry.rule, entry.today = r, r.Get()
		all[r.Name] = entry
	}
	return all
}

// apply sets the rules of c, and those of today elsewhere.
func (r registry) apply(c candidate) {
	for _, entry := range r {
		entry.rule.Set(entry.today)
	}
	for _, s := range c {
		r[s.knob.rule].rule.Set(s.value)
	}
}
