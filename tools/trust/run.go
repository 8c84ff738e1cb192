package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// result is what became of a point.
type result struct {
	point   *point
	form    form
	figures map[string]float64
	summed  map[string]bool // figures that come from a ledger
	missed  []string        // why the line is not met, in plain words
	skipped []string        // steps and defects that this machine cannot run
	behind  []string        // what ledgers lack, in the quick form
	noticed []string        // defects that their commands noticed
	took    time.Duration
}

func (r *result) met() bool { return len(r.missed) == 0 }

func (r *result) miss(format string, args ...any) {
	r.missed = append(r.missed, fmt.Sprintf(format, args...))
}

// laboratory runs the commands.
type laboratory struct {
	root    string
	form    form
	defects bool
	logs    string // folder of their output
	temp    string
	start   time.Time

	progress io.Writer
}

func newLaboratory(root string, f form, defects bool) (*laboratory, error) {
	l := &laboratory{root: root, form: f, defects: defects, logs: filepath.Join(root, "out", "trust"),
		start: time.Now(), progress: os.Stdout}
	if err := os.MkdirAll(l.logs, 0o755); err != nil {
		return nil, err
	}
	var err error
	l.temp, err = os.MkdirTemp("", "trust")
	return l, err
}

func (l *laboratory) close() { os.RemoveAll(l.temp) }

// prove judges a point. An error means that the run was interrupted or that a defect cannot be planted.
func (l *laboratory) prove(ctx context.Context, p *point) (result, error) {
	r := result{point: p, form: l.form, figures: map[string]float64{}}
	start := time.Now()
	for i := range p.steps {
		s := &p.steps[i]
		if !s.runs(l.form) {
			continue
		}
		if err := l.step(ctx, &r, s); err != nil {
			return r, err
		}
	}
	if l.defects {
		if err := l.plantAll(ctx, &r); err != nil {
			return r, err
		}
	}
	if err := l.addLedger(&r); err != nil {
		return r, err
	}
	for _, f := range p.figures {
		got, least := r.figures[f.name], f.least[l.form]
		if got < least && (l.form != quick || len(r.skipped) == 0) { // a skipped step counts nothing
			r.miss("%s %s, want %s", number(got), f.name, number(least))
		}
	}
	r.took = time.Since(start)
	fmt.Fprintf(l.progress, "%-12s %-7s %6.0f s\n", p.name, verdict(&r), r.took.Seconds())
	for _, m := range r.missed {
		fmt.Fprintln(l.progress, "    "+m)
	}
	return r, nil
}

func (s *step) runs(f form) bool { return f == s.from || f > s.from && !s.only }

// step runs a step and collects its figures.
func (l *laboratory) step(ctx context.Context, r *result, s *step) error {
	if r.lacks(s.name, s.lacks) {
		return nil
	}
	figures := filepath.Join(l.temp, "figures")
	os.Remove(figures)
	env := append([]string{proof.Variable + "=" + figures}, s.env...)
	out, err := l.command(ctx, r.point.name+"-"+s.name, s.dir, env, s.args)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.miss("%s failed: %v: %s", s.name, err, lastLine(out))
	}
	return readFigures(figures, r)
}

// lacks notes whether this machine lacks what a step or a defect needs. Only the quick form forgives it.
func (r *result) lacks(name string, lacks func() string) bool {
	if lacks == nil {
		return false
	}
	why := lacks()
	if why == "" {
		return false
	}
	r.skipped = append(r.skipped, name+": "+why)
	if r.form != quick {
		r.miss("%s did not run: %s", name, why)
	}
	return true
}

// readFigures adds up the figures of a step.
func readFigures(path string, r *result) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var f proof.Figure
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return fmt.Errorf("a figure of point %s: %w", r.point.name, err)
		}
		if f.Point == r.point.name {
			r.figures[f.Name] += f.N
		}
	}
	return lines.Err()
}

// addLedger adds what long runs found.
func (l *laboratory) addLedger(r *result) error {
	if r.point.ledger == nil {
		return nil
	}
	t, err := r.point.ledger(l.root)
	if err != nil {
		return err
	}
	maps.Copy(r.figures, t.figures)
	r.summed = map[string]bool{}
	for name := range t.figures {
		r.summed[name] = true
	}
	if l.form == quick { // CI judges a change, whose long runs come later
		r.behind = t.short
	} else {
		r.missed = append(r.missed, t.short...)
	}
	return nil
}

// command runs a command and writes its output to a log, which it returns too.
func (l *laboratory) command(ctx context.Context, name, dir string, env, args []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout())
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = filepath.Join(l.root, dir)
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = 2 * patience
	ownGroup(cmd)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if ctx.Err() == context.DeadlineExceeded {
		err = fmt.Errorf("took longer than %v", l.timeout())
	}
	head := fmt.Sprintf("%s\n%s\n# %.1f s, %v\n\n", strings.Join(env, " "), strings.Join(args, " "),
		time.Since(start).Seconds(), err)
	file := strings.Map(func(c rune) rune {
		if strings.ContainsRune(" /:()'\"", c) {
			return '_'
		}
		return c
	}, name)
	log := filepath.Join(l.logs, file+".log")
	if werr := os.WriteFile(log, append([]byte(head), out...), 0o644); werr != nil {
		return out, werr
	}
	return out, err
}

func (l *laboratory) timeout() time.Duration {
	if l.form == full {
		return 24 * time.Hour
	}
	return 20 * time.Minute
}

// patience is how long a command may take to end after it is interrupted.
const patience = 5 * time.Second

// lastLine returns the last line of the output of go test that says what failed.
func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, want := range []string{"--- FAIL", "panic:", "fatal error:", "Error", "FAIL"} {
		for i, line := range lines {
			if !strings.Contains(line, want) {
				continue
			}
			text := strings.TrimSpace(line)
			if want == "--- FAIL" && i+1 < len(lines) && strings.HasPrefix(lines[i+1], " ") {
				text += " " + strings.TrimSpace(lines[i+1]) // what the test says first
			}
			return text
		}
	}
	return strings.TrimSpace(lines[len(lines)-1])
}

// missedLines returns the names of the points that are not met.
func missedLines(results []result) (names []string) {
	for i := range results {
		if !results[i].met() {
			names = append(names, results[i].point.name)
		}
	}
	return names
}

// order returns the names of the figures: those of the point's table first.
func (r *result) order() (names []string) {
	for _, f := range r.point.figures {
		names = append(names, f.name)
	}
	for _, name := range slices.Sorted(maps.Keys(r.figures)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
