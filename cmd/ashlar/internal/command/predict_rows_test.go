package command

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// saveSum saves bare.safetensors, a model of two numbers that knows no names: u + w*v.
func saveSum[T kernels.Float](t *testing.T, w T) *model.Model[T] {
	t.Helper()
	net := layer.NewLinear[T](2, 1, kernels.ActIdentity)
	net.W.Value[0], net.W.Value[1] = 1, w
	m := &model.Model[T]{Net: net, In: 2, Output: model.OutputValues}
	must(t, model.Save("bare.safetensors", m))
	return m
}

// trainNamed trains named.safetensors, a model of the numbers a and b that may be missing.
func trainNamed(t *testing.T) *model.Model[float32] {
	t.Helper()
	text := "a,b,y\n"
	for i := range 60 {
		a, b := fmt.Sprint(float64(i%7)/4), fmt.Sprint(i%5)
		if i%9 == 0 {
			a = ""
		}
		if i%8 == 0 {
			b = ""
		}
		text += fmt.Sprintf("%s,%s,%v\n", a, b, float64(i%7)+0.5)
	}
	put(t, "named.csv", text)
	trainJSON(t, "named.csv", "--epochs", "2")
	m, err := model.Load[float32]("named.safetensors")
	must(t, err)
	return m
}

// TestPredictEveryRow: predict answers the rows that ReadTable sees, each in its place, from a file and from
// the standard input.
func TestPredictEveryRow(t *testing.T) {
	inFolder(t)
	trainNamed(t)
	want := strings.Split(good(t, "a,b\n0.5,1\n,\n0.25,3\n", "predict", "named.safetensors"), "\n")
	if len(want) != 5 || want[1] == want[2] {
		t.Fatalf("%q", want)
	}
	for _, c := range []struct {
		text string
		rows []int // those of want
	}{
		{"a\tb\n0.5\t1\n\t\n0.25\t3\n", []int{1, 2, 3}},
		{"a\tb\r\n0.5\t1\r\n\t\r\n0.25\t3\r\n", []int{1, 2, 3}},
		{"a\tb\n\t\n0.5\t1\n0.25\t3\n\t\n", []int{2, 1, 3, 2}},
		{"a\tb\n\t", []int{2}},
		{"a;b\n0.5;1\n;\n0.25;3\n", []int{1, 2, 3}},
		{"a b\n0.5 1\n \n0.25 3\n", []int{1, 2, 3}},
		{"\n\na\tb\n0.5\t1\n\n\r\n0.25\t3\n\n", []int{1, 3}},
		{"sep=\t\na\tb\n\t\n0.25\t3\n", []int{2, 3}},
		{"\ufeffsep=|\r\na|b\r\n|\r\n0.25|3\r\n", []int{2, 3}},
		{"\ufeff# \"\na,b\n0.5,1\n# ,\n,\n", []int{1, 2}},
	} {
		args := []string{"predict", "named.safetensors", "--comment", "#"}
		o := data.TableOptions{Comment: '#'}
		if strings.HasPrefix(c.text, "a b") {
			args, o.Comma = append(args, "--separator", " "), ' '
		}
		if table, err := data.ReadTable(strings.NewReader(c.text), o); err != nil || table.Rows() != len(c.rows) {
			t.Errorf("%q: ReadTable: %v, %v", c.text, table, err)
		}
		all := want[0] + "\n"
		for _, i := range c.rows {
			all += want[i] + "\n"
		}
		if got := good(t, c.text, args...); got != all {
			t.Errorf("%q: got %q, want %q", c.text, got, all)
		}
		put(t, "in.csv", c.text)
		if got := good(t, "", append(args, "in.csv")...); got != all {
			t.Errorf("%q of a file: got %q, want %q", c.text, got, all)
		}
	}
}

// TestPredictBlankCells: a line of spaces is a row with one cell, as for ReadTable.
func TestPredictBlankCells(t *testing.T) {
	inFolder(t)
	trainNamed(t)
	text := "a,b\n0.5,1\n  \n0.25,3\n"
	_, err := data.ReadTable(strings.NewReader(text), data.TableOptions{})
	const want = "line 3, column 1: the row has 1 columns, want 2"
	if r := run(t, text, "predict", "named.safetensors"); err == nil || r.code != failed ||
		!strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), want) {
		t.Errorf("code %d, %s%v", r.code, r.errs, err)
	}
}

// TestPredictSeparatorLine: the line sep=; and the header are no rows of any part.
func TestPredictSeparatorLine(t *testing.T) {
	inFolder(t)
	saveSum[float32](t, 0.5)
	trainNamed(t)
	const rows = 2*mostRows + 100
	for _, c := range []struct{ model, head string }{
		{"bare", "u;v\n"},
		{"bare", ""},
		{"named", "a;b\n"},
	} {
		var text strings.Builder
		text.WriteString(c.head)
		for i := range rows {
			fmt.Fprintf(&text, "%d;%d\n", i, i%3)
		}
		want := good(t, text.String(), "predict", c.model+".safetensors")
		if n := strings.Count(want, "\n"); n != rows+1 {
			t.Errorf("%s, %q: %d lines, want %d", c.model, c.head, n, rows+1)
		}
		for _, first := range []string{"sep=;\n", "sep=;\r\n", "\ufeffsep=;\n", "\nsep=;\n"} {
			put(t, "in.csv", first+text.String())
			for _, args := range [][]string{{}, {"--separator", ";"}, {"in.csv"}} {
				stdin := first + text.String()
				got := good(t, stdin, append([]string{"predict", c.model + ".safetensors"}, args...)...)
				if got != want {
					t.Errorf("%s, %q, %q, %q: not as without the first line", c.model, first, c.head, args)
				}
			}
		}
	}
}

