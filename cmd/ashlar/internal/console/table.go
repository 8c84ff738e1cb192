package console

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table collects rows for a table of at most Width columns: the first column, and with Left others, flush
// left, numbers flush right. Where the table would be wider, the cells of the first column are cut.
type Table struct {
	c    *Console
	head []string
	rows [][]string
	left int // columns that are flush left
}

// Table returns an empty table with the names of its columns. The first left columns are flush left.
func (c *Console) Table(left int, head ...string) *Table { return &Table{c: c, head: head, left: left} }

// Row appends a row.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// Write writes the table.
func (t *Table) Write() {
	widest := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widest[i] = max(widest[i], Columns(cell))
		}
	}
	spare := Width - 1 - 3*len(widest)
	for _, w := range widest[1:] {
		spare -= w
	}
	w := table.NewWriter()
	w.SetOutputMirror(t.c.Out)
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	w.SetStyle(style)
	w.AppendHeader(cells(t.head, spare))
	for _, row := range t.rows {
		w.AppendRow(cells(row, spare))
	}
	var columns []table.ColumnConfig
	for i := t.left; i < len(t.head); i++ {
		columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight,
			AlignHeader: text.AlignRight})
	}
	w.SetColumnConfigs(columns)
	w.Render()
}

func cells(texts []string, first int) table.Row {
	row := make(table.Row, len(texts))
	for i, s := range texts {
		if row[i] = strings.ReplaceAll(Printable(s), "\n", "?"); i == 0 {
			row[i] = Cut(s, max(8, first))
		}
	}
	return row
}

// Bar returns a bar of the part that value is of top, at most columns wide, to an eighth of a column.
func Bar(value, top float64, columns int) string {
	if !(value > 0) || !(top > 0) {
		return ""
	}
	eighths := int(min(value/top, 1)*float64(8*columns) + 0.5)
	bar := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[part-1])
	}
	return bar
}
