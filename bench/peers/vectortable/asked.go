//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"strings"
)

// asked is a target: figures should be at least the limit or, if atMost is set, at most.
type asked struct {
	what    string
	limit   float64
	atMost  bool
	percent bool // the figure is a share
}

// figure is a figure with its name. 0 stands for one that was not measured.
type figure struct {
	name  string
	value float64
}

// one prints a figure beside the target.
func (a asked) one(f figure) {
	if f.value == 0 {
		a.line("not measured")
		return
	}
	a.line(strings.TrimSpace(a.number(f.value) + "  " + f.name))
}

// all prints the range of figures and those that miss the target.
func (a asked) all(figures []figure) {
	var least, most figure
	var short []string
	count := 0
	for _, f := range figures {
		if f.value == 0 {
			continue
		}
		if count++; count == 1 || f.value < least.value {
			least = f
		}
		if f.value > most.value {
			most = f
		}
		if f.value < a.limit != a.atMost && f.value != a.limit {
			short = append(short, f.name+" "+a.number(f.value))
		}
	}
	if count == 0 {
		a.line("not measured")
		return
	}
	a.line(fmt.Sprintf("%s to %s; missed: %d of %d", a.number(least.value), a.number(most.value),
		len(short), count))
	wrapped(short)
}

func (a asked) line(measured string) {
	relation := ">="
	if a.atMost {
		relation = "<="
	}
	fmt.Printf("%-60s %s %-7s %s\n", a.what, relation, a.number(a.limit), measured)
}

func (a asked) number(v float64) string {
	if a.percent {
		return fmt.Sprintf("%.0f %%", 100*v)
	}
	return fmt.Sprintf("%.2f", v)
}

// wrapped prints words in indented lines.
func wrapped(words []string) {
	line := ""
	for i, w := range words {
		line += w
		if i < len(words)-1 {
			line += ", "
		}
		if len(line) > 90 || i == len(words)-1 {
			fmt.Println("   ", line)
			line = ""
		}
	}
}
