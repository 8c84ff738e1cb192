package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

// section is a chapter of the page.
type section struct {
	ID, Title, Text string
	Figures         []figure
	Pairs           bool // two charts stand side by side where there is room
	Tables          []*table
	Missing         string // why there is nothing to show
}

// table is one of text; the first column is the name of the row. A folded one is closed at first.
type table struct {
	Caption string
	Folded  bool
	Head    []string
	Rows    [][]string
}

// Columns is the number of figures in a row.
func (t *table) Columns() int { return len(t.Head) - 1 }

// row finds the row of a name, or adds one.
func (t *table) row(name string) []string {
	for _, r := range t.Rows {
		if r[0] == name {
			return r
		}
	}
	r := make([]string, len(t.Head))
	r[0] = name
	t.Rows = append(t.Rows, r)
	return r
}

// page renders the page.
func page(d *data) ([]byte, error) {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"Machine": d.Machine, "Facts": facts(d), "Headlines": headlines(d),
		"Sections": sections(d), "Absent": absent(d), "Peers": present(d), "Files": d.Files,
		"Style": template.CSS(styleText)})
	return b.Bytes(), err
}

func sections(d *data) []section {
	return []section{rooflineSection(d), productSection(d), pureGoSection(d), gonumSection(d),
		functionSection(d), trainingSection(d), accuracySection(d), kernelSection(d)}
}

// add appends a figure, or says why there is none.
func (s *section) add(f figure, otherwise string) {
	if f.Wide == "" {
		s.Missing = otherwise
		return
	}
	s.Figures = append(s.Figures, f)
}

// missing says why a program left no figures.
func (d *data) missing(program string) string {
	for _, c := range d.Machine.Commands {
		if strings.HasPrefix(c.Line, program) && c.Error != "" {
			return fmt.Sprintf("Not measured: %s: %s.", program, strings.TrimSuffix(c.Error, "."))
		}
	}
	return "Not measured: " + program + " was not run, or wrote nothing for it."
}
