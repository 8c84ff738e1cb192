package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/tools/internal/fuzzing"
	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// runner builds and runs targets.
type runner struct {
	root, temp string
	discard    bool
	w          io.Writer
	p          int
	ledger     *ledger.Ledger[fuzzing.Run]
	built      map[string]build // by folder
	cache      string           // of the go command: the corpora
	commit     string
	failed     []string
}

// build is the test program of a package.
type build struct {
	path string
	err  error
}

// begin makes the folder that the targets put their temporary files in, in memory where the system
// has such files, and asks the go command for the folder of the corpora.
func (r *runner) begin() (err error) {
	memory := "/dev/shm"
	if info, err := os.Stat(memory); err != nil || !info.IsDir() {
		memory = ""
	}
	if r.temp, err = os.MkdirTemp(memory, "ashlar-fuzzing-"); err != nil {
		r.temp, err = os.MkdirTemp("", "ashlar-fuzzing-")
	}
	if err == nil {
		r.cache, err = r.goEnv("GOCACHE")
	}
	r.commit = r.head()
	return err
}

func (r *runner) end() { os.RemoveAll(r.temp) }

func (r *runner) goEnv(name string) (string, error) {
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		return "", fmt.Errorf("go env %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// head returns the commit that is checked out, "" without git.
func (r *runner) head() string {
	git := exec.Command("git", "rev-parse", "--short=12", "HEAD")
	git.Dir = r.root
	out, err := git.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// once runs each target for a time.
func (r *runner) once(ctx context.Context, list []fuzzing.Progress, each time.Duration) error {
	total, done := 0, 0
	for ; done < len(list) && ctx.Err() == nil; done++ {
		n, err := r.target(ctx, &list[done], each)
		if err != nil {
			return err
		}
		total += n
	}
	if err := r.result(); err != nil {
		return err
	}
	fmt.Fprintf(r.w, "fuzz targets: %d of %d, executions: %d\n", done, len(list), total)
	if ctx.Err() != nil {
		return errors.New("interrupted: the ledger has what was done")
	}
	if err := count("fuzz targets run", len(list)); err != nil {
		return err
	}
	return count("executions of fuzz targets", total)
}

// long runs the targets that are furthest behind until all have come to their executions.
func (r *runner) long(ctx context.Context, list []fuzzing.Progress, chunk, whole time.Duration) error {
	if whole > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, whole)
		defer cancel()
	}
	for ctx.Err() == nil {
		slices.SortStableFunc(list, behind)
		p := &list[0]
		for i := range list { // past those that fail
			if !slices.Contains(r.failed, p.Key()) {
				break
			}
			p = &list[i]
		}
		if p.Share() >= 1 || slices.Contains(r.failed, p.Key()) {
			break
		}
		if _, err := r.target(ctx, p, chunk); err != nil {
			return err
		}
	}
	if err := show(r.w, list); err != nil {
		return err
	}
	return r.result()
}

// result is the error of the targets that failed.
func (r *runner) result() error {
	if len(r.failed) == 0 {
		return nil
	}
	return fmt.Errorf("%d targets failed: %s", len(r.failed), strings.Join(r.failed, ", "))
}

// target runs a target for a time and adds what it did to the ledger. It returns an error only where
// no run is possible.
func (r *runner) target(ctx context.Context, p *fuzzing.Progress, d time.Duration) (int, error) {
	b, ok := r.built[p.Dir]
	if !ok {
		b = r.build(ctx, &p.Target)
		r.built[p.Dir] = b
	}
	if b.err != nil && ctx.Err() != nil {
		return 0, nil // stopped
	} else if b.err != nil {
		return 0, b.err
	}
	if err := r.seed(&p.Target); err != nil {
		return 0, err
	}
	before, err := p.Sources(r.root)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	out, runErr := r.execute(ctx, &p.Target, b.path, d)
	stopped := ctx.Err() != nil && !bytes.Contains(out, []byte("Failing input"))
	if stopped || timeWasOver(out) {
		runErr = nil
	}
	n, interesting := executions(out)
	fmt.Fprintf(r.w, "%-32s %9d executions in %v, %d interesting\n", p.Dir+"."+p.Name, n,
		time.Since(start).Round(100*time.Millisecond), interesting)
	if runErr != nil {
		r.fail(p, out, runErr)
		return n, nil
	}
	hash, err := p.Sources(r.root)
	if err != nil {
		return 0, err
	}
	if hash != before || hash != p.Hash {
		return 0, fmt.Errorf("the sources of %s have changed during the run: start again", p.Name)
	}
	if n == 0 {
		return 0, nil
	}
	p.Executions += n
	found := fuzzing.Run{Executions: n, Interesting: interesting,
		Seconds: float64(time.Since(start).Round(time.Millisecond)) / 1e9}
	return n, r.ledger.Add(ledger.Line[fuzzing.Run]{Key: p.Key(), Sources: hash, Commit: r.commit,
		CPU: cpu(), Date: start.UTC().Format(time.DateOnly), Found: found})
}

// build makes the test program of a target's package.
func (r *runner) build(ctx context.Context, t *fuzzing.Target) build {
	b := build{path: filepath.Join(r.temp, strings.ReplaceAll(t.Dir, "/", ".")+".test")}
	args := append([]string{"test", "-c", "-o", b.path}, t.Coverage()...)
	cmd := exec.CommandContext(ctx, "go", append(args, ".")...)
	cmd.Dir = filepath.Join(r.root, filepath.FromSlash(t.Dir))
	if out, err := cmd.CombinedOutput(); err != nil {
		b.err = fmt.Errorf("building the tests of %s: %w\n%s", t.Dir, err, out)
	}
	return b
}

// execute runs a test program with one target for a time, and returns what it printed.
func (r *runner) execute(ctx context.Context, t *fuzzing.Target, program string,
	d time.Duration) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, "-test.run=^$", "-test.fuzz=^"+t.Name+"$",
		"-test.fuzztime="+d.String(), "-test.parallel="+strconv.Itoa(r.p), "-test.fuzzminimizetime=100x",
		"-test.fuzzcachedir="+r.corpus(t))
	cmd.Dir = filepath.Join(r.root, filepath.FromSlash(t.Dir))
	if r.discard {
		dir, err := r.copyOf(t)
		if err != nil {
			return nil, err
		}
		cmd.Dir = dir
	}
	// A process of the fuzzer makes one execution at a time: more than one thread would spin.
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=400", "TMPDIR="+r.temp)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it prints its counts
	cmd.WaitDelay = 10 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.Bytes(), err
}

