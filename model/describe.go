package model

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// String describes the model for people, in lines of at most 80 columns: its inputs and their kinds,
// its layers with the columns that leave each and the numbers that it has learnt, running statistics
// included, then the classes or targets, the training and the text.
func (m *Model[T]) String() string {
	if err := m.Check(); err != nil {
		return fmt.Sprintf("a model that is not complete: %v\n", err)
	}
	p := &page{}
	out, _ := m.Net.Out(m.In)
	count := 0
	for _, t := range m.Net.Params() {
		count += len(t.Value)
	}
	p.list("model", plural(m.In, "input"), fmt.Sprintf("%s (%v)", plural(out, "output"), m.Output),
		fmt.Sprintf("%s of float%d", plural(count, "parameter"), 8*unsafe.Sizeof(T(0))))
	if m.Prepare != nil {
		p.list("columns", each(m.Prepare.Inputs(), func(c data.Column) string {
			return fmt.Sprintf("%s (%v)", visible(c.Name), c.Kind)
		})...)
	}
	t := &layerTable[T]{}
	t.add(m.Net, "", m.In)
	t.print(p)
	if names := m.names(); names != nil {
		p.list("classes", each(names, visible)...)
	} else if m.Prepare != nil && m.Output == OutputValues {
		p.list("targets", each(m.Prepare.Targets(), visible)...)
	}
	if s := m.Summary; s != nil {
		p.list("training", plural(s.Epochs, "epoch"), plural(s.Rows, "row"), fmt.Sprintf("seed %d", s.Seed))
		p.list("metrics", each(slices.Sorted(maps.Keys(s.Metrics)), func(name string) string {
			return fmt.Sprintf("%s %.4g", visible(name), s.Metrics[name])
		})...)
		if len(s.Metrics) > 0 && len(layer.Int8Layers(m.Net)) > 0 {
			p.list("", "measured before the weights became int8")
		}
	}
	p.list("text", each(slices.Sorted(maps.Keys(m.Text)), func(key string) string {
		return visible(key) + " = " + visible(m.Text[key])
	})...)
	return p.String()
}

// plural returns "1 row" or "2 rows".
func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func each[A any](list []A, f func(A) string) []string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = f(a)
	}
	return texts
}

// visible returns a text of a file, quoted if a terminal would not show it as it is.
func visible(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Sprintf("%q", s)
	}
	return s
}

// page is text in lines of at most pageWidth columns.
type page struct{ strings.Builder }

const (
	pageWidth  = 80
	labelWidth = 10
	maxListed  = 40 // of the items of a list
)

// list writes a label and what belongs to it, in as many lines as it takes. It writes nothing for
// no items.
func (p *page) list(label string, items ...string) {
	if len(items) == 0 {
		return
	}
	if more := len(items) - maxListed; more > 0 {
		items = append(slices.Clone(items[:maxListed]), fmt.Sprintf("and %d more", more))
	}
	at := pageWidth
	for i, item := range items {
		item = short(item, pageWidth-labelWidth-1)
		if i < len(items)-1 {
			item += ","
		}
		if at+1+utf8.RuneCountInString(item) > pageWidth {
			if i > 0 {
				p.WriteString("\n")
				label = ""
			}
			fmt.Fprintf(p, "%-*s", labelWidth, label)
			at = labelWidth
		} else {
			p.WriteString(" ")
			at++
		}
		p.WriteString(item)
		at += utf8.RuneCountInString(item)
	}
	p.WriteString("\n")
}

// short returns s, with an ellipsis in its middle if it has more than width characters.
func short(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	r := []rune(s)
	return string(r[:width/2]) + "…" + string(r[len(r)-(width-width/2-1):])
}

// layerTable has a row for each layer of a net.
type layerTable[T kernels.Float] struct{ rows [][4]string }

// maxShown is how many layers a description shows.
const maxShown = 100

// add appends l, which takes in columns, and the layers in it.
func (t *layerTable[T]) add(l layer.Layer[T], path string, in int) {
	out, _ := l.Out(in)
	count := 0
	for _, p := range l.Params() {
		count += len(p.Value)
	}
	parts, isContainer := l.(layer.Container[T])
	_, residual := l.(*layer.Residual[T])
	if path != "" || residual || !isContainer {
		name := strings.TrimSuffix(path, ".")
		if path == "" {
			name = "net"
		}
		t.rows = append(t.rows, [4]string{name, kindOf(l), fmt.Sprint(out), fmt.Sprint(count)})
	}
	if !isContainer {
		return
	}
	for i, part := range parts.Parts() {
		name := fmt.Sprintf("%s%d.", path, i)
		if residual {
			name = path + [...]string{"body.", "skip."}[i]
		}
		t.add(part, name, in)
		if !residual {
			in, _ = part.Out(in)
		}
	}
}

// kindOf names a layer with its settings.
func kindOf[T kernels.Float](l layer.Layer[T]) string {
	switch l := l.(type) {
	case *layer.Linear[T]:
		kind := fmt.Sprintf("Linear %d x %d", l.W.Shape[0], l.W.Shape[1])
		if l.B == nil {
			kind += ", no bias"
		}
		if l.Act != kernels.ActIdentity {
			kind += ", " + brief(l.Act)
		}
		return kind
	case *layer.Int8Linear[T]:
		in, out := l.Dims()
		kind := fmt.Sprintf("Int8Linear %d x %d", in, out)
		if l.Act() != kernels.ActIdentity {
			kind += ", " + brief(l.Act())
		}
		if _, _, fixed := l.Range(); fixed {
			kind += ", calibrated"
		}
		return kind
	case *layer.Activation[T]:
		return "Activation " + brief(l.Act)
	case *layer.Dropout[T]:
		return fmt.Sprintf("Dropout %.4g", l.P)
	}
	name := fmt.Sprintf("%T", l)
	name, _, _ = strings.Cut(name, "[")
	return name[strings.LastIndexByte(name, '.')+1:]
}

// brief returns the name of an activation, with four digits of its parameter.
func brief(act kernels.Activation) string {
	name, param, has := strings.Cut(act.String(), "(")
	if v, err := strconv.ParseFloat(strings.TrimSuffix(param, ")"), 64); has && err == nil {
		name = fmt.Sprintf("%s(%.4g)", name, v)
	}
	return name
}

func (t *layerTable[T]) print(p *page) {
	head := [4]string{"layer", "", "outputs", "parameters"}
	var width [4]int
	rows := t.rows
	if len(rows) > maxShown {
		more := fmt.Sprintf("and %d more", len(rows)-maxShown)
		rows = append(slices.Clone(rows[:maxShown]), [4]string{"", more, "", ""})
	}
	rows = slices.Insert(slices.Clone(rows), 0, head)
	for i := range rows {
		rows[i][0] = short(rows[i][0], 16)
		for j, text := range rows[i] {
			width[j] = max(width[j], utf8.RuneCountInString(text))
		}
	}
	width[0] = max(width[0], labelWidth-2)
	width[1] = min(width[1], pageWidth-6-width[0]-width[2]-width[3])
	for _, r := range rows {
		r[1] = short(r[1], width[1])
		names := fmt.Sprintf("%-*s  %-*s", width[0], r[0], width[1], r[1])
		counts := fmt.Sprintf("%*s  %*s", width[2], r[2], width[3], r[3])
		p.WriteString(strings.TrimRight(names+"  "+counts, " ") + "\n")
	}
}
