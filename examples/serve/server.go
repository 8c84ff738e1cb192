package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/ashlar-go/ashlar/layer"
)

// maxBody is the most bytes of a request.
const maxBody = 4 << 20

// newHandler returns the three paths of a service for one model.
func newHandler(p *layer.Predictor[float32]) http.Handler {
	m := new(metrics)
	mux := http.NewServeMux()
	mux.Handle("/predict", m.measured(func(w http.ResponseWriter, r *http.Request) int {
		y, refused := answer(p, w, r)
		if refused != nil {
			return refuse(w, refused)
		}
		m.addRows(len(y))
		return writeJSON(w, http.StatusOK, map[string][][]float32{"outputs": y})
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		m.write(w)
	})
	return mux
}

// refusal is an answer other than 200.
type refusal struct {
	code int
	text string
}

// answer checks a request and returns the outputs of the model for its rows.
func answer(p *layer.Predictor[float32], w http.ResponseWriter, r *http.Request) ([][]float32, *refusal) {
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
	y, err := p.TryPredictRows(rows)
	if err != nil {
		_, text, _ := strings.Cut(err.Error(), ": ") // without the name of the method
		return nil, &refusal{http.StatusUnprocessableEntity, text}
	}
	return y, nil
}

// refuse writes a refusal and returns its code.
func refuse(w http.ResponseWriter, r *refusal) int {
	return writeJSON(w, r.code, map[string]string{"error": r.text})
}

// writeJSON writes an answer and returns its code. A client that went away is no error.
func writeJSON(w http.ResponseWriter, code int, v any) int {
	text, err := json.Marshal(v)
	if err != nil { // TryPredictRows puts out finite numbers only
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, string(text)+"\n")
	return code
}
