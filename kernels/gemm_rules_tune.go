//go:build tune

package kernels

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
	ownRows                = 32
	ownWidth               = 2
	ownShare               = 2
	tileMore               = 6
	farTerms               = 48
	farShare               = 3
	maxStripCols           = 128
	maxDirectRows          = 120
	columnTerms            = 4
	minDot                 = 64
	parallelFlops  float64 = 1 << 20
	turnedFlops    float64 = 2 << 20
	swapLoss               = 5
	swapFlops      float64 = 1 << 17
	narrowShare            = 2
	narrowStrips           = 2
	swapRows               = 1024
	directRows             = 512
	directShare            = 2
	directPasses           = 256
	directStrip            = 512
	turnRows               = 250
	turnTerms              = 32
	pagesRows              = 120
	pagesTerms             = 128
)