// asking is a context that says each time that somebody waits, as predict does for rows.
type asking struct {
	context.Context
	asked chan struct{}
}

func (a asking) Done() <-chan struct{} {
	select {
	case a.asked <- struct{}{}:
	case <-a.Context.Done():
	}
	return a.Context.Done()
}

// predictAsked returns what predict prints where each text but the first arrives when all before it is
// answered or waits for more.
func predictAsked(t *testing.T, m *model.Model[float32], p *predictFlags, texts ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in, send := io.Pipe()
	wait := asking{ctx, make(chan struct{})}
	go func() {
		io.WriteString(send, texts[0])
		for i := 0; ; i++ { // the first time it asks for the first text
			select {
			case <-wait.asked:
			case <-ctx.Done():
				return
			}
			if i > 0 && i < len(texts) {
				io.WriteString(send, texts[i])
			}
			if i >= len(texts)-1 {
				send.Close()
			}
		}
	}()
	source, stop, err := openRows("the rows", in, false, inputsOf(m), m.Prepare != nil, p)
	must(t, err)
	defer stop()
	var out bytes.Buffer
	err = predictAll(wait, m, source, &out, p)
	return out.String(), err
}

// TestPredictArrivals: it is the same in which parts rows arrive, also a header, a line sep=; and a comment alone.
func TestPredictArrivals(t *testing.T) {
	inFolder(t)
	bare := saveSum[float32](t, 0.5)
	named := trainNamed(t)
	for _, c := range []struct {
		model *model.Model[float32]
		texts []string
	}{
		{bare, []string{"u,v\n", "1,2\n", "3,4\n"}},
		{bare, []string{"u,v\n", "\n", "1,2\n"}},
		{bare, []string{"sep=;\n", "u;v\n", "1;2\n"}},
		{bare, []string{"sep=;\n", "1;2\n", "3;4\n"}},
		{bare, []string{"\ufeffu,v\n", "1,2\n"}},
		{bare, []string{"2019,2020\n", "2021,2022\n", "1,2\n"}},
		{bare, []string{"1,2\n", "3,4\n"}},
		{named, []string{"a,b\n", "1,2\n", "3,4\n"}},
		{named, []string{"sep=;\n", "a;b\n", "1;2\n", ";\n", "3;4\n"}},
		{named, []string{"sep=;\na;b\n", "1;2\n"}},
		{named, []string{"a\tb\n", "\t\n", "1\t2\n"}},
		{named, []string{"a,b\n1,2\n", "# to the end\n"}},
		{named, []string{"a,b\n", "1,2\n", "# \"\n3,4\n"}},
	} {
		file := "bare.safetensors"
		if c.model == named {
			file = "named.safetensors"
		}
		want := good(t, strings.Join(c.texts, ""), "predict", file, "--comment", "#")
		if got, err := predictAsked(t, c.model, &predictFlags{table: tableSettings{Comment: "#"}},
			c.texts...); got != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", c.texts, got, err, want)
		}
	}
	if got, err := predictAsked(t, bare, &predictFlags{}, "u,v\n"); err == nil || got != "" ||
		!strings.Contains(err.Error(), "line 1: there are no rows") {
		t.Errorf("a header that is no row for certain: %q, %v", got, err)
	}
}

// TestPredictHeaderWaits: a header alone is no answer, and an interrupt ends the wait for its rows.
func TestPredictHeaderWaits(t *testing.T) {
	inFolder(t)
	bare := saveSum[float32](t, 0.5)
	ctx, cancel := context.WithCancel(t.Context())
	wait := asking{ctx, make(chan struct{})}
	in, send := io.Pipe()
	defer send.Close()
	go io.WriteString(send, "u,v\n")
	source, stop, err := openRows("the rows", bufio.NewReader(in), false, inputsOf(bare), false, &predictFlags{})
	must(t, err)
	defer stop()
	go func() {
		<-wait.asked
		<-wait.asked
		cancel()
	}()
	if err := predictAll(wait, bare, source, io.Discard, &predictFlags{}); err != errInterrupted {
		t.Errorf("got %v, want %v", err, errInterrupted)
	}
}

// TestPredictQuotesOfJSON: each line of JSON is a row, whatever quotes are in it.
func TestPredictQuotesOfJSON(t *testing.T) {
	inputs := []data.Column{{Name: "a", Kind: data.KindNumber}}
	const rows = 20
	text := strings.Repeat(`{"a":1,"note":"5\" wide"}`+"\n", rows)
	for range 200 {
		source, stop, err := openRows("the rows", strings.NewReader(text), true, inputs, true, &predictFlags{})
		must(t, err)
		part, err := source.next(t.Context())
		stop()
		if err != nil || part.table.Rows() != rows {
			t.Fatalf("%v, want %d rows", err, rows)
		}
	}
}
