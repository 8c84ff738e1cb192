package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// sums returns a handler of a model of three numbers that puts out x1 + 10 x2 + 100 x3.
func sums() http.Handler {
	l := layer.NewLinear[float32](3, 1, kernels.ActIdentity)
	copy(l.W.Value, []float32{1, 10, 100})
	return handlerOf(&model.Model[float32]{Net: l, In: 3, Output: model.OutputValues}, 2)
}

// flats returns a handler of a model of a number and a category, which puts out the rent: 20 a square
// metre, and 500 more in Bern.
func flats() http.Handler {
	area := &data.Column{Name: "area", Kind: data.KindNumber, Numbers: []float64{50, 100}}
	city := &data.Column{Name: "city", Kind: data.KindCategory, Levels: []string{"Bern", "Chur"}, Codes: []int{0, 1}}
	rent := &data.Column{Name: "rent", Kind: data.KindNumber, Numbers: []float64{1500, 2000}}
	table, err := data.NewTable(area, city, rent)
	if err != nil {
		panic(err)
	}
	fitted, err := data.Pipeline{Target: data.Target{Columns: []string{"rent"}}, Steps: []data.Step{
		data.Impute{Columns: []string{"area"}, By: data.FillMedian}, data.OneHot{
			Columns: []string{data.AllCategories}, Unknown: data.UnknownZeros}}}.Fit(table)
	if err != nil {
		panic(err)
	}
	l := layer.NewLinear[float32](3, 1, kernels.ActIdentity)
	copy(l.W.Value, []float32{20, 500, 0})
	return handlerOf(&model.Model[float32]{Net: l, In: 3, Output: model.OutputValues, Prepare: fitted}, 0)
}

func handlerOf(m *model.Model[float32], combine int) http.Handler {
	s, err := newService(m, combine)
	if err != nil {
		panic(err)
	}
	return newHandler(s)
}

