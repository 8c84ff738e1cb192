package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The columns of the table of tools/accuracy.
const (
	inFunction = iota // as "Activate/f32/gelu"
	inOutput          // "y", or "d" for a derivative
	inTier
	inWorst
	inAllowed
	inUnit
	inPlace
	inSpecial
	accuracyColumns
)

func accuracySection(d *data) section {
	s := section{ID: "accuracy", Title: "Accuracy", Text: fmt.Sprintf(accuracyText, d.Machine.Tier)}
	if d.Accuracy == nil {
		s.Missing = d.missing("accuracy")
		return s
	}
	s.Tables = []*table{functionErrors(d), activationErrors(d)}
	if wrong := wrongValues(d); wrong != "" {
		s.Missing = wrong
	}
	return s
}

// functionErrors has a row for each elementary function, and columns for both dtypes.
func functionErrors(d *data) *table {
	t := &table{Caption: "Elementary functions, in units in the last place",
		Head: []string{"function", "float32", "allowed", "float64", "allowed"}}
	for _, line := range d.accuracy() {
		function, dtype, activation := nameOf(line)
		if activation != "" {
			continue
		}
		row := t.row(function)
		column := 1
		if dtype == "f64" {
			column = 3
		}
		row[column], row[column+1] = shorter(line[inWorst]), line[inAllowed]
	}
	return t
}

// activationErrors has a row for each activation, and columns for the value and the derivative.
func activationErrors(d *data) *table {
	t := &table{Caption: "Activations f, in eps · scale: eps is 2^-23 or 2^-52, the scale is |f|, " +
		"or 1 where f crosses zero",
		Head: []string{"activation", "float32 f", "float32 f′", "float64 f", "float64 f′", "allowed"}}
	for _, line := range d.accuracy() {
		function, dtype, activation := nameOf(line)
		if activation == "" || function == "ActivateGrad" && line[inOutput] == "y" {
			continue
		}
		column := 1
		if line[inOutput] != "y" {
			column++
		}
		if dtype == "f64" {
			column += 2
		}
		row := t.row(activation)
		row[column], row[5] = shorter(line[inWorst]), line[inAllowed]
	}
	return t
}

// shorter rounds an error up to three decimals, so that it looks no better than it is.
func shorter(s string) string {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s // of another version of the program
	}
	return strconv.FormatFloat(max(0, math.Ceil(v*1000-1e-6)/1000), 'f', 3, 64)
}

// accuracy are the lines of the active tier.
func (d *data) accuracy() (list [][]string) {
	for _, line := range d.Accuracy {
		if line[inTier] == d.Machine.Tier {
			list = append(list, line)
		}
	}
	return list
}

// nameOf takes a name such as "Activate/f32/gelu" apart.
func nameOf(line []string) (function, dtype, activation string) {
	function, rest, _ := strings.Cut(line[inFunction], "/")
	dtype, activation, _ = strings.Cut(rest, "/")
	return function, dtype, activation
}

// wrongValues names the functions with a wrong special value, "" if there is none.
func wrongValues(d *data) string {
	var list []string
	for _, line := range d.accuracy() {
		if s := line[inSpecial]; s != "exact" && s != "none" {
			list = append(list, line[inFunction]+" "+s)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "Special values that are wrong: " + strings.Join(list, "; ")
}
