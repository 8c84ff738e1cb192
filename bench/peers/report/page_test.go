package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// render renders the page of a folder of raw files.
func render(t *testing.T, folder string) string {
	t.Helper()
	d, err := load(folder)
	if err != nil {
		t.Fatal(err)
	}
	text, err := page(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// box is a rectangle on a drawing.
type box struct {
	left, top, right, bottom float64
	text                     string
}

// drawing is an SVG of the page.
type drawing struct {
	w, h  float64
	texts []box
	marks []box
}

var (
	drawings = regexp.MustCompile(`(?s)<svg .*?</svg>`)
	turned   = regexp.MustCompile(`^rotate\((\S+) `)
	moveTo   = regexp.MustCompile(`^M(\S+) ([-0-9.]+)`)
)

// read parses a drawing. A text reaches as far as textWidth says.
func read(t *testing.T, svg string) (out drawing) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("no XML: %v in %.300s", err, svg)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		a := map[string]string{}
		for _, v := range e.Attr {
			a[v.Name.Local] = v.Value
		}
		n := func(key string) float64 {
			v, err := strconv.ParseFloat(a[key], 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%s of %s is %q", key, e.Name.Local, a[key])
			}
			return v
		}
		switch e.Name.Local {
		case "svg":
			if _, err := fmt.Sscanf(a["viewBox"], "0 0 %f %f", &out.w, &out.h); err != nil {
				t.Fatal(a["viewBox"])
			}
		case "text":
			var s string
			if err := d.DecodeElement(&s, &e); err != nil {
				t.Fatal(err)
			}
			out.texts = append(out.texts, textBox(n("x"), n("y"), a["text-anchor"], a["transform"], s))
		case "rect":
			x, y := n("x"), n("y")
			out.marks = append(out.marks, box{x, y, x + n("width"), y + n("height"), "bar"})
		case "line":
			x1, y1, x2, y2 := n("x1"), n("y1"), n("x2"), n("y2")
			out.marks = append(out.marks, box{min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2), "line"})
		case "path":
			m := moveTo.FindStringSubmatch(a["d"])
			a["x"], a["y"] = m[1], m[2]
			out.marks = append(out.marks, box{n("x"), n("y"), n("x"), n("y"), "mark"})
		}
	}
}

// textBox is the rectangle round a text, that of a turned one round its turned corners.
func textBox(x, y float64, anchor, transform, s string) box {
	w := textWidth(s)
	left := map[string]float64{"": x, "start": x, "middle": x - w/2, "end": x - w}[anchor]
	b := box{left, y - 0.8*fontSize, left + w, y + 0.2*fontSize, s}
	m := turned.FindStringSubmatch(transform)
	if m == nil {
		return b
	}
	degrees, _ := strconv.ParseFloat(m[1], 64)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	out := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1), s}
	corners := [][2]float64{{b.left, b.top}, {b.right, b.top}, {b.left, b.bottom}, {b.right, b.bottom}}
	for _, p := range corners {
		px, py := x+(p[0]-x)*cos-(p[1]-y)*sin, y+(p[0]-x)*sin+(p[1]-y)*cos
		out.left, out.right = min(out.left, px), max(out.right, px)
		out.top, out.bottom = min(out.top, py), max(out.bottom, py)
	}
	return out
}

func (b *box) inside(w, h float64) bool {
	return b.left >= 0 && b.top >= 0 && b.right <= w && b.bottom <= h
}

func (b *box) overlaps(c *box) bool {
	return b.left < c.right && c.left < b.right && b.top < c.bottom && c.top < b.bottom
}

// All that is drawn lies in its drawing, and no text hides another.
func TestDrawings(t *testing.T) {
	text := render(t, "testdata")
	if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") || strings.Contains(text, "ZgotmplZ") {
		t.Error("the page has a figure that is none")
	}
	all := drawings.FindAllString(text, -1)
	charts := 0
	for _, svg := range all {
		d := read(t, svg)
		if len(d.texts) > 0 {
			charts++
		}
		for i := range d.texts {
			b := &d.texts[i]
			if !b.inside(d.w, d.h) {
				t.Errorf("%q at %.0f, %.0f to %.0f, %.0f is outside of %.0f x %.0f", b.text, b.left, b.top,
					b.right, b.bottom, d.w, d.h)
			}
			for k := range i {
				if b.overlaps(&d.texts[k]) {
					t.Errorf("%q overlaps %q", b.text, d.texts[k].text)
				}
			}
		}
		for _, m := range d.marks {
			if !m.inside(d.w, d.h) {
				t.Errorf("a %s at %.0f, %.0f is outside of %.0f x %.0f", m.text, m.left, m.top, d.w, d.h)
			}
		}
	}
	// The roofline, four tables of gonum, pure Go, functions and training in two forms; four of products.
	if want := 2*8 + 4; charts != want {
		t.Errorf("%d charts, want %d", charts, want)
	}
}

