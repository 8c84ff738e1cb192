package data

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
)

// TestJSON demands the same bits after a round trip.
func TestJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	numbers := tableOf(t, NumberColumn("tiny", []float64{5e-324, 1e-310, 3e-308}),
		NumberColumn("huge", []float64{-math.MaxFloat64, 1, math.MaxFloat64}),
		NumberColumn("close", []float64{1e9, math.Nextafter(1e9, 2e9), 1e9}),
		NumberColumn("zero", []float64{math.Copysign(0, -1), nan, 0}),
		NumberColumn("class", []float64{3, -1, 1e20}))
	scale := []Step{Scale{Columns: []string{"tiny", "huge", "close"}, By: ScaleStandard},
		Impute{Columns: []string{"zero"}, By: FillMedian}, Scale{Columns: []string{"zero"}, By: ScaleMinMax}}
	for _, c := range []struct {
		table *Table
		p     Pipeline
	}{
		{randomTable(t, r, 30), everything},
		{people(t), Pipeline{Target: Target{Columns: names("city"), IgnoreUnknown: true, Weight: "income"},
			Steps: []Step{Choose{Columns: names("name", "code")}, AsCategory{Columns: names("name")},
				OneHot{Columns: names("name"), Unknown: UnknownZeros}}}},
		{numbers, Pipeline{Target: Target{Columns: names("class"), Classes: true}, Steps: scale}},
		{numbers, Pipeline{Target: Target{Columns: names("class"), Scale: []Scaling{ScaleStandard}},
			Steps: scale}},
		{numbers, Pipeline{Steps: append([]Step{Drop{Columns: names("class")}}, scale...)}},
	} {
		f, err := c.p.Fit(c.table)
		if err != nil {
			t.Error(err)
			continue
		}
		text, err := json.Marshal(f)
		if err != nil {
			t.Error(err)
			continue
		}
		g := new(Fitted)
		if err := json.Unmarshal(text, g); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !reflect.DeepEqual(f, g) {
			t.Errorf("%s\nbecomes %+v, want %+v", text, g, f)
		}
		if again, err := json.Marshal(*g); err != nil || !bytes.Equal(again, text) { // a value too
			t.Errorf("%s\nbecomes %s, %v", text, again, err)
		}
		a, err := Features[float64](f, c.table)
		if err != nil {
			t.Error(err)
		}
		b, err := Features[float64](g, c.table)
		if err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("features %v, %v, want %v", b, err, a)
		}
	}
}

// goodJSON is a fitted pipeline with all operations. Tests damage it.
const goodJSON = `{"version":1,"inputs":[{"name":"a","kind":"number"},{"name":"b","kind":"number"},` +
	`{"name":"c","kind":"category","levels":["x","y"]}],"operations":[` +
	`{"kind":"indicator","column":"a","outputs":["am"]},{"kind":"fill number","column":"a","number":2},` +
	`{"kind":"scale","column":"a","scaling":"standard",` +
	`"mean":{"Hi":1,"Lo":0,"Exp":0},"std":{"Hi":2,"Lo":0,"Exp":0}},` +
	`{"kind":"fill category","column":"c","text":"x"},` +
	`{"kind":"one-hot","column":"c","outputs":["cx","cy"],"levels":["x","y"],"unknown":"zeros"},` +
	`{"kind":"category","column":"b"},` +
	`{"kind":"ordinal","column":"b","levels":["3"],"unknown":"own level"},` +
	`{"kind":"scale","column":"b","scaling":"min-max","min":0,"max":1}],"features":["a","am","cx","b"],` +
	`"target":{"columns":["t"],"classes":["1","2"],"numbers":true,"ignore_unknown":true,"weight":"w"}}`

// regressionJSON is one with scaled targets.
const regressionJSON = `{"version":1,"inputs":[{"name":"a","kind":"number"}],"operations":[],` +
	`"features":["a"],` +
	`"target":{"columns":["t","u"],"scale":[{"kind":"scale","column":"t","scaling":"log"},` +
	`{"kind":"scale","column":"u","scaling":"log"}]}}`

