package model_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// modelFile returns a file with a document, the entries of tensors and data bytes of zeros.
func modelFile(document, entries string, data int) []byte {
	text, _ := json.Marshal(document)
	if entries != "" {
		entries = "," + entries
	}
	return file(fmt.Sprintf(`{"__metadata__":{"layout":"in x out","model":%s}%s}`, text, entries), data)
}

const (
	linear12 = `{"kind":"linear","act":"identity","bias":true}`
	w12      = `"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}`
	b12      = `"bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}`
	norm1    = `"weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"bias":{"dtype":"F32","shape":[1],` +
		`"data_offsets":[4,8]},"running_mean":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},` +
		`"running_var":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}`
)

// doc returns a document with a net, and more members.
func doc(net, more string) string {
	return `{"version":1,"writer":"x","in":1,"output":"values","net":` + net + more + `}`
}

// TestBadModels: what no Save writes is an error that says where, and takes no more memory than the
// file has reason for.
func TestBadModels(t *testing.T) {
	nested := func(n int) string {
		return strings.Repeat(`{"kind":"sequential","parts":[`,
			n) + `{"kind":"softmax"}` + strings.Repeat(`]}`, n)
	}
	linear := func(entries string) []byte { return modelFile(doc(linear12, ""), entries, 16) }
	for _, c := range []struct {
		data []byte
		want string // "" for a file that is fine
	}{
		{linear(w12 + "," + b12), ""},
		{modelFile(doc(nested(100), ""), "", 0), ""},
		{file(`{`+w12+","+b12+`}`, 16),
			"LoadPyTorch if its weights are out x in, as PyTorch's are, or with LoadWeightsInOut"},
		{file(`{"__metadata__":{"layout":"in x out"},`+w12+","+b12+`}`, 16),
			"build the net, and load it with LoadWeights"},
		{file(`{"__metadata__":{"format":"pt"},`+w12+","+b12+`}`, 16),
			"build the net, and load it with LoadPyTorch"},
		{file(`{"__metadata__":{"model":"{\"version\":1}"},`+w12+","+b12+`}`, 16),
			"the file does not say whether its weights are"},
		{file(`{"__metadata__":{"model":"{\"version\":1}","format":"pt"},`+w12+","+b12+`}`, 16),
			"its weights are out x in"},

		{modelFile(``, "", 0), "the description of the model: byte 0: unexpected end of JSON input"},
		{modelFile(`{"version":2,"colours":[]}`, "", 0),
			"the model has version 2 of the format, and this version of " +
				"the package knows those up to 1: a newer github.com/ashlar-go/ashlar reads it"},
		{modelFile(`{}`, "", 0), "the model has version 0 of the format, want at least 1"},
		{modelFile(`{"version":"1"}`, "", 0), "the description of the model: json: cannot unmarshal string"},
		{modelFile(doc(linear12, `,"colour":1`), "", 0),
			`the description of the model: byte 104: unknown field "colour"`},
		{modelFile(doc(`{"kind":"softmax","axis":1}`, ""), "", 0), `"net": byte 18: unknown field "axis"`},
		{modelFile(doc(`{"kind":"softmax","Kind":"softmax"}`, ""), "", 0),
			`the description of the model: "net": byte 18: the key "Kind", want "kind"`},
		{modelFile(doc(`{"kind":"softmax","kind":"prelu"}`, ""), "", 0),
			`the description of the model: byte 75: the key "kind" stands twice in one object`},
		{modelFile(doc(linear12, `,"in":1`), w12+","+b12, 16),
			`the description of the model: byte 104: the key "in" stands twice in one object`},
		{modelFile(doc(linear12, `,"IN":1`), w12+","+b12, 16),
			`the description of the model: byte 104: the key "IN", want "in"`},
		{modelFile(`{"version":1,"Version":1}`, "", 0), `byte 13: the key "Version", want "version"`},
		{modelFile(doc(linear12, `,"summary":{"metrics":{"a":1,"a":2}}`), w12+","+b12, 16),
			`the key "a" stands twice in one object`},
		{modelFile(doc(`{"kind":"sequential","parts":[{}`+strings.Repeat(`,{}`, 5000)+`]}`, ""), "", 0),
			"there are 5002 layers, want at most 5000"},
		{modelFile(doc(`{"kind":"rms_norm","eps":-1}`, ""), norm1, 16),
			`the net has eps "-1", want a finite number of at least 0`},
		{modelFile(doc(`{"kind":"rms_norm","eps":"NaN"}`, ""), norm1, 16), `json: invalid number literal`},
		{modelFile(doc(`{"kind":"batch_norm","eps":1,"momentum":1.5}`, ""), norm1, 16), `the net has momentum "1.5", want`},
		{modelFile(doc(linear12, `,"summary":{"metrics":{"loss":NaN}}`), "", 0), "invalid character 'N'"},
		{modelFile(doc(linear12, `,"summary":{"metrics":{"loss":"nan"}}`), "", 0), "cannot unmarshal string"},
		{modelFile(doc(linear12, `,"summary":{"seed":-1}`), "", 0), "cannot unmarshal number -1"},
		{modelFile(`{"version":1}`, "", 0), "there is no net"},
		{modelFile(doc(`null`, ""), "", 0), "the net is null"},
		{modelFile(doc(`[]`, ""), "", 0), `the description of the model: "net": json: cannot unmarshal array`},
		{modelFile(doc(`{"kind":"sequential","parts":[{}`+strings.Repeat(`,{}`, 4<<20/3)+`]}`, ""), "", 0),
			"the layers take 4194337 bytes of JSON, want at most 4194304"},

		{modelFile(doc(nested(101), ""), "", 0), `is nested deeper than 100 layers`},
		{modelFile(doc(nested(5001), ""), "", 0), `the description of the model: `},
		{modelFile(doc(strings.Repeat(`{"kind":"residual","body":`, 101)+linear12+strings.Repeat(`}`, 101),
			""), "", 0),
			`is nested deeper than 100 layers`},
		{modelFile(doc(`{"kind":"sequential","parts":[null]}`, ""), "", 0), `layer "0" is null`},
		{modelFile(doc(`{"kind":"residual"}`, ""), "", 0), `layer "body" is null`},
		{modelFile(doc(`{"kind":"sequential","parts":[{"kind":"softmax"},{"kind":"residual","body":{"kind":"attention"}}]}`,
			""), "", 0),
			`layer "1.body" is a "attention", a layer that this version of the package does not know`},
		{modelFile(doc(`{"kind":"residual","body":{"kind":"softmax"},"skip":{}}`, ""), "", 0),
			`layer "skip" is a "", a layer`},
		{modelFile(doc(`{"kind":"linear","act":"swish"}`, ""), "", 0),
			`the net: kernels: there is no activation "swish"`},
		{modelFile(doc(`{"kind":"activation"}`, ""), "", 0), `the net: kernels: there is no activation ""`},
		{modelFile(doc(`{"kind":"dropout"}`, ""), "", 0), `the net has no p in [0, 1)`},
		{modelFile(doc(`{"kind":"dropout","p":1}`, ""), "", 0), `the net has no p in [0, 1)`},
		{modelFile(doc(`{"kind":"batch_norm","momentum":0.1}`, ""), norm1, 16),
			`the net has eps "", want a finite number`},
		{modelFile(doc(`{"kind":"batch_norm","eps":0.1}`, ""), norm1, 16),
			`the net has momentum "", want a finite number`},
		{modelFile(doc(`{"kind":"batch_norm","eps":0.1,"momentum":1e99}`, ""), norm1, 16),
			`the net has momentum "1e99"`},
		{modelFile(doc(`{"kind":"batch_norm","eps":1,"momentum":1,"batches":-1}`, ""), norm1, 16),
			`the net has -1 batches`},
		{modelFile(doc(`{"kind":"layer_norm","eps":"x"}`, ""), norm1, 16), `json: invalid number literal`},

		{linear(w12 + "," + strings.Replace(b12, "bias", "b", 1)), `tensor "bias" [2] is missing`},
		{linear(strings.Replace(w12, "weight", "w", 1) + "," + b12),
			`there is no tensor "weight": the file has 2, such as "w"`},
		{linear(w12 + `,"bias":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}`),
			`tensor "bias" has shape [1 2], want [2]`},
		{linear(w12 + `,"bias":{"dtype":"F32","shape":[2],"data_offsets":[8,12]},"c":{"dtype":"I32","shape":[1],` +
			`"data_offsets":[12,16]}`), `tensor "bias" has 4 bytes, want 8`},
		{modelFile(doc(`{"kind":"linear","act":"relu"}`, ""), w12+","+b12, 16),
			`tensor "bias" [2] is not in the model`},
		{linear(`"weight":{"dtype":"F32","shape":[1,1099511627776],"data_offsets":[0,8]},` + b12),
			ints(`tensor "weight" has 8 bytes, want 4398046511104 for F32 [1 1099511627776]`,
				`tensor "weight": shape: [1,1099511627776], want an array of integers of 32 bits`)},
		{linear(`"weight":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]},` + b12),
			ints(`tensor "weight" has shape [4611686018427387904 4], whose elements do not fit in memory`,
				`tensor "weight": shape: [4611686018427387904,4], want an array of integers of 32 bits`)},
		{linear(`"weight":{"dtype":"F32","shape":[1073741824,4],"data_offsets":[0,8]},` + b12),
			ints(`tensor "weight" has 8 bytes, want 17179869184 for F32 [1073741824 4]`,
				`tensor "weight" has shape [1073741824 4], whose elements do not fit in memory`)},
		{modelFile(doc(linear12, ""),
			`"weight":{"dtype":"F32","shape":[0,1099511627776],"data_offsets":[0,0]}`, 0),
			ints(`tensor "weight" has shape [0 1099511627776], want 2 sizes, none below 1`,
				`tensor "weight": shape: [0,1099511627776], want an array of integers of 32 bits`)},
		{linear(`"weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},` + b12),
			`tensor "weight" has shape [2], want 2 sizes`},
		{linear(`"weight":{"dtype":"I32","shape":[1,2],"data_offsets":[0,8]},` + b12),
			`tensor "weight" has dtype "I32"`},
		{modelFile(doc(`{"kind":"prelu"}`, ""), w12, 8),
			`tensor "weight" has shape [1 2], want 1 sizes, none below 1`},

		{modelFile(strings.Replace(doc(linear12, ""), `"in":1`, `"in":1099511627776`, 1), w12+","+b12, 16),
			ints(`the net does not take rows of In = 1099511627776 columns: layer: Linear(1, 2) does not`,
				`cannot unmarshal number 1099511627776 into Go struct field document.in of type int`)},
		{modelFile(strings.Replace(doc(linear12, ""), `"in":1`, `"in":0`, 1), w12+","+b12, 16),
			`In = 0, want`},
		{modelFile(strings.Replace(doc(linear12, ""), `values`, `odds`, 1), w12+","+b12, 16),
			`the output of the model is "odds", want one of ["values" "logits"`},
		{modelFile(strings.Replace(doc(linear12, ""), `values`, ``, 1), w12+","+b12, 16),
			`the output of the model is ""`},
		{modelFile(doc(linear12, `,"classes":["a"]`), w12+","+b12, 16),
			`there are 1 classes, but the outputs are values`},
		{modelFile(doc(linear12, `,"prepare":{"steps":7}`), w12+","+b12, 16),
			`the description of the model: `},
	} {
		badModel(t, c.data, c.want)
	}
	one := modelFile(doc(linear12, ""), `"weight":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},`+
		`"bias":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}`, 8)
	badModel(t, append(one, le(math.Float64bits(1e39))...),
		`element 0 is 1e+39, want a number that float32 can hold`)
}

