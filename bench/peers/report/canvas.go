package main

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// canvas collects the elements of an SVG. A unit is a pixel when the drawing has its natural width.
type canvas struct {
	w, h float64
	b    strings.Builder
}

const (
	fontSize   = 12.0
	lineHeight = 16.0
)

// textWidth is the most that a line in the page's font may take.
func textWidth(s string) float64 {
	em := 0.0
	for _, r := range s {
		switch {
		case strings.ContainsRune("iljtfrI.,:;'|()[]! ", r):
			em += 0.38
		case strings.ContainsRune("mwMW@%—×", r):
			em += 0.95
		case r >= 'A' && r <= 'Z':
			em += 0.74
		default:
			em += 0.62
		}
	}
	return em * fontSize
}

// anchor is where a text stands to its point.
type anchor string

const (
	start  anchor = "start"
	middle anchor = "middle"
	end    anchor = "end"
)

func (c *canvas) text(x, y float64, a anchor, class, s string) {
	fmt.Fprintf(&c.b, `<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, a, class,
		html.EscapeString(s))
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(&c.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

func (c *canvas) rect(x, y, w, h float64, class, title string) {
	fmt.Fprintf(&c.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="%s">`, x, y, w, h, class)
	fmt.Fprintf(&c.b, `<title>%s</title></rect>`, html.EscapeString(title))
}

func (c *canvas) polyline(points [][2]float64, class string) {
	fmt.Fprintf(&c.b, `<polyline class="%s" points="`, class)
	for _, p := range points {
		fmt.Fprintf(&c.b, "%.1f,%.1f ", p[0], p[1])
	}
	c.b.WriteString(`"/>`)
}

// mark draws the marker of series i with a title to hover over.
func (c *canvas) mark(x, y float64, i int, hollow bool, title string) {
	class := fmt.Sprintf("m s%d", i)
	if hollow {
		class += " hollow"
	}
	fmt.Fprintf(&c.b, `<path class="%s" d="%s"><title>%s</title></path>`, class, markPath(x, y, i),
		html.EscapeString(title))
}

// markPath is a circle, square, diamond or triangle, so that colour is not all that tells series apart.
func markPath(x, y float64, i int) string {
	switch i % 5 {
	case 0:
		return fmt.Sprintf("M%.1f %.1fa4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", x-4, y)
	case 1:
		return fmt.Sprintf("M%.1f %.1fh7v7h-7z", x-3.5, y-3.5)
	case 2:
		return fmt.Sprintf("M%.1f %.1fl4.8 4.8l-4.8 4.8l-4.8 -4.8z", x, y-4.8)
	case 3:
		return fmt.Sprintf("M%.1f %.1fh9.2l-4.6 8z", x-4.6, y-3.1)
	}
	return fmt.Sprintf("M%.1f %.1fl4.6 8h-9.2z", x, y-4.9)
}

// svg closes the drawing. The label says what it shows to who cannot see it.
func (c *canvas) svg(label string) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %.0f %.0f" style="max-width:%.0fpx" role="img" `+
		`aria-label="%s">%s</svg>`, c.w, c.h, c.w*1.2, html.EscapeString(label), c.b.String()))
}

// series is an entry of a legend: the name of what the index of its colour and marker shows.
type series struct {
	Index  int
	Name   string
	Hollow bool
	Line   string // the class of a line without markers, instead
}

// Swatch draws the sample of a legend.
func (s series) Swatch() template.HTML {
	c := canvas{w: 14, h: 12}
	if s.Line != "" {
		c.w = 26
		c.line(1, 6, 25, 6, s.Line)
	} else {
		c.mark(7, 6, s.Index, s.Hollow, s.Name)
	}
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %.0f 12" style="width:%[1]gpx" class="swatch" `+
		`aria-hidden="true">%s</svg>`, c.w, c.b.String()))
}

// figure is one or two forms of a chart with its legend: Narrow, if set, is for screens below 700 pixels.
type figure struct {
	Title        string
	Legend       []series
	Wide, Narrow template.HTML
}