// post sends a body to /predict and returns the code and the answer.
func post(h http.Handler, kind, body string) (int, string) {
	r := httptest.NewRequest(http.MethodPost, "/predict", strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const jsonType = "application/json"

// A row too short is an error that names it.
func Example() {
	h := sums()
	for _, body := range []string{`{"rows": [[1, 2, 3], [4, 5, 6]]}`, `{"rows": [[1, 2, 3], [4, 5]]}`} {
		code, answer := post(h, jsonType, body)
		fmt.Print(code, " ", answer)
	}
	// Output:
	// 200 {"predictions":[{"values":[321]},{"values":[654]}]}
	// 422 {"error":"row 1: the row has 2 numbers, want 3"}
}

// A model with a preparation takes raw columns. Null is a missing cell.
func Example_columns() {
	h := flats()
	for _, body := range []string{`{"rows": [{"area": 70, "city": "Bern"}, {"area": null, "city": "Thun"}]}`,
		`{"rows": [{"area": "large", "city": "Bern"}]}`, `{"rows": [{"area": 70}]}`} {
		code, answer := post(h, jsonType, body)
		fmt.Print(code, " ", answer)
	}
	// Output:
	// 200 {"predictions":[{"values":[1900]},{"values":[1500]}]}
	// 422 {"error":"row 0: column \"area\" is \"large\", want a number"}
	// 422 {"error":"row 0: column \"city\" is not in the map, which has [\"area\"]"}
}

// TestHostile sends what the server must refuse, and wants the reason. It works on afterwards.
func TestHostile(t *testing.T) {
	h := sums()
	many := func(n int, part string) string { return strings.Repeat(part+",", n-1) + part }
	for _, c := range []struct {
		kind, body string
		code       int
		want       string
	}{
		{"", `{"rows":[[1,2,3]]}`, 415, `the Content-Type is "", want application/json`},
		{"text/plain", `{"rows":[[1,2,3]]}`, 415, "want application/json"},
		{"application/json; charset", `{"rows":[[1,2,3]]}`, 415, "want application/json"},
		{jsonType, "", 400, "the JSON ends too early"},
		{jsonType, `{"rows":[[1,2,3]`, 400, "the JSON ends too early"},
		{jsonType, `{"rows":[[1,2,3]]`, 400, "the JSON ends too early"},
		{jsonType, "rows", 400, "the JSON is wrong"},
		{jsonType, "\x00\xff", 400, "the JSON is wrong"},
		{jsonType, "null", 400, `want {"rows": [...]}, not null`},
		{jsonType, "[[1,2,3]]", 400, `want {"rows": [...]}, not [`},
		{jsonType, "{}", 400, `want {"rows": [...]}, not }`},
		{jsonType, `{"Rows":[[1,2,3]]}`, 400, `want {"rows": [...]}, not a string`},
		{jsonType, `{"rows":null}`, 400, "not null"},
		{jsonType, `{"rows":[[1,2,3]],"rows":[[4,5,6]]}`, 400, `duplicate object member name "rows"`},
		{jsonType, `{"rows":[[1,2,3]],"more":[[4,5,6]]}`, 400, `want nothing but "rows"`},
		{jsonType, `{"rows":[[1,2,3]]}{}`, 400, "follows the JSON object"},
		{jsonType, `{"rows":[[1,2,3]]}]`, 400, "the JSON is wrong"},
		{jsonType, `{"rows":[[1,2,3],]}`, 400, "the JSON is wrong"},
		{jsonType, `{"rows":[[1,2,3,]]}`, 400, "the JSON is wrong"},
		{jsonType, `{"rows":[1,2,3]}`, 400, "row 0: want an array or an object, not a number"},
		{jsonType, `{"rows":[[1,2,3],null]}`, 400, "row 1: want an array or an object, not null"},
		{jsonType, `{"rows":[[1,2,3],[4,null,6]]}`, 400, "row 1: column 1 is null, want a number"},
		{jsonType, `{"rows":[[1,"2",3]]}`, 400, "row 0: column 1 is a string, want a number"},
		{jsonType, `{"rows":[[1,true,3]]}`, 400, "row 0: column 1 is true, want a number"},
		{jsonType, `{"rows":[[1,2,{}]]}`, 400, "row 0: column 2 is {, want a number"},
		{jsonType, strings.Repeat("[", 100000), 400, "not ["},
		{jsonType, `{"rows":` + strings.Repeat("[", 100000), 400, "row 0: column 0 is [, want a number"},
		{jsonType, `{"rows":[[1,NaN,3]]}`, 400, "the JSON is wrong"},
		{jsonType, `{"rows":[[1,1e400,3]]}`, 400, "row 0: column 1 is beyond float64"},
		{jsonType, `{"rows":[{"a":1e400}]}`, 400, `row 0: column "a" is beyond float64`},
		{jsonType, `{"rows":[{"a":1,"a":2}]}`, 400, `row 0: the JSON is wrong: jsontext: duplicate object member name "a"`},
		{jsonType, `{"rows":[{"a":[1]}]}`, 400, `row 0: column "a" is [, want a number`},
		{jsonType, `{"rows":[{"a":1]}`, 400, "the JSON is wrong"},
		{jsonType, `{"rows":[{"a":1}`, 400, "the JSON ends too early"},
		{jsonType, `{"rows":[{1:1}]}`, 400, "the JSON is wrong"},
		{jsonType, `{"rows":[{"a":1}]}`, 422, "row 0: the row is a map"},
		{jsonType, `{"rows":[[1,2,3],[1,2,-3.5e38]]}`, 422, "row 1"},
		{jsonType, `{"rows":[[1,2,3],[1,2,3e38]]}`, 422, "row 1: output 0 is +Inf"},
		{jsonType, `{"rows":[]}`, 422, "there are 0 rows, want 1 to 4096"},
		{jsonType, `{"rows":[[]]}`, 422, "row 0: the row has 0 numbers, want 3"},
		{jsonType, `{"rows":[[1,2,3],[1,2,3,4]]}`, 422, "row 1: the row has 4 numbers, want 3"},
		{jsonType, `{"rows":[` + many(4097, "[1,2,3]") + `]}`, 422, "there are 4097 rows, want 1 to 4096"},
		{jsonType, `{"rows":[` + many(1<<20, "[]") + `]}`, 422, "want 1 to 4096"},
		{jsonType, `{"rows":[[` + many(3<<20, "1") + `]]}`, 413, "want at most 4194304 bytes"},
		{jsonType, strings.Repeat(" ", 5<<20), 413, "want at most 4194304 bytes"},
		{jsonType, `{"rows":[[1,2,` + strings.Repeat("1", 5<<20) + `]]}`, 413, "want at most 4194304 bytes"},
	} {
		code, answer := post(h, c.kind, c.body)
		var reply struct{ Error string }
		if err := json.Unmarshal([]byte(answer), &reply); err != nil || code != c.code ||
			!strings.Contains(reply.Error, c.want) || len(answer) > 300 {
			t.Errorf("%.60q of %q: %d %.300s, want %d %q", c.body, c.kind, code, answer, c.code, c.want)
		}
		if code, answer := post(h, jsonType+"; charset=utf-8", ` {"rows": [[1e0, 2.0, 3]]} `); code != 200 ||
			answer != "{\"predictions\":[{\"values\":[321]}]}\n" {
			t.Fatalf("after %.60q: %d %s", c.body, code, answer)
		}
	}
}

// TestColumns sends rows that a model with a preparation must refuse, and asks for its columns.
func TestColumns(t *testing.T) {
	h := flats()
	for _, c := range []struct{ row, want string }{
		{`{}`, `"area"`}, {`{"area":70}`, `"city"`}, {`[70, 1]`, `"city"`}, {`{"area":true,"city":[]}`, `"city" is [`},
		{`{"area":"x","city":"Bern"}`, `"area"`},
		{`{"area":1e300,"city":"Bern"}`, "row 0"}, {`{"area":"` + strings.Repeat("x", 10000) + `","city":""}`, `"area"`},
	} {
		code, answer := post(h, jsonType, `{"rows":[`+c.row+`]}`)
		var reply struct{ Error string }
		if err := json.Unmarshal([]byte(answer), &reply); err != nil || code != 422 && code != 400 ||
			!strings.Contains(reply.Error, c.want) || len(answer) > 300 {
			t.Errorf("%.50s: %d %s, want a refusal with %s", c.row, code, answer, c.want)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/model", nil))
	want := `{"columns":[{"name":"area","kind":"number"},{"name":"city","kind":"category","levels":["Bern","Chur"]}],` +
		`"targets":["rent"]}` + "\n"
	if w.Body.String() != want {
		t.Errorf("/model: %s, want %s", w.Body, want)
	}
}

func TestMethods(t *testing.T) {
	h := sums()
	for _, c := range []struct {
		method, path string
		code         int
	}{{"GET", "/predict", 405}, {"PUT", "/predict", 405}, {"GET", "/healthz", 200},
		{"POST", "/healthz", 405}, {"GET", "/metrics", 200}, {"DELETE", "/metrics", 405},
		{"GET", "/model", 200}, {"POST", "/model", 405}, {"GET", "/", 404},
		{"POST", "/predict/x", 404}} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.code || w.Code == 405 && w.Header().Get("Allow") == "" {
			t.Errorf("%s %s: %d, want %d; Allow: %q", c.method, c.path, w.Code, c.code,
				w.Header().Get("Allow"))
		}
	}
}

// TestMetrics sends requests at once and wants each counted.
func TestMetrics(t *testing.T) {
	server := httptest.NewServer(sums())
	defer server.Close()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, body := range []string{`{"rows":[[1,2,3],[4,5,6]]}`, `{"rows":[[1]]}`, "{"} {
				r, err := http.Post(server.URL+"/predict", jsonType, strings.NewReader(body))
				if err != nil {
					t.Error(err)
					continue
				}
				_, _ = io.Copy(io.Discard, r.Body)
				r.Body.Close()
			}
		})
	}
	wg.Wait()
	server.Config.Handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/predict", nil))
	w := httptest.NewRecorder()
	server.Config.Handler.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := "\n" + w.Body.String()
	for _, want := range []string{"requests_total 25", "errors_total{code=\"400\"} 8",
		"errors_total{code=\"405\"} 1", "errors_total{code=\"422\"} 8", "rows_total 16",
		"request_seconds_bucket{le=\"+Inf\"} 25", "request_seconds_count 25"} {
		if !strings.Contains(text, "\nserve_"+want+"\n") {
			t.Errorf("no line %q in%s", want, text)
		}
	}
}