// ints is what is wanted where an int has 64 bits, and where it has 32.
func ints(wide, narrow string) string {
	if strconv.IntSize == 32 {
		return narrow
	}
	return wide
}

// badModel checks the error of Load and of Read, and that they allocate in proportion to the file.
func badModel(t *testing.T, data []byte, want string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := model.Load[float32](path)
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(200_000+500*len(data)); got > most {
		t.Errorf("%s: Load allocated %d bytes for %d", want, got, len(data))
	}
	_, readErr := model.Read[float32](bytes.NewReader(data), int64(len(data)))
	if want == "" {
		if err != nil || readErr != nil || m == nil {
			t.Errorf("%.300q: %v, %v", data, err, readErr)
		}
		return
	}
	if m != nil || err == nil || !strings.HasPrefix(err.Error(), "model: loading "+path+": ") ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if err != nil && (readErr == nil || readErr.Error() != strings.Replace(err.Error(),
		"loading "+path+": ", "", 1)) {
		t.Errorf("Read returned %v, Load %v", readErr, err)
	}
}

// swish is a layer of a user's own.
type swish struct{ layer.Activation[float64] }

// TestUnwritableModels: a model that a file cannot hold is an error that names the place, writes nothing
// and leaves an old file as it was.
func TestUnwritableModels(t *testing.T) {
	type net = layer.Layer[float64]
	l := func() *layer.Linear[float64] { return layer.NewLinear[float64](2, 3, kernels.ActReLU) }
	odd := l()
	odd.Act |= 1 << 40
	norm := layer.NewBatchNorm[float64](3)
	norm.Eps = math.NaN()
	var deep net = l()
	for range 101 {
		deep = layer.NewSequential[float64](deep)
	}
	values := func(n net) *model.Model[float64] {
		return &model.Model[float64]{Net: n, In: 2, Output: model.OutputValues}
	}
	classes := func(o model.Output, names ...string) *model.Model[float64] {
		return &model.Model[float64]{Net: l(), In: 2, Output: o, Classes: names}
	}
	text := values(l())
	text.Text = map[string]string{"a": "\xff"}
	metric := values(l())
	metric.Summary = &model.Summary{Metrics: map[string]float64{"\xff": 1}}
	for _, c := range []struct {
		m    *model.Model[float64]
		want string
	}{
		{values(layer.NewSequential[float64](l(), layer.NewResidual[float64](&swish{}, nil))),
			`layer "1.body" is a *model_test.swish, which is not of package layer: a whole model has no place for its ` +
				`code; SaveWeights saves the weights`},
		{values(&swish{}), `the net is a *model_test.swish, which is not of package layer`},
		{values(layer.NewSequential[float64](odd)),
			`layer "0" has relu, which is no activation of package kernels`},
		{values(layer.NewSequential[float64](l(), norm)), `layer "1" has Eps NaN, Momentum 0.1 and 0 batches`},
		{values(&layer.Dropout[float64]{P: 1}), `the net drops with probability 1, want one in [0, 1)`},
		{values(deep), `is nested deeper than 100 layers`},
		{values(nil), "the model has no Net"},
		{&model.Model[float64]{Net: l(), Output: model.OutputValues},
			"In = 0, want the columns of Net's input"},
		{&model.Model[float64]{Net: l(), In: 3, Output: model.OutputValues},
			"the net does not take rows of In = 3 columns"},
		{classes(0), "Output = 0, want one of OutputValues to OutputBinaryProbability"},
		{classes(99), "Output = 99, want one of"},
		{classes(model.OutputLogits, "a", "b"), "2 classes have names, want 3"},
		{classes(model.OutputLogits, "a", "b", "a"), `two classes are called "a"`},
		{classes(model.OutputBinaryLogit), "the net has 3 outputs, want 1 for binary_logit"},
		{classes(model.OutputValues, "a"), "there are 1 classes, but the outputs are values"},
		{classes(model.OutputLogits, "a", "b", "\xff"), `the class name "\xff" is no UTF-8`},
		{text, `the text "a": "\xff" is no UTF-8`},
		{metric, `the name of metric "\xff" is no UTF-8`},
	} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := model.Save(path, c.m); err == nil || !strings.Contains(err.Error(),
			"model: saving "+path+": ") ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
		if b, err := os.ReadFile(path); string(b) != "before" {
			t.Errorf("%s: the file became %.40q, %v", c.want, b, err)
		}
		alone(t, path)
		var b bytes.Buffer
		if err := model.Write(&b, c.m); err == nil || b.Len() > 0 {
			t.Errorf("Write wrote %d bytes and returned %v", b.Len(), err)
		}
		if s := c.m.String(); c.m.Check() != nil && !strings.HasPrefix(s, "a model that is not complete: ") {
			t.Errorf("%s: String returned %q", c.want, s)
		}
	}
}

