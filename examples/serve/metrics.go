package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// bounds are the upper ends of the buckets of the histogram, in seconds.
var bounds = [...]float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10}

// metrics counts requests to /predict.
type metrics struct {
	waiting func() int // requests that wait to share a pass

	mu       sync.Mutex
	requests int
	errors   map[int]int // by status code, from 400
	rows     int
	buckets  [len(bounds)]int // requests that took at most the bound, but more than the one before
	seconds  float64
}

// measured returns a handler that counts and times f, which returns the code of its answer. A
// panic, which ends the connection, counts as 500.
func (m *metrics) measured(f func(http.ResponseWriter, *http.Request) int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, code := time.Now(), http.StatusInternalServerError
		defer func() { m.add(code, time.Since(start).Seconds()) }()
		code = f(w, r)
	})
}

func (m *metrics) add(code int, seconds float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests++
	m.seconds += seconds
	if i, _ := slices.BinarySearch(bounds[:], seconds); i < len(bounds) {
		m.buckets[i]++
	}
	if code >= 400 {
		if m.errors == nil {
			m.errors = map[int]int{}
		}
		m.errors[code]++
	}
}

func (m *metrics) addRows(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows += n
}

// write writes the counts in the text format of Prometheus. Source:
// https://prometheus.io/docs/instrumenting/exposition_formats/
func (m *metrics) write(w io.Writer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	head := func(name, kind, help string) {
		fmt.Fprintf(w, "# HELP serve_%s %s\n# TYPE serve_%s %s\n", name, help, name, kind)
	}
	head("requests_total", "counter", "Requests to /predict.")
	fmt.Fprintf(w, "serve_requests_total %d\n", m.requests)
	head("errors_total", "counter", "Requests that were refused or failed, by status code.")
	for _, code := range slices.Sorted(maps.Keys(m.errors)) {
		fmt.Fprintf(w, "serve_errors_total{code=\"%d\"} %d\n", code, m.errors[code])
	}
	head("rows_total", "counter", "Rows that were predicted.")
	fmt.Fprintf(w, "serve_rows_total %d\n", m.rows)
	head("waiting", "gauge", "Requests that wait to be predicted together.")
	fmt.Fprintf(w, "serve_waiting %d\n", m.waiting())
	head("request_seconds", "histogram", "Time from the header of a request to the end of its answer.")
	sum := 0
	for i, bound := range bounds {
		sum += m.buckets[i]
		fmt.Fprintf(w, "serve_request_seconds_bucket{le=\"%g\"} %d\n", bound, sum)
	}
	fmt.Fprintf(w, "serve_request_seconds_bucket{le=\"+Inf\"} %d\n", m.requests)
	fmt.Fprintf(w, "serve_request_seconds_sum %g\nserve_request_seconds_count %d\n", m.seconds, m.requests)
}