// TestHistogram: a bucket counts the requests up to its bound, and a panic counts as 500.
func TestHistogram(t *testing.T) {
	m := metrics{waiting: func() int { return 3 }}
	for _, seconds := range []float64{0.00005, 0.0001, 0.002, 11} {
		m.add(200, seconds)
	}
	var b strings.Builder
	m.write(&b)
	for _, want := range []string{`{le="0.0001"} 2`, `{le="0.001"} 2`, `{le="0.0025"} 3`, `{le="10"} 3`,
		`{le="+Inf"} 4`} {
		if !strings.Contains(b.String(), "serve_request_seconds_bucket"+want+"\n") {
			t.Errorf("no bucket %s in\n%s", want, b.String())
		}
	}
	func() {
		defer func() { _ = recover() }()
		m.measured(func(http.ResponseWriter, *http.Request) int { panic("broken") }).ServeHTTP(nil, nil)
	}()
	if m.errors[500] != 1 {
		t.Errorf("errors %v, want one of code 500", m.errors)
	}
}

// TestOverflow: a prediction that the scale of the target cannot undo is an answer that names the row.
func TestOverflow(t *testing.T) {
	area := &data.Column{Name: "area", Kind: data.KindNumber, Numbers: []float64{1, 2}}
	price := &data.Column{Name: "price", Kind: data.KindNumber, Numbers: []float64{1, 100}}
	table, err := data.NewTable(area, price)
	if err != nil {
		t.Fatal(err)
	}
	fitted, err := data.Pipeline{Target: data.Target{Columns: []string{"price"},
		Scale: []data.Scaling{data.ScaleLog, data.ScaleStandard}}}.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	l := layer.NewLinear[float32](1, 1, kernels.ActIdentity)
	l.W.Value[0] = 1
	for _, combine := range []int{0, 8} {
		h := handlerOf(&model.Model[float32]{Net: l, In: 1, Output: model.OutputValues, Prepare: fitted}, combine)
		code, answer := post(h, jsonType, `{"rows": [[0], [1e6]]}`)
		if code != http.StatusUnprocessableEntity || !strings.Contains(answer, `row 1: the prediction of target`) {
			t.Errorf("combine %d: %d %s", combine, code, answer)
		}
	}
}
