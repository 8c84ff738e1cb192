package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
)

// llvm is the installed tools of LLVM.
type llvm struct {
	mca, objdump string // paths
	title        string // as "LLVM version 19.1.7"
}

// findLLVM returns the tools of a version; the empty one means names without a suffix.
func findLLVM(version string) (*llvm, error) {
	suffix, source := "", "LLVM"
	if version != "" {
		suffix, source = "-"+version, "the package llvm-"+version+" of Debian or apt.llvm.org"
	}
	path := map[string]string{}
	for _, tool := range []string{"llvm-mca", "llvm-objdump"} {
		p, err := exec.LookPath(tool + suffix)
		if err != nil {
			return nil, fmt.Errorf("%s%s is missing: install %s, or choose another version with -llvm",
				tool, suffix, source)
		}
		path[tool] = p
	}
	text, err := output(exec.Command(path["llvm-mca"], "--version"))
	if err != nil {
		return nil, err
	}
	title := regexp.MustCompile(`LLVM version \S+`).Find(text)
	return &llvm{mca: path["llvm-mca"], objdump: path["llvm-objdump"], title: string(title)}, nil
}

// output runs a command and returns what it prints; what it says on stderr is in the error.
func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", cmd, err, stderr.Bytes())
	}
	return out, nil
}
