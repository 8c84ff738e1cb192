//go:build tune

package kernels

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/tuning"
)

// The rules of gemm_rules.go as variables, which tools/tune sets. TestRulesAgree holds their values to
// the constants.
var (
	maxKC                  = 256
	longKC                 = 512
	shortSide              = 256
	minStrips              = 4
	tilesPerThread         = 4
	lastShare              = 2
	maxShare               = 8 << 20
	onePass                = 4
	turnStrips             = 2
	packStrips             = 8
	nextPanel              = 1
	transposeTerms         = 32
	fewTerms               = 128
	fewTermsRows           = 48
	onePassRows            = 144
	longRows               = 96
	tileShare              = 4
	longEighths            = 5
	panelRows              = 6
	panelCols              = 4
	placeRows              = 2
	placeCols              = 24
	lateShare              = 16
	highShare              = 16
	evenShare              = 32
	ownRows                = 32
	ownWidth               = 2
	ownShare               = 2
	tileMore               = 6
	farTerms               = 48
	farShare               = 3
	maxStripCols           = 128
	maxDirectRows          = 120
	columnTerms            = 7
	minDot                 = 64
	parallelFlops  float64 = 1 << 20
	turnedFlops    float64 = 2 << 20
	aloneFlops     float64 = 8 << 20
	swapLoss               = 5
	swapFlops      float64 = 1 << 17
	narrowShare            = 2
	narrowStrips           = 2
	swapRows               = 1024
	directRows             = 512
	directShare            = 64
	directFew              = 64
	pagesFew               = 24
	directTerms            = 256
	directStrip            = 512
	turnRows               = 250
	turnTerms              = 32
	pagesRows              = 120
	pagesTerms             = 128
)

func init() {
	for name, rule := range map[string]*int{
		"maxKC":          &maxKC,
		"longKC":         &longKC,
		"shortSide":      &shortSide,
		"minStrips":      &minStrips,
		"tilesPerThread": &tilesPerThread,
		"lastShare":      &lastShare,
		"maxShare":       &maxShare,
		"onePass":        &onePass,
		"turnStrips":     &turnStrips,
		"packStrips":     &packStrips,
		"nextPanel":      &nextPanel,
		"transposeTerms": &transposeTerms,
		"fewTerms":       &fewTerms,
		"fewTermsRows":   &fewTermsRows,
		"onePassRows":    &onePassRows,
		"longRows":       &longRows,
		"tileShare":      &tileShare,
		"longEighths":    &longEighths,
		"panelRows":      &panelRows,
		"panelCols":      &panelCols,
		"placeRows":      &placeRows,
		"placeCols":      &placeCols,
		"lateShare":      &lateShare,
		"highShare":      &highShare,
		"evenShare":      &evenShare,
		"ownRows":        &ownRows,
		"ownWidth":       &ownWidth,
		"ownShare":       &ownShare,
		"tileMore":       &tileMore,
		"farTerms":       &farTerms,
		"farShare":       &farShare,
		"maxStripCols":   &maxStripCols,
		"maxDirectRows":  &maxDirectRows,
		"columnTerms":    &columnTerms,
		"minDot":         &minDot,
		"swapLoss":       &swapLoss,
		"narrowShare":    &narrowShare,
		"narrowStrips":   &narrowStrips,
		"swapRows":       &swapRows,
		"directRows":     &directRows,
		"directShare":    &directShare,
		"directFew":      &directFew,
		"pagesFew":       &pagesFew,
		"directTerms":    &directTerms,
		"directStrip":    &directStrip,
		"turnRows":       &turnRows,
		"turnTerms":      &turnTerms,
		"pagesRows":      &pagesRows,
		"pagesTerms":     &pagesTerms,
	} {
		tuning.Rules = append(tuning.Rules, &tuning.Rule{Name: name, Int: rule})
	}
	for name, rule := range map[string]*float64{
		"parallelFlops": &parallelFlops,
		"turnedFlops":   &turnedFlops,
		"aloneFlops":    &aloneFlops,
		"swapFlops":     &swapFlops,
	} {
		tuning.Rules = append(tuning.Rules, &tuning.Rule{Name: name, Float: rule})
	}
	tuning.Decide = func(name string, s tuning.Shape) string {
		tier, err := ParseTier(name)
		if err != nil {
			panic(err)
		}
		if s.Size == 4 {
			return decide[float32](tier, s)
		}
		return decide[float64](tier, s)
	}
	// The shares of the caches follow the rules at each call, the sizes are asked for once.
	found := sync.OnceValue(func() [3]int {
		l1, l2, last := Caches()
		return [3]int{l1, l2, last}
	})
	caches = func() cacheInfo { return cacheShares(found()[0], found()[1], found()[2]) }
}

// decide describes how a product is computed: everything that a rule decides.
func decide[T Float](t Tier, s tuning.Shape) string {
	var p product[T]
	_, lda := stored(s.TransA, s.M, s.K)
	_, ldb := stored(s.TransB, s.K, s.N)
	p.set(s.TransA, s.TransB, s.M, s.N, s.K, 1, nil, lda, nil, ldb, 0, nil, s.N)
	way := p.choose(t)
	text := fmt.Sprintf("%s of %d x %d x %d", pathNames[way], p.m, p.n, p.k)
	if way == pathSwapped {
		rows, cols := p.swapBlock(t)
		text += fmt.Sprintf(" in blocks of %d x %d", rows, cols)
		p = p.part(0, rows, 0, cols)
		p.exchange()
		way = p.shared(t)
	}
	if way == pathDots {
		return text
	}
	return fmt.Sprintf("%s, far %d, %s", text, p.far(), p.describe(t, way))
}

// describe describes the blocks of the paths that run the micro-kernel.
func (p *product[T]) describe(t Tier, way path) string {
	if way == pathStrips {
		return ""
	}
	rows, turns := p.m, p.transB
	text := fmt.Sprintf("%s with KC %d", pathNames[way], p.kc)
	if way != pathDirect {
		pl := planFor(t, p)
		if way == pathTiles {
			pl.cutInPlace(p.m, p.n, p.k, int(unsafe.Sizeof(T(0))))
		} else {
			nc := min(pl.NC, p.n)
			text += fmt.Sprintf(", KB %d, NC %d, packing A %v and %d columns of B", pl.KB, nc, pl.packA,
				pl.packCols)
			if nc > pl.NR {
				text += fmt.Sprintf(", prefetching %d ahead", nextPanel)
			}
			turns = turns || pl.packA
		}
		text += fmt.Sprintf(", tiles of %d x %d, down first %v, %d threads", min(pl.MC, p.m),
			min(pl.tileCols, p.n), pl.downFirst, pl.threads)
		rows = min(pl.MC, p.m)
	}
	if way == pathDirect || way == pathTiles {
		text += fmt.Sprintf(", %d rows a call", min(rows, maxDirectRows))
	}
	if turns {
		text += fmt.Sprintf(", %d terms transposed at once", min(transposeTerms, p.kc))
	}
	return text
}
