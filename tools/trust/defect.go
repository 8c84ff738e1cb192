package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// plantAll plants the defects of the form, as many at a time as there are CPUs: most of the work is to build
// and link one test. Those of a point that measures time go one by one.
func (l *laboratory) plantAll(ctx context.Context, r *result) error {
	limit := runtime.NumCPU()
	if r.point.alone {
		limit = 1
	}
	slots, plots := make(chan struct{}, limit), make([]plot, len(r.point.defects))
	var wg sync.WaitGroup
	for i := range r.point.defects {
		d, p := &r.point.defects[i], &plots[i]
		if d.from > l.form || r.lacks("the defect "+strconv.Quote(d.what), d.lacks) {
			continue
		}
		p.defect = d
		slots <- struct{}{}
		wg.Go(func() {
			p.out, p.err, p.cannot = l.plant(ctx, d, fmt.Sprintf("%s-defect-%d", r.point.name, i+1))
			<-slots
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i := range plots {
		if err := r.judge(&plots[i]); err != nil {
			return err
		}
	}
	return nil
}

// plot is a planted defect, and what its command said of it.
type plot struct {
	defect *defect // nil if it was not planted
	out    []byte
	err    error // of the command
	cannot error // why the defect could not be planted
}

// plant runs the command of a defect with the changed file.
func (l *laboratory) plant(ctx context.Context, d *defect, name string) (out []byte, err, cannot error) {
	overlay, err := l.overlay(d, name)
	if err != nil {
		return nil, nil, err
	}
	flags := strings.TrimSpace(os.Getenv("GOFLAGS") + " -overlay=" + overlay)
	env := append([]string{"GOFLAGS=" + flags}, d.env...)
	out, err = l.command(ctx, name, d.dir, env, d.args)
	return out, err, nil
}

// judge notes whether the command of a defect failed and said what is wanted.
func (r *result) judge(p *plot) error {
	switch d := p.defect; {
	case d == nil:
	case p.cannot != nil:
		return fmt.Errorf("point %s, defect %q: %w", r.point.name, d.what, p.cannot)
	case p.err == nil:
		r.miss("the planted defect %q is not noticed", d.what)
	case !bytes.Contains(p.out, []byte(d.want)):
		r.miss("the planted defect %q is noticed in another way: %s, want %q", d.what, lastLine(p.out), d.want)
	default:
		r.noticed = append(r.noticed, d.what)
	}
	return nil
}

// overlay writes the changed file and the overlay that puts it in place of the original, both in a folder of
// that name.
func (l *laboratory) overlay(d *defect, name string) (string, error) {
	original := filepath.Join(l.root, filepath.FromSlash(d.file))
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), d.old); n != 1 {
		return "", fmt.Errorf("%s has the text to change %d times, want once: %q", d.file, n, d.old)
	}
	folder := filepath.Join(l.temp, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	changed := filepath.Join(folder, filepath.Base(d.file))
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), d.old, d.new, 1)), 0o644); err != nil {
		return "", err
	}
	table, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	return path, os.WriteFile(path, table, 0o644)
}
