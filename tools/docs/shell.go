package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// commands are those that a block of sh may call, with what can be said of their arguments without running
// them. root is the repository, dir the folder that the block is in by then.
var commands = map[string]func(root, dir string, args []string) error{
	"make":    checkMake,
	"go":      checkGo,
	"ashlar":  nil, // see checkAshlar
	"git":     nil,
	"curl":    nil,
	"pip":     nil,
	"python3": nil,
	"cat":     nil,
	"head":    nil,
}

// checkShell looks at each command of a block: the program is known, and what its arguments name exists.
// ashlar tells whether the arguments of that command are right.
func checkShell(root string, b block, ashlar func(args []string) error) error {
	dir := root
	for i, line := range strings.Split(b.text, "\n") {
		for _, words := range simple(line) {
			err := func() error {
				if words[0] == "cd" && len(words) == 2 {
					dir = filepath.Join(dir, words[1])
					return exists(root, dir, "")
				}
				if strings.HasPrefix(words[0], "./") {
					return exists(root, dir, words[0])
				}
				check, ok := commands[words[0]]
				switch {
				case !ok:
					return fmt.Errorf("no check for the command %s", words[0])
				case words[0] == "ashlar":
					return ashlar(words[1:])
				case check != nil:
					return check(root, dir, words[1:])
				}
				return nil
			}()
			if err != nil {
				return fmt.Errorf("%s:%d: %w", b.page, b.line+i, err)
			}
		}
	}
	return nil
}

var word = regexp.MustCompile(`'[^']*'|"[^"]*"|&&|\|\||[|;&]|[^\s|;&'"]+(?:'[^']*'|"[^"]*"|[^\s|;&'"])*`)
var assignment = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*=`)

// simple returns the words of each simple command of a line, without assignments in front and comments.
func simple(line string) (list [][]string) {
	var words []string
	end := func() {
		if len(words) > 0 {
			list = append(list, words)
		}
		words = nil
	}
	for _, w := range word.FindAllString(line, -1) {
		switch {
		case strings.HasPrefix(w, "#"):
			end()
			return list
		case w == "&&" || w == "||" || w == "|" || w == ";" || w == "&":
			end()
		case len(words) == 0 && assignment.MatchString(w):
		default:
			words = append(words, strings.Trim(w, `'"`))
		}
	}
	end()
	return list
}

func exists(root, dir, path string) error {
	full := filepath.Join(dir, path)
	if _, err := os.Stat(full); err != nil {
		rel, _ := filepath.Rel(root, full)
		return fmt.Errorf("there is no %s in the repository", rel)
	}
	return nil
}

// checkMake: every target is one of the Makefile.
func checkMake(root, dir string, args []string) error {
	text, err := os.ReadFile(filepath.Join(dir, "Makefile"))
	if err != nil {
		return err
	}
	for _, a := range args {
		if strings.HasPrefix(a, "-") || strings.Contains(a, "=") {
			continue
		}
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(a) + `:`).Match(text) {
			return fmt.Errorf("the Makefile has no target %s", a)
		}
	}
	return nil
}

// checkGo: packages of this repository exist, whether they are named by path or by import path.
func checkGo(root, dir string, args []string) error {
	for i, a := range args {
		path, _, _ := strings.Cut(a, "@")
		switch {
		case i > 0 && args[i-1] == "-C":
			dir = filepath.Join(dir, a)
		case strings.HasPrefix(path, "./"):
			if err := exists(root, dir, strings.TrimSuffix(path, "...")); err != nil {
				return err
			}
		case strings.HasPrefix(path, ours):
			if err := exists(root, root, strings.TrimPrefix(path, ours)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkAshlar: the help of the command, a program at bin, has the subcommand and its flags.
func checkAshlar(bin string, args []string) error {
	if len(args) == 0 {
		return nil
	}
	help, err := exec.Command(bin, args[0], "--help").CombinedOutput()
	if strings.HasPrefix(args[0], "-") || args[0] == "help" {
		help, err = exec.Command(bin, "--help").CombinedOutput()
	}
	if err != nil {
		return fmt.Errorf("ashlar %s --help: %w", args[0], err)
	}
	for _, a := range args {
		name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if !strings.HasPrefix(a, "-") || name == "" {
			continue
		}
		name = regexp.QuoteMeta(name)
		flag := regexp.MustCompile(`(?m)^ +(-\w, )?--` + name + `\b|^ +-` + name + `, `)
		if !flag.Match(help) {
			return fmt.Errorf("ashlar %s has no flag %s", args[0], a)
		}
	}
	return nil
}