func TestJSONDamaged(t *testing.T) {
	for _, good := range []string{goodJSON, regressionJSON} {
		f := new(Fitted)
		if err := f.UnmarshalJSON([]byte(good)); err != nil {
			t.Fatal(err)
		}
		if text, err := json.Marshal(f); err != nil || string(text) != good {
			t.Fatalf("%s, %v, want %s", text, err, good)
		}
	}
	for _, c := range []struct{ old, new, want string }{
		{`"version":1`, `"version":2`, "its version is 2, want 1"},
		{`"version":1`, `"version":"1"`, "json: cannot unmarshal"},
		{`"version":1,`, ``, "its version is 0, want 1"},
		{`"version":1`, `"version":1,"more":0`, `byte 13: unknown field "more"`},
		{`"version":1`, `"version":1,"version":1`, `byte 13: the key "version" stands twice in one object`},
		{`"version":1`, `"Version":1`, `byte 1: the key "Version", want "version"`},
		{`"w"}}`, `"w"}`, "unexpected end of JSON input"},
		{`"w"}}`, `"w"}}{}`, "invalid character '{' after top-level value"},
		{`"kind":"scale"`, `"kind":"embed"`,
			`operation 2: this version does not know the operation "embed"`},
		{`"kind":"scale"`, `"kind":3`, "operation 2: json: cannot unmarshal number"},
		{`"kind":"scale"`, `"kind":""`, `operation 2: this version does not know the operation ""`},
		{`"kind":"scale"`, `"kind":"scale","by":3`, `operation 2: byte 16: unknown field "by"`},
		{`"kind":"scale"`, `"kind":"scale","KIND":"scale"`, `operation 2: byte 16: the key "KIND", want "kind"`},
		{`"Hi":2`, `"Hi":2,"Hi":2`, `byte 339: the key "Hi" stands twice in one object`},
		{`"Hi":2`, `"hi":2`, `operation 2: byte 88: the key "hi", want "Hi"`},
		{`{"kind":"category","column":"b"}`, `null`,
			`operation 5: this version does not know the operation ""`},
		{`{"kind":"category","column":"b"}`, `{"kind":"fill category","column":"c","text":"x"}`,
			`operation 5 (fill category) on column "c": want a column`}, // which one-hot took away
		{`"standard"`, `"robust"`, `operation 2: this version does not know the scaling "robust"`},
		{`"zeros"`, `"guess"`, `operation 4: this version does not know the policy "guess"`},
		{`"number":2`, `"text":"2"`,
			"operation 1: fill number: a field is missing, or of another operation"},
		{`,"std":{"Hi":2,"Lo":0,"Exp":0}`, ``, "operation 2: scale: a field is missing"},
		{`"Hi":2`, `"Hi":0`, `operation 2 (scale) on column "a": the mean is`},
		{`"Hi":2`, `"Hi":-2`, `operation 2 (scale) on column "a": the mean is`},
		{`"Hi":2`, `"Hi":1e999`, "operation 2: json: cannot unmarshal number 1e999"},
		{`"Exp":0`, `"Exp":1`, `operation 2 (scale) on column "a": the mean is`},
		{`"Lo":0`, `"Lo":3`, `operation 2 (scale) on column "a": the mean is`},
		{`"max":1`, `"max":-1`, `operation 7 (scale) on column "b": the range is 0 to -1`},
		{`"column":"a","outputs"`, `"column":"z","outputs"`,
			`operation 0 (indicator) on column "z": want a column`},
		{`"column":"a","number"`, `"column":"c","number"`,
			`operation 1 (fill number) on column "c": want a column`},
		{`"text":"x"`, `"text":""`, `operation 3 (fill category) on column "c": the text "" is empty`},
		{`["cx","cy"]`, `["cx"]`, `operation 4 (one-hot) on column "c": there are 1 outputs, want 2`},
		{`["cx","cy"]`, `["cx","a"]`, `operation 4 (one-hot) on column "c": two columns have the name "a"`},
		{`"levels":["x","y"],"unknown"`, `"levels":["x","x"],"unknown"`,
			`operation 4 (one-hot) on column "c": the level "x"`},
		{`"levels":["3"]`, `"levels":[]`, "operation 6 (ordinal)"},
		{`"unknown":"own level"`, `"unknown":"zeros"`, "operation 6 (ordinal)"},
		{`"levels":["x","y"]}`, `"levels":["x",""]}`, `the input "c": the level "" is empty`},
		{`"name":"b"`, `"name":"a"`, `two columns have the name "a"`},
		{`"kind":"number"`, `"kind":"text"`, `the input "a" has the kind "text"`},
		{`"kind":"number"`, `"kind":"number","levels":["x"]`,
			`the input "a" has the kind number and 1 levels`},
		{`["a","am","cx","b"]`, `[]`, "there are no features"},
		{`["a","am","cx","b"]`, `["c"]`, `the feature "c" is no column of numbers`},
		{`["a","am","cx","b"]`, `["a","a"]`, `the feature "a" is no column of numbers, or is there twice`},
		{`["t"]`, `["a"]`, `the target "a" is an input or a feature too`},
		{`["t"]`, `["t","t"]`, `target: two columns have the name "t"`},
		{`["t"]`, `["t","u"]`, "there are 2 classes, 2 target columns"},
		{`["1","2"]`, `["1"]`, "there are 1 classes"},
		{`["1","2"]`, `["1","two"]`, `the class "two" is not the text of a whole number`},
		{`["1","2"]`, `["1","1"]`, `the class "1" is empty, there twice`},
		{`"classes":["1","2"],`, ``, "the target has settings without columns, or of classes"},
		{`"weight":"w"`, `"weight":"a"`, `the weight "a" is an input`},
	} {
		damaged(t, goodJSON, c.old, c.new, c.want)
	}
	for _, c := range []struct{ old, new, want string }{
		{`{"kind":"scale","column":"t","scaling":"log"},`, ``, "the targets have 1 scales"},
		{`"column":"u"`, `"column":"t"`, "the targets have 2 scales"},
		{`{"kind":"scale","column":"t","scaling":"log"}`, `{"kind":"category","column":"t"}`,
			"the targets have 2 scales"},
		{`{"kind":"scale","column":"t","scaling":"log"}`,
			`{"kind":"scale","column":"t","scaling":"min-max","min":2,"max":1}`,
			`target "t": the range is 2 to 1`},
		{`"columns":["t","u"]`, `"columns":[]`, "the target has settings without columns"},
		{`"scaling":"log"`, `"scaling":"cube"`,
			`target: operation 0: this version does not know the scaling "cube"`},
	} {
		damaged(t, regressionJSON, c.old, c.new, c.want)
	}
	damaged(t, goodJSON, goodJSON, "null", "its version is 0")
	damaged(t, goodJSON, goodJSON, "[]", "json: cannot unmarshal array")
	damaged(t, goodJSON, goodJSON, strings.Repeat("[", 20000), "")
}

