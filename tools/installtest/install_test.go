package installtest

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

const (
	root    = "../.."
	project = "github.com/ashlar-go/ashlar"
	command = project + "/cmd/ashlar"
	version = "v0.1.0" // that the modules of the repository require of each other
)

// TestInstall installs the command as its users do, and runs it. The modules of this checkout come from
// a tree of files that serves as a proxy. Those of others come from the module cache of this user, else
// from the proxies that go env names.
func TestInstall(t *testing.T) {
	proxy := t.TempDir()
	serve(t, proxy, command, map[string]bool{})
	bin := t.TempDir()
	env := append(os.Environ(),
		"GOPROXY="+url(proxy)+","+url(filepath.Join(goEnv(t, "GOMODCACHE"), "cache", "download"))+","+
			goEnv(t, "GOPROXY"),
		"GOWORK=off", "GOBIN="+bin, "GOMODCACHE="+t.TempDir(), "GOTOOLCHAIN=local",
		"GOFLAGS=-modcacherw",                     // or the test cannot remove the cache
		"GOSUMDB=off", "GOPRIVATE=", "GONOPROXY=", // no database knows the modules of a checkout
	)
	run(t, env, "go", "install", command+"@"+version)
	program := filepath.Join(bin, "ashlar")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"version"}, "ashlar " + version + " "},
		{[]string{"info"}, "tiers"},
		{[]string{"help"}, "completion"},
	} {
		if out := run(t, env, program, c.args...); !strings.Contains(out, c.want) {
			t.Errorf("ashlar %s printed\n%s\nwant %q in it", c.args[0], out, c.want)
		}
	}
}

// TestNoReplace: a replace directive of any module would break go install of it.
func TestNoReplace(t *testing.T) {
	found := 0
	for _, file := range tracked(t) {
		if filepath.Base(file) != "go.mod" {
			continue
		}
		found++
		for _, r := range parse(t, filepath.Join(root, file)).Replace {
			t.Errorf("%s: %d: replaces %s", file, r.Syntax.Start.Line, r.Old.Path)
		}
	}
	if found < 4 {
		t.Errorf("found %d modules, want at least 4", found)
	}
}

// serve writes a module of the repository, and those of the repository that it requires, into a proxy.
func serve(t *testing.T, proxy, path string, done map[string]bool) {
	t.Helper()
	if done[path] {
		return
	}
	done[path] = true
	dir := strings.TrimPrefix(strings.TrimPrefix(path, project), "/")
	mod := parse(t, filepath.Join(root, dir, "go.mod"))
	if mod.Module.Mod.Path != path {
		t.Fatalf("the module in %s is %s, want %s", dir, mod.Module.Mod.Path, path)
	}
	put(t, proxy, path, dir)
	for _, r := range mod.Require {
		if r.Mod.Path != project && !strings.HasPrefix(r.Mod.Path, project+"/") {
			continue
		}
		if r.Mod.Version != version {
			t.Errorf("%s requires %s, want version %s", path, r.Mod, version)
		}
		serve(t, proxy, r.Mod.Path, done)
	}
}

// put writes the files of one module in the layout of a proxy: go help goproxy.
func put(t *testing.T, proxy, path, dir string) {
	t.Helper()
	escaped, err := module.EscapePath(path)
	check(t, err)
	at := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	check(t, os.MkdirAll(at, 0o755))
	mod, err := os.ReadFile(filepath.Join(root, dir, "go.mod"))
	check(t, err)
	var archive bytes.Buffer
	check(t, zip.Create(&archive, module.Version{Path: path, Version: version}, files(t, dir)))
	for suffix, content := range map[string][]byte{
		"list":            []byte(version + "\n"),
		version + ".mod":  mod,
		version + ".zip":  archive.Bytes(),
		version + ".info": []byte(`{"Version":"` + version + `","Time":"2026-01-01T00:00:00Z"}`),
	} {
		check(t, os.WriteFile(filepath.Join(at, suffix), content, 0o644))
	}
}

// file is a file for an archive.
type file struct{ path, disk string }

func (f file) Path() string                 { return f.path }
func (f file) Lstat() (fs.FileInfo, error)  { return os.Lstat(f.disk) }
func (f file) Open() (io.ReadCloser, error) { return os.Open(f.disk) }

// files returns the files of the repository in a folder. [zip.Create] leaves out those of other modules.
func files(t *testing.T, dir string) (list []zip.File) {
	t.Helper()
	for _, path := range tracked(t) {
		below := path
		if dir != "" {
			var in bool
			if below, in = strings.CutPrefix(path, dir+"/"); !in {
				continue
			}
		}
		list = append(list, file{below, filepath.Join(root, filepath.FromSlash(path))})
	}
	return list
}

// tracked returns the files that git tracks or would, by their paths in the repository.
func tracked(t *testing.T) (list []string) {
	t.Helper()
	out := run(t, nil, "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for path := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		if info, err := os.Lstat(filepath.Join(root, path)); err == nil && info.Mode().IsRegular() {
			list = append(list, path)
		}
	}
	return list
}

func parse(t *testing.T, path string) *modfile.File {
	t.Helper()
	text, err := os.ReadFile(path)
	check(t, err)
	f, err := modfile.Parse(path, text, nil)
	check(t, err)
	return f
}

// url is that of a folder.
func url(dir string) string {
	slash := filepath.ToSlash(dir)
	if !strings.HasPrefix(slash, "/") { // a drive of Windows
		slash = "/" + slash
	}
	return "file://" + slash
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(run(t, nil, "go", "env", name))
}

// run returns what a program printed.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	var errs strings.Builder
	c.Env, c.Stderr = env, &errs
	if env != nil {
		c.Dir = t.TempDir() // outside of any module
	}
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
