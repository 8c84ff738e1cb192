package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// A mutant of the assembly changes the object of one file and nothing that Go code is compiled with.
// The go command cannot know that: with -overlay it compiles whatever imports package asm, directly or
// not, again. So the tool keeps the parts of a test that was built without a mutant, and makes one of a
// mutant with the assembler and the linker alone, in a tenth of the time. Flag -overlay takes the long
// way, whose verdicts are the same.

// kit is what the test of a package was linked from.
type kit struct {
	config string   // the text of the linker's file of imports
	asm    string   // the path in it of the archive of package asm
	flags  []string // of the linker, but for its input and output
	main   string   // the archive of the test's main package
}

// asmPath is the import path of the assembly.
const asmPath = "github.com/ashlar-go/ashlar/kernels/asm"

// readKit finds the linker's command in what go test -c -x wrote.
func readKit(log string) (*kit, error) {
	work, command := "", []string(nil)
	for l := range strings.Lines(log) {
		l = strings.TrimSpace(l)
		if to, ok := strings.CutPrefix(l, "WORK="); ok {
			work = to
		} else if strings.Contains(l, "/link -o ") {
			command = strings.Fields(strings.ReplaceAll(l, "$WORK", work))
		}
	}
	if len(command) == 0 {
		return nil, errors.New("go test -c -x names no command of the linker")
	}
	k := &kit{main: command[len(command)-1]}
	config := ""
	for i := 0; i < len(command)-1; i++ {
		switch flag := command[i]; {
		case flag == "-importcfg":
			i++
			config = command[i]
		case flag == "-o":
			i++
		case strings.HasPrefix(flag, "-buildid="):
		case k.flags != nil || strings.HasPrefix(flag, "-"):
			k.flags = append(k.flags, flag)
		}
	}
	text, err := os.ReadFile(config)
	if err != nil {
		return nil, fmt.Errorf("the linker's imports: %w", err)
	}
	k.config = string(text)
	for l := range strings.Lines(k.config) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(l), "packagefile "+asmPath+"="); ok {
			k.asm = path
		}
	}
	return k, nil
}

// objects are those of package asm, without a mutant.
type objects struct {
	once   sync.Once
	err    error
	head   []string // the compiler's part of the archive
	byFile map[string]string
}

// objects assembles package asm. The archive of a kit gives what the compiler wrote.
func (lab *laboratory) objects(archive string) (*objects, error) {
	o := &lab.asm
	o.once.Do(func() {
		dir := filepath.Join(lab.base.dir, "asm")
		if o.err = os.MkdirAll(dir, 0o755); o.err != nil {
			return
		}
		parts := []string{"__.PKGDEF", "_go_.o"}
		cmd := exec.CommandContext(lab.ctx, "go", append([]string{"tool", "pack", "x", archive}, parts...)...)
		cmd.Dir = dir
		if o.err = output(cmd); o.err != nil {
			return
		}
		for _, part := range parts {
			o.head = append(o.head, filepath.Join(dir, part))
		}
		files, err := assembly(lab.root, lab.arch)
		if o.err = err; err != nil {
			return
		}
		o.byFile = map[string]string{}
		for _, s := range files {
			object := filepath.Join(dir, strings.TrimSuffix(filepath.Base(s.path), ".s")+".o")
			o.byFile[s.path] = object
			if o.err = lab.assemble(filepath.Join(lab.root, s.path), object); o.err != nil {
				return
			}
		}
	})
	return o, o.err
}

func (lab *laboratory) assemble(file, object string) error {
	tools, err := toolDir()
	if err != nil {
		return err
	}
	return output(lab.tool(filepath.Join(tools, "asm"), "-p", asmPath, "-I",
		filepath.Join(tools, "..", "..", "include"), "-D", "GOOS_"+runtime.GOOS, "-D", "GOARCH_"+lab.arch,
		"-o", object, file))
}

// tool is a command of the toolchain for the architecture of the mutants.
func (lab *laboratory) tool(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(lab.ctx, name, args...)
	cmd.Env = append(os.Environ(), "GOARCH="+lab.arch)
	return cmd
}

// toolDir is where the assembler and the linker are.
var toolDir = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "env", "GOTOOLDIR").Output()
	return strings.TrimSpace(string(out)), err
})

// output runs a command; the error has what it wrote.
func output(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, out)
	}
	return nil
}

// archive packs package asm with the mutant's object, once.
func (t *trial) archive(k *kit) (string, error) {
	path := filepath.Join(t.dir, "asm.a")
	if t.packed {
		return path, nil
	}
	o, err := t.lab.objects(k.asm)
	if err != nil {
		return "", err
	}
	object := filepath.Join(t.dir, "mutant.o")
	if err := t.lab.assemble(t.file, object); err != nil {
		return "", &buildError{err.Error()}
	}
	args := append([]string{"tool", "pack", "c", path}, o.head...)
	for _, file := range slices.Sorted(maps.Keys(o.byFile)) {
		if file == t.mutant.File {
			args = append(args, object)
		} else {
			args = append(args, o.byFile[file])
		}
	}
	t.packed = true
	return path, output(exec.CommandContext(t.lab.ctx, "go", args...))
}

// link makes the test of a package with the mutant.
func (t *trial) link(k *kit, binary string) error {
	archive, err := t.archive(k)
	if err != nil {
		return err
	}
	config := binary + ".importcfg"
	from := "packagefile " + asmPath + "=" + k.asm + "\n"
	text := strings.Replace(k.config, from, "packagefile "+asmPath+"="+archive+"\n", 1)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return err
	}
	tools, err := toolDir()
	if err != nil {
		return err
	}
	args := append([]string{"-o", binary, "-importcfg", config}, k.flags...)
	if err := output(t.lab.tool(filepath.Join(tools, "link"), append(args, k.main)...)); err != nil {
		return &buildError{filepath.Base(t.mutant.File) + ": " + err.Error()}
	}
	return nil
}
