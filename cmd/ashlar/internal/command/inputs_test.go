package command

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// piped makes a named pipe that gives the bytes of a file once.
func piped(t *testing.T, file string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if runtime.GOOS == "windows" {
		t.Skip("there are no named pipes here")
	}
	must(t, mkfifo(path))
	text, err := os.ReadFile(file)
	must(t, err)
	go func() {
		if w, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			w.Write(text)
			w.Close()
		}
	}()
	return path
}

// TestPipes: every file may be a pipe, of which no byte is lost, and no copy is left.
func TestPipes(t *testing.T) {
	models(t)
	t.Setenv("TMPDIR", t.TempDir())
	rows := strings.Repeat(strings.TrimPrefix(read(t, "stones.csv"), "length,width,weight,quarry,kind\n"), 4)
	put(t, "long.csv", "length,width,weight,quarry,kind\n"+rows)
	train := []string{"--epochs", "2", "--out", "m"}
	want := trainJSON(t, append([]string{"long.csv"}, train...)...)
	got := trainJSON(t, append([]string{piped(t, "long.csv")}, train...)...)
	if got.Rows["training"] != want.Rows["training"] || len(rows) < 2*sniffed {
		t.Errorf("%v of a pipe, want %v; %d bytes", got.Rows, want.Rows, len(rows))
	}
	r := run(t, read(t, "long.csv"), append([]string{"train", "-"}, train...)...)
	if r.code != ok || !strings.HasPrefix(r.out, "the standard input\n") {
		t.Errorf("train -: code %d\n%s%s", r.code, r.out, r.errs)
	}
	if r := run(t, "", "train", piped(t, "long.csv")); r.code != wrongUsage ||
		!strings.Contains(r.errs, "--out") {
		t.Errorf("a pipe without --out: code %d, %s", r.code, r.errs)
	}
	eval := good(t, "", "eval", "stones.safetensors", "long.csv")
	_, figures, _ := strings.Cut(eval, "\n┌")
	pipe := piped(t, "long.csv")
	if got := good(t, "", "eval", "stones.safetensors", pipe); !strings.HasSuffix(got, figures) {
		t.Errorf("eval of a pipe\n%swant\n%s", got, eval)
	}
	_, list, _ := strings.Cut(good(t, "", "describe", "long.csv"), "\n")
	if got := good(t, "", "describe", piped(t, "long.csv")); !strings.HasSuffix(got, list) {
		t.Errorf("describe of a pipe\n%swant\n%s", got, list)
	}
	want1 := good(t, "", "predict", "stones.safetensors", "stones.csv")
	if got := good(t, read(t, "stones.csv"), "predict", piped(t, "stones.safetensors")); got != want1 {
		t.Errorf("predict with a model from a pipe\n%s", got)
	}
	put(t, "bad.csv", "a,b\n1,2\n3\n")
	pipe = piped(t, "bad.csv")
	if r := run(t, "", "describe", pipe); r.code != failed || !strings.Contains(strings.ReplaceAll(r.errs,
		"\n  ", " "), pipe+": line 3") {
		t.Errorf("an error does not name the pipe: %s", r.errs)
	}
	if r := run(t, "", "describe", "/dev/null"); r.code != failed || !strings.Contains(r.errs, "a device") {
		t.Errorf("a device: code %d, %s", r.code, r.errs)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

// TestApart: no output takes the place of an input, under whatever name, and all files stay.
func TestApart(t *testing.T) {
	models(t)
	put(t, "stones.history.csv", read(t, "stones.csv"))
	put(t, "s.toml", "seed = 2\n")
	must(t, os.Symlink("stones.safetensors", "link"))
	must(t, os.Link("flats.csv", "hard.history.csv"))
	here, err := os.Getwd()
	must(t, err)
	before := map[string]string{}
	for _, f := range folder(t) {
		before[f] = read(t, f)
	}
	for _, args := range []string{
		"convert stones.safetensors " + here + "/stones.safetensors --to pytorch",
		"convert stones.safetensors link",
		"train stones.history.csv -o stones",
		"train flats.csv -o hard",
		"train stones.csv --test-file stones.history.csv",
		"train stones.csv --labels stones.history.csv",
		"train stones.csv -o x --config x.history.csv",
		"predict flats.safetensors flats.csv -o flats.safetensors",
		"predict flats.safetensors flats.csv -o ./flats.csv",
	} {
		put(t, "x.history.csv", "seed = 2\n")
		before["x.history.csv"] = "seed = 2\n"
		r := run(t, "", strings.Fields(args)...)
		if r.code != wrongUsage || !strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "),
			"would be written over the input") || r.out != "" {
			t.Errorf("ashlar %s: code %d, %s%s", args, r.code, r.out, r.errs)
		}
	}
	for _, f := range folder(t) {
		if read(t, f) != before[f] {
			t.Errorf("%s has changed", f)
		}
	}
}

// TestOutFolder: a folder takes files with the name of the rows, and no hidden ones.
func TestOutFolder(t *testing.T) {
	inFolder(t, "stones.csv")
	must(t, os.Mkdir("dir", 0o755))
	for _, out := range []string{"dir/", "dir", "./dir"} {
		got := trainJSON(t, "stones.csv", "--epochs", "1", "-o", out)
		if got.Files.Model != filepath.Join("dir", "stones.safetensors") || len(folder(t)) != 2 {
			t.Errorf("-o %s: %+v, %v", out, got.Files, folder(t))
		}
		if _, err := os.Stat(got.Files.Model); err != nil {
			t.Error(err)
		}
	}
	if r := run(t, "", "train", "stones.csv", "-o", "none/"); r.code != failed ||
		!strings.Contains(r.errs, "cannot write") {
		t.Errorf("no folder: code %d, %s", r.code, r.errs)
	}
}

// fullWriter is an output that takes so many bytes.
type fullWriter struct{ left int }

func (w *fullWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, syscall.ENOSPC
	}
	return len(p), nil
}

// TestFullOutput: what could not be printed is a failure, with what the system says.
func TestFullOutput(t *testing.T) {
	models(t)
	for _, args := range []string{"describe stones.csv", "describe stones.csv --json", "info",
		"eval flats.safetensors flats.csv", "train flats.csv --epochs 2 -o m", "help", "help train",
		"predict --help", "version", "completion bash", "train --config-template",
		"predict flats.safetensors flats.csv"} {
		var errs strings.Builder
		code := Run(t.Context(), strings.Fields(args), strings.NewReader(""), &fullWriter{0}, &errs)
		if code != failed || !strings.Contains(strings.ReplaceAll(errs.String(), "\n  ", " "),
			"no space left on device") || strings.Count(errs.String(), "no space") != 1 {
			t.Errorf("ashlar %s: code %d, %s", args, code, errs.String())
		}
	}
	w := &output{w: &fullWriter{3}}
	for _, text := range []string{"abc", "d", "e"} {
		_, _ = io.WriteString(w, text)
	}
	if !errors.Is(w.err, syscall.ENOSPC) {
		t.Errorf("error %v", w.err)
	}
}
