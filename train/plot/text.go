package plot

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Sizes of text in points. A figure of 640 pixels is 480 points wide, so that 8 points are 11 pixels.
const (
	headSize  = 12.0 // of the title of a figure
	titleSize = 10.0 // of a panel
	labelSize = 9.0  // of an axis, and in a legend
	tickSize  = 8.0
	leading   = 1.3 // line to line, in sizes
	capital   = 0.7 // height of a capital letter or a digit, in sizes
)

var faces = sync.OnceValue(func() *font.Cache {
	var all font.Collection
	for weight, ttf := range map[stdfont.Weight][]byte{
		stdfont.WeightNormal: liberationsansregular.TTF, stdfont.WeightBold: liberationsansbold.TTF} {
		face, err := opentype.Parse(ttf)
		if err != nil {
			panic(err) // the font is part of the program
		}
		all = append(all, font.Face{Font: sans(weight), Face: face})
	}
	return font.NewCache(all)
})

func sans(weight stdfont.Weight) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight}
}

// regular and bold return the faces of a size in points.
func regular(size vg.Length) *font.Face { return face(stdfont.WeightNormal, size) }
func bold(size vg.Length) *font.Face    { return face(stdfont.WeightBold, size) }

func face(weight stdfont.Weight, size vg.Length) *font.Face {
	f := faces().Lookup(sans(weight), size)
	return &f
}

// clean replaces what is no printable text, which an SVG might not hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, s)
}

// fit cuts a text to a width.
func fit(s string, f *font.Face, width vg.Length) string {
	if f.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	lo, hi := 0, len(runes) // the text of lo runes fits, that of hi does not
	for lo+1 < hi {
		if mid := (lo + hi) / 2; f.Width(string(runes[:mid])+"…") <= width {
			lo = mid
		} else {
			hi = mid
		}
	}
	return strings.TrimRight(string(runes[:lo]), " ") + "…"
}

// fitName cuts a name in its middle, since names may differ in their ends alone.
func fitName(s string, f *font.Face, width vg.Length) string {
	if f.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	cut := ""
	for keep := 1; 2*keep < len(runes); keep++ {
		longer := string(runes[:keep]) + "…" + string(runes[len(runes)-keep:])
		if f.Width(longer) > width {
			break
		}
		cut = longer
	}
	return cut
}

// wrap breaks a text at its spaces into lines of a width. A word that is too long is cut.
func wrap(s string, f *font.Face, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		longer := strings.TrimLeft(line+" "+word, " ")
		if line != "" && f.Width(longer) > width {
			lines = append(lines, line)
			longer = word
		}
		line = fit(longer, f, width)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// count is a number with its thousands separated.
func count(n int) string { return thousands(fmt.Sprint(n)) }

// thousands puts commas between the thousands of a decimal number.
func thousands(s string) string {
	whole, fraction, has := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if has {
		whole += "." + fraction
	}
	return sign + whole
}
