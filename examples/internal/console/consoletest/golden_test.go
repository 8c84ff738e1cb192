package consoletest

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a  12.5 %  b", "a     # %  b"},
		{"a 12.5 %\nloss -1e-05, NaN", "a # %\nloss #, #"},
		{"│ avx2 │     1.50 │", "│ avx2 │        # │"},
		{"│ avx2 │ 10001.50 │", "│ avx2 │ # │"},
		{"epoch 1/2  54ms  1000 samples/s", "epoch #/# # # samples/s"},
		{"epoch 1/2  1m54s left", "epoch #/# # left"},
		{"Infinity and +Inf", "Infinity and #"},
		{"plot " + filepath.Join(os.TempDir(), "x1", "y2.png"), "plot DIR/y2.png"},
	} {
		if got := Mask(c.in); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
}

func TestDifference(t *testing.T) {
	for _, c := range []struct{ want, got, diff string }{
		{"a\nb\n", "a\nb\n", ""},
		{"a\nb\n", "a\nc\n", "want b\ngot  c\n"},
		{"a\n", "a", "want \ngot  \n"},
	} {
		if diff := difference(c.want, c.got); diff != c.diff {
			t.Errorf("%q and %q: %q, want %q", c.want, c.got, diff, c.diff)
		}
	}
}
