package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/ashlar-go/ashlar/model"
)

// maxBody is the most bytes of a request.
const maxBody = 4 << 20

// newHandler returns the paths of a service for one model.
func newHandler(s *service) http.Handler {
	m := &metrics{waiting: s.waiting}
	mux := http.NewServeMux()
	mux.Handle("/predict", m.measured(func(w http.ResponseWriter, r *http.Request) int {
		list, refused := answer(s, w, r)
		if refused != nil {
			return writeJSON(w, refused.code, map[string]string{"error": refused.text})
		}
		m.addRows(len(list))
		return writeJSON(w, http.StatusOK, map[string][]prediction{"predictions": shown(list)})
	}))
	mux.HandleFunc("GET /model", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, describe(s.Model))
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		m.write(w)
	})
	return mux
}

// prediction is what the model says of a row, as JSON.
type prediction struct {
	Class         string    `json:"class,omitempty"`
	Probabilities []float64 `json:"probabilities,omitempty"` // in the order of the classes of /model
	Values        []float64 `json:"values,omitempty"`        // in the order of the targets of /model
}

func shown(list []model.Prediction) []prediction {
	out := make([]prediction, len(list))
	for i, p := range list {
		out[i] = prediction{p.Class, p.Probabilities, p.Values}
	}
	return out
}

// description is the answer of /model.
type description struct {
	Columns []column `json:"columns"` // of a row
	Classes []string `json:"classes,omitempty"`
	Targets []string `json:"targets,omitempty"`
	Numbers int      `json:"numbers,omitempty"` // of a row without columns
}

type column struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"`
	Levels []string `json:"levels,omitempty"`
}

func describe(m *model.Model[float32]) description {
	d := description{Columns: []column{}, Classes: m.Classes}
	if m.Prepare == nil {
		d.Numbers = m.In
		return d
	}
	for _, c := range m.Prepare.Inputs() {
		d.Columns = append(d.Columns, column{c.Name, c.Kind.String(), c.Levels})
	}
	if d.Classes == nil {
		d.Classes = m.Prepare.Classes()
	}
	if d.Classes == nil {
		d.Targets = m.Prepare.Targets()
	}
	return d
}

// refusal is an answer other than 200.
type refusal struct {
	code int
	text string
}

// answer checks a request and returns what the model says of its rows.
func answer(s *service, w http.ResponseWriter, r *http.Request) ([]model.Prediction, *refusal) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &refusal{http.StatusMethodNotAllowed, "want the method POST"}
	}
	have := r.Header.Get("Content-Type")
	if kind, _, err := mime.ParseMediaType(have); err != nil || kind != "application/json" {
		return nil, &refusal{http.StatusUnsupportedMediaType,
			fmt.Sprintf("the Content-Type is %q, want application/json", have)}
	}
	rows, err := readRows(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, &refusal{http.StatusRequestEntityTooLarge,
			fmt.Sprintf("the body is too large, want at most %d bytes", maxBody)}
	} else if err != nil {
		return nil, &refusal{http.StatusBadRequest, err.Error()}
	}
	list, err := s.predictions(rows)
	if err != nil {
		return nil, &refusal{http.StatusUnprocessableEntity, plain(err)}
	}
	return list, nil
}

// plain returns the text of an error without the names of packages and methods, and not too long:
// it may repeat what the client sent.
func plain(err error) string {
	text := err.Error()
	for _, name := range []string{"layer.Predictor.TryPredict: ", "layer.Combiner.TryPredict: ", "model: ", "data: "} {
		text = strings.Replace(text, name, "", 1)
	}
	const most = 250
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// writeJSON writes an answer and returns its code. A client that went away is no error.
func writeJSON(w http.ResponseWriter, code int, v any) int {
	text, err := json.Marshal(v)
	if err != nil { // predictions returns finite numbers alone
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, string(text)+"\n")
	return code
}