// FuzzLoad: damaged models never panic, and what is read is written again with the same bits.
func FuzzLoad(f *testing.F) {
	net := everyLayer[float32]()
	layer.Initialize(net, 1)
	f.Add(encodeModel(f, &model.Model[float32]{Net: net, In: 3, Output: model.OutputLogits,
		Classes: []string{"a", "b"},
		Summary: &model.Summary{Epochs: 1, Metrics: map[string]float64{"loss": math.NaN()}},
		Text:    map[string]string{"a": "b"}}))
	f.Add(encodeModel(f, prepared[float32](fit(f, "rent", "kind"), 1, model.OutputValues)))
	f.Add(modelFile(doc(linear12, ""), w12+","+b12, 16))
	f.Add(modelFile(doc(`{"kind":"batch_norm","eps":0.1,"momentum":1,"batches":3}`, ""), norm1, 16))
	fuzztest.Run(f, readTwice)
}

// FuzzDocument is FuzzLoad for files whose header is one, so that mutations reach the document in it.
func FuzzDocument(f *testing.F) {
	net := everyLayer[float32]()
	for _, m := range []*model.Model[float32]{{Net: net, In: 3, Output: model.OutputLogits},
		prepared[float32](fit(f, "rent", "kind"), 1, model.OutputValues),
		prepared[float32](fit(f, "kind", "city", "rent"), 2, model.OutputLogits)} {
		entries, at := "", 0
		for _, p := range m.Net.Params() {
			end := at + 4*len(p.Value)
			entries += fmt.Sprintf(`,%q:{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, p.Name,
				strings.ReplaceAll(fmt.Sprint(p.Shape), " ", ","), at, end)
			at = end
		}
		b := encodeModel(f, m)
		file, err := model.NewFile(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file.Text()["model"], entries[1:], at)
	}
	f.Add(doc(linear12, ""), w12+","+b12, 16)
	f.Add(doc(`{"kind":"batch_norm","eps":0.1,"momentum":1,"batches":3}`, ""), norm1, 16)
	f.Add(doc(`{"kind":"residual","body":{"kind":"dropout","p":0.5},"skip":{"kind":"activation","act":"elu(1)"}}`,
		`,"summary":{"epochs":1,"rows":2,"seed":3,"metrics":{"a":"NaN"}},"text":{"a":"b"}`), "", 0)
	fuzztest.Run(f, func(t *testing.T, document, entries string, size int) {
		if size >= 0 && size < 1<<16 {
			readTwice(t, modelFile(document, entries, size))
		}
	})
}

// readTwice reads a model, and what is written of it, if there is no error.
func readTwice(t *testing.T, data []byte) {
	m, err := model.Read[float64](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return
	}
	if m.In < 1000 {
		row := make([]float64, m.In)
		if m.Prepare != nil {
			row = make([]float64, len(m.Prepare.Inputs()))
		}
		_, _ = m.Predict(row) // an error is fine: a parameter may be NaN
		_, _ = m.Predict(map[string]any{"area": 1, "rooms": nil, "city": "Bonn"})
	}
	written := encodeModel(t, m)
	again, err := model.Read[float64](bytes.NewReader(written), int64(len(written)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written, encodeModel(t, again)) || m.String() != again.String() {
		t.Fatal("written and read models differ")
	}
}