// copyOf makes a folder like that of a target's package, for failing inputs that nobody wants. What
// the tests read there is the original.
func (r *runner) copyOf(t *fuzzing.Target) (string, error) {
	from := filepath.Join(r.root, filepath.FromSlash(t.Dir))
	to, err := os.MkdirTemp(r.temp, "package")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Join(to, "testdata", "fuzz"), 0o755); err != nil {
		return "", err
	}
	for _, dir := range []string{".", "testdata", filepath.Join("testdata", "fuzz")} {
		list, err := os.ReadDir(filepath.Join(from, dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		for _, f := range list {
			name := filepath.Join(dir, f.Name())
			if name == "testdata" || name == filepath.Join("testdata", "fuzz") || f.Name() == t.Name {
				continue
			}
			if err := os.Symlink(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
				return "", err
			}
		}
	}
	return to, nil
}

// corpus returns the folder of the corpora of a package, where go test -fuzz has them too.
func (r *runner) corpus(t *fuzzing.Target) string {
	return filepath.Join(r.cache, "fuzz", "github.com", "ashlar-go", "ashlar", filepath.FromSlash(t.Dir))
}

// timeWasOver reports whether the end of its time is all that the fuzzer calls a failure, as Go before 1.27 may do
// (https://go.dev/issue/75804). An input that fails comes before that, with lines of its own.
func timeWasOver(out []byte) bool {
	_, failure, found := bytes.Cut(out, []byte("--- FAIL: "))
	return found && overtime.Match(failure) && !saved.Match(out)
}

var (
	overtime = regexp.MustCompile(`^Fuzz\w+ \([0-9.]+s\)\n +context deadline exceeded\nFAIL\n*$`)
	executed = regexp.MustCompile(`execs: (\d+) .*new interesting: (\d+)`)
	saved    = regexp.MustCompile(`Failing input written to (\S+)`)
)

// executions returns the last counts that the fuzzer printed.
func executions(out []byte) (n, interesting int) {
	if all := executed.FindAllSubmatch(out, -1); all != nil {
		last := all[len(all)-1]
		n, _ = strconv.Atoi(string(last[1]))
		interesting, _ = strconv.Atoi(string(last[2]))
	}
	return n, interesting
}

// fail reports a target that failed, and how to run the input again.
func (r *runner) fail(p *fuzzing.Progress, out []byte, err error) {
	r.failed = append(r.failed, p.Key())
	fmt.Fprintf(r.w, "%s.%s failed: %v\n%s\n", p.Dir, p.Name, err, out)
	if m := saved.FindSubmatch(out); m != nil && !r.discard {
		fmt.Fprintf(r.w, "run it again: go -C %s test -run '^%s$/^%s$' .\n", p.Dir, p.Name,
			path.Base(string(m[1])))
	}
}

// cpu returns the model of the CPU, where the system says it.
func cpu() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// count adds a figure to those of program tools/trust.
func count(name string, n int) error {
	file := os.Getenv(proof.Variable)
	if file == "" {
		return nil
	}
	return appendFigure(file, name, n)
}
