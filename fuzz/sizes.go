package fuzz

import "github.com/ashlar-go/ashlar/fuzz/spec"

// trial is one size to run, with or without special values.
type trial struct {
	spec.Sizes
	special bool
}

// small reports whether every offset in a cache line can be tried.
func (t trial) small() bool { return max(1, t.M)*t.N*max(1, t.K) <= 1<<12 }

// sizes returns the sizes to run a row at: every length up to four vectors and an element,
// small matrices, and products at the edges of all tiles and blocks. Cases take turns, and
// each comes at least once.
func sizes(row *spec.Row, quick bool) []trial {
	var s []trial
	add := func(special bool, m, n, k, c int) {
		s = append(s, trial{spec.Sizes{M: m, N: n, K: k, Case: c % len(row.Cases)}, special})
	}
	lanes := 64 / row.DType.Size()
	switch row.Dims {
	case "N":
		for c := range row.Cases {
			for n := 0; n <= 4*lanes+1; n++ {
				if !quick || c == 0 || n%3 == c%3 || n > 4*lanes-2 {
					add(true, 0, n, 0, c)
				}
			}
			add(true, 0, 1000+c, 0, c)
		}
		if !quick {
			add(true, 0, longVector+5, 0, len(s))
			add(false, 0, 4*longVector+3, 0, 0)
		}
	case "MN":
		rowSizes, cases := []int{0, 1, 2, 3, 4, 5, 7, 8, 9}, 0
		for _, m := range rowSizes {
			for n := 0; n <= 2*lanes+1; n++ {
				if !quick || (m+n)%3 == 0 {
					add(true, m, n, 0, cases)
					cases++
				}
			}
		}
		for n := 2*lanes + 2; n <= 4*lanes+1; n++ {
			if !quick || n%3 == 0 {
				add(true, rowSizes[n%len(rowSizes)], n, 0, n)
			}
		}
		for i, mn := range [][2]int{{130, 5}, {127, 33}, {128, 8}, {65, 40}, {1, 600}, {257, 3},
			{3, 255}, {3, 257}, {129, 257}} {
			add(true, mn[0], mn[1], 0, i)
		}
		if !quick {
			add(true, 1, longVector+7, 0, 0)
			add(false, 2, longVector*5/4, 0, 1)
			for c, s := range beyond[:min(2, len(row.Cases))] {
				add(false, s.M, s.N, 0, c)
			}
		}
	case "MNK":
		productSizes(add, len(row.Cases), quick)
		if row.Family == "int8" && !quick {
			add(false, 131, 3, 4000, 0) // more rows than are quantised at once
			add(false, 131, 3, 4000, len(row.Cases)-1)
		}
	}
	return s
}

// beyond are matrices just larger than the blocks that no size of a cache cuts, in both directions: 2048
// columns of rows times a vector, and 16 rows; 1024 columns of sums down the columns, and 128 rows. The first
// two cases of a row take one each: those of Gemv are a matrix and its transpose.
var beyond = [2]spec.Sizes{{M: 33, N: 2500}, {M: 140, N: 1100}}

// longVector is the most elements that one assembly call takes.
const longVector = 1 << 15

// productSizes adds combinations of sizes near the tiles (MR 4, 6, 8; NR 4, 8, 16, 24, 48, and
// with one row or two 16, 32, 64, 128) and near the blocks (KC 256) of all tiers.
func productSizes(add func(special bool, m, n, k, c int), cases int, quick bool) {
	for c := range cases {
		add(true, 13, 33, 17, c)
		if !quick {
			add(true, 7, 17, 9, c)
			add(false, 5, 9, 300, c)
		}
	}
	// Every tile of every micro-kernel (1 to MR rows; part of one to three vectors of
	// columns) under every flag.
	columns := []int{3, 4, 7, 8, 11, 16, 19, 24, 32, 43, 48}
	for c := range cases {
		for m := 1; m <= 26; m++ {
			if quick {
				add(m == 13, m, columns[(c+m)%len(columns)], 2, c)
				continue
			}
			for i := range 4 {
				add(i == 0 && m%2 == 0, m, columns[(c+m+3*i)%len(columns)], 1+c%3, c)
			}
		}
	}
	for n := 1; n <= 16; n++ { // every tail
		add(false, 1+n%9, n+16*(n%2), 3, 5*n)
	}
	i := 0
	for _, m := range []int{0, 1, 3} {
		for _, n := range []int{0, 1, 5} {
			for _, k := range []int{0, 1, 4} {
				add(true, m, n, k, i)
				i += 5
			}
		}
	}
	for _, m := range []int{1, 3, 4, 5, 6, 7, 11, 12, 13, 25} {
		for _, n := range []int{1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65} {
			for _, k := range []int{1, 2, 3, 5, 8, 255, 256, 257} {
				if i += 5; !quick || i%20 == 0 && k < 250 || i%55 == 0 {
					add(i%3 == 0, m, n, k, i)
				}
			}
		}
	}
	for _, m := range []int{1, 2, 7, 9} {
		for _, n := range []int{23, 24, 25, 47, 48, 49, 63, 64, 127, 128, 129} {
			for _, k := range []int{1, 3, 257} {
				if i += 3; !quick || i%11 == 0 {
					add(i%2 == 0, m, n, k, i)
				}
			}
		}
	}
	for c := range 4 {
		add(false, 40, 67, 170, c*7+2) // large enough to pack B
	}
	if !quick {
		for c := range 4 {
			add(false, 530, 150, 5, c*7+1) // enough rows to pack B, and A if it is transposed
			add(false, 13, 35, 4096, c*7)
			add(true, 70, 83, 600, c*7+1)
			add(false, 150, 140, 130, c*7+2) // enough for several threads
		}
	}
}
