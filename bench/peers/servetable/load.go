package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// load is what clients saw of a server.
type load struct {
	rate     float64 // requests a second
	p50, p99 float64 // seconds
}

// measure sends requests from n clients for a time, and a tenth of it before to warm up.
func measure(ctx context.Context, addr string, body []byte, n int, d time.Duration) (load, error) {
	if _, _, err := clients(ctx, addr, body, n, d/10); err != nil {
		return load{}, err
	}
	times, took, err := clients(ctx, addr, body, n, d)
	if err != nil {
		return load{}, err
	}
	slices.Sort(times)
	at := func(share float64) float64 { return times[int(share*float64(len(times)-1))].Seconds() }
	return load{float64(len(times)) / took.Seconds(), at(0.5), at(0.99)}, nil
}

// clients returns the times of all requests, and how long they took together.
func clients(ctx context.Context, addr string, body []byte, n int, d time.Duration) ([]time.Duration,
	time.Duration, error) {
	times, errs := make([][]time.Duration, n), make([]error, n)
	start := time.Now()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { times[i], errs[i] = client(ctx, addr, body, start.Add(d)) })
	}
	all.Wait()
	took := time.Since(start)
	list := slices.Concat(times...)
	if err := errors.Join(errs...); err != nil || len(list) == 0 {
		return nil, 0, fmt.Errorf("%d requests were answered: %w", len(list), err)
	}
	return list, took, nil
}

// client sends requests over one connection until the end. It writes bytes that are ready, so that
// it takes little of the time that it shares with the server.
func client(ctx context.Context, addr string, body []byte, end time.Time) (times []time.Duration, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	request := append(fmt.Appendf(nil, "POST /predict HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n", addr, len(body)), body...)
	in := bufio.NewReader(conn)
	for time.Now().Before(end) && ctx.Err() == nil {
		start := time.Now()
		if _, err := conn.Write(request); err != nil {
			return nil, err
		}
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		if r.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("the server answers %s", r.Status)
		}
		times = append(times, time.Since(start))
	}
	return times, ctx.Err()
}