// Every contestant that was measured stands in the legend of its chart, and one that was not in none.
func TestLegends(t *testing.T) {
	d, err := load("testdata")
	if err != nil {
		t.Fatal(err)
	}
	odd := d.Products.Peers[1].Name
	for _, c := range []struct {
		id        string
		figure    int
		has, none []string
	}{
		{"roofline", 0, []string{"products", "elementary functions", "updates", "L1", "memory",
			"FMA peak avx512"}, []string{"NaN"}},
		{"products", 0, []string{ourName, "OpenBLAS", odd}, []string{"AOCL-BLIS"}},
		{"products", 3, []string{ourName, "OpenBLAS", odd}, []string{"AOCL-BLIS"}},
		{"functions", 0, []string{"SLEEF u10", odd}, []string{pyTorch}},
		{"training", 0, []string{"OpenBLAS", pyTorch}, []string{"MKL"}},
	} {
		f := sectionOf(t, d, c.id).Figures[c.figure]
		var got []string
		for _, s := range f.Legend {
			got = append(got, s.Name)
		}
		all := strings.Join(got, "\n")
		for _, name := range c.has {
			if !strings.Contains(all, name) {
				t.Errorf("%s: no %q in the legend %q", c.id, name, got)
			}
		}
		for _, name := range c.none {
			if strings.Contains(all, name) {
				t.Errorf("%s: %q in the legend %q", c.id, name, got)
			}
		}
	}
}

func sectionOf(t *testing.T, d *data, id string) section {
	t.Helper()
	for _, s := range sections(d) {
		if s.ID == id {
			return s
		}
	}
	t.Fatal("no section " + id)
	return section{}
}

// Names of libraries and CPUs are text, not HTML; the page needs nothing from elsewhere.
func TestPageIsSelfContained(t *testing.T) {
	text := render(t, "testdata")
	for _, bad := range []string{"<b>&", `<8 cores>`, "http:", "https:", " src=", "@import", "url("} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, want := range []string{"Odd &lt;b&gt;&amp;", "&lt;8 cores&gt;", "exit status 1: out of memory",
		"AOCL-BLIS", "gemmtable -pool=false", `href="vectors.json"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// Bars are sorted, and one that is slower is marked.
func TestBars(t *testing.T) {
	f := barFigure("t", []bar{{name: "a", ratio: 2}, {name: "slow", ratio: 0.5}, {name: "b", ratio: 300},
		{name: "none", ratio: 0}, {name: "never", ratio: math.Inf(1)}, {name: "nan", ratio: math.NaN()}})
	var names []string
	for _, b := range read(t, string(f.Wide)).texts {
		if !strings.Contains(b.text, "×") {
			names = append(names, b.text)
		}
	}
	if got := strings.Join(names, " "); got != "b a slow" {
		t.Errorf("bars %s", got)
	}
	if n := strings.Count(string(f.Wide), `class="bar less"`); n != 1 {
		t.Errorf("%d bars are marked as slower", n)
	}
}

func TestTables(t *testing.T) {
	d, err := load("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]int{"training": 1, "accuracy": 2, "kernels": 1} {
		tables := sectionOf(t, d, id).Tables
		if len(tables) != want {
			t.Fatalf("%s: %d tables, want %d", id, len(tables), want)
		}
		for _, table := range tables {
			if len(table.Rows) < 2 {
				t.Errorf("%s: %d rows", table.Caption, len(table.Rows))
			}
			for _, r := range table.Rows {
				if len(r) != len(table.Head) || strings.Contains(strings.Join(r, "\n")+"\n", "\n\n") {
					t.Errorf("%s: a gap in %q", table.Caption, r)
				}
			}
		}
	}
}

func TestShorter(t *testing.T) {
	for s, want := range map[string]string{"0.8913": "0.892", "1.0000": "1.000", "0.0000": "0.000",
		"+Inf": "+Inf", "x": "x"} {
		if got := shorter(s); got != want {
			t.Errorf("shorter(%s) = %s, want %s", s, got, want)
		}
	}
}
