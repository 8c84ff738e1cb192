package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// plant runs the command of defect i with the changed file. The command must fail and say what is wanted.
func (l *laboratory) plant(ctx context.Context, r *result, i int) error {
	d := &r.point.defects[i]
	if r.lacks("the defect "+strconv.Quote(d.what), d.lacks) {
		return nil
	}
	overlay, err := l.overlay(d)
	if err != nil {
		return fmt.Errorf("point %s, defect %q: %w", r.point.name, d.what, err)
	}
	flags := strings.TrimSpace(os.Getenv("GOFLAGS") + " -overlay=" + overlay)
	env := append([]string{"GOFLAGS=" + flags}, d.env...)
	out, err := l.command(ctx, fmt.Sprintf("%s-defect-%d", r.point.name, i+1), d.dir, env, d.args)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		r.miss("the planted defect %q is not noticed", d.what)
	case !bytes.Contains(out, []byte(d.want)):
		r.miss("the planted defect %q is noticed in another way: %s, want %q", d.what, lastLine(out), d.want)
	default:
		r.noticed = append(r.noticed, d.what)
	}
	return nil
}

// overlay writes the changed file and the overlay that puts it in place of the original.
func (l *laboratory) overlay(d *defect) (string, error) {
	original := filepath.Join(l.root, filepath.FromSlash(d.file))
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), d.old); n != 1 {
		return "", fmt.Errorf("%s has the text to change %d times, want once: %q", d.file, n, d.old)
	}
	changed := filepath.Join(l.temp, filepath.Base(d.file))
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), d.old, d.new, 1)), 0o644); err != nil {
		return "", err
	}
	table, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(l.temp, "overlay.json")
	return path, os.WriteFile(path, table, 0o644)
}