// damaged replaces a part of good JSON and demands an error that leaves the pipeline as it was.
func damaged(t *testing.T, good, old, new, want string) {
	t.Helper()
	text := strings.Replace(good, old, new, 1)
	if text == good {
		t.Errorf("%s is not in the JSON", old)
	}
	f := before()
	err := f.UnmarshalJSON([]byte(text))
	if err == nil || !strings.HasPrefix(err.Error(), "data: the JSON of a fitted pipeline: "+want) {
		t.Errorf("%s for %s: %v, want %q", new, old, err, want)
	}
	if !reflect.DeepEqual(f, before()) {
		t.Errorf("%s for %s: the pipeline is %+v beside an error", new, old, f)
	}
}

// before returns a pipeline as it is before it is read.
func before() *Fitted { return &Fitted{features: []string{"before"}} }

// FuzzFitted reads any JSON. What is accepted comes back the same, and runs on rows of its inputs.
func FuzzFitted(f *testing.F) {
	f.Add([]byte(goodJSON))
	f.Add([]byte(regressionJSON))
	f.Add([]byte(strings.Replace(goodJSON, `"zeros"`, `"error"`, 1)))
	r := rand.New(rand.NewPCG(9, 10))
	p, err := everything.Fit(randomTable(f, r, 20))
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	fuzztest.Run(f, func(t *testing.T, text []byte) {
		f := new(Fitted)
		if f.UnmarshalJSON(text) != nil {
			return
		}
		again, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		g := new(Fitted)
		if err := g.UnmarshalJSON(again); err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if third, err := json.Marshal(g); err != nil || !bytes.Equal(third, again) {
			t.Fatalf("%s becomes %s, %v", again, third, err)
		}
		row := map[string]any{}
		for i, in := range f.Inputs() {
			switch {
			case i%3 == 2:
				row[in.Name] = nil
			case in.Kind == KindNumber:
				row[in.Name] = float64(len(text)%7) - 1
			default:
				row[in.Name] = append(in.Levels, "unknown")[0]
			}
		}
		x, err := FeatureRow[float32](f, row)
		if err == nil && len(x) != len(f.Features()) {
			t.Fatalf("%d features, want %d", len(x), len(f.Features()))
		}
		for _, v := range x {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Fatalf("features %v", x)
			}
		}
		checkText(t, f.String())
		Unscale(f, make([]float32, 2*len(f.Targets())))
	})
}

func checkText(t *testing.T, text string) {
	for line := range strings.Lines(text) {
		if n := len([]rune(line)); n > 81 {
			t.Fatalf("a line of %d columns: %q", n-1, line)
		}
	}
}
