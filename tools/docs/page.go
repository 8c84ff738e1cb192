package docs

import (
	"fmt"
	"strings"
)

// page is what a document asks the test to do.
type page struct {
	name   string
	files  []block // to be written before anything runs
	steps  []*step // in their order
	shell  []block
	python []block
}

// step is something that runs: a program, commands of a shell, or a program in Python.
type step struct {
	program *program // nil for the others
	script  block
	output  string // that the script prints; "" for any
}

// fileTypes are the languages of blocks that can be files.
var fileTypes = map[string]bool{"csv": true, "json": true, "yaml": true, "toml": true}

// readPage sorts the blocks of a document. It fails on a fence that it does not understand, since such a
// block would go unchecked.
func readPage(name, text string) (*page, error) {
	list, err := blocks(name, text)
	if err != nil {
		return nil, err
	}
	p := &page{name: name}
	var hidden []block
	var last *step
	for _, b := range list {
		if b.above {
			hidden = append(hidden, b)
			continue
		}
		if b.lang == "go" && !b.is("unchecked:") {
			if last, err = p.addGo(last, append(hidden, b)); err != nil {
				return nil, err
			}
			hidden = nil
			continue
		}
		if len(hidden) > 0 {
			return nil, fmt.Errorf("%v: hidden statements are above a block that is not Go", hidden[0])
		}
		if last, err = p.add(last, b); err != nil {
			return nil, err
		}
	}
	if len(hidden) > 0 {
		return nil, fmt.Errorf("%v: hidden statements have no block below them", hidden[0])
	}
	return p, nil
}

// addGo adds a block of Go, with hidden statements before it, to the last program or to a new one.
func (p *page) addGo(last *step, pieces []block) (*step, error) {
	b := pieces[len(pieces)-1]
	if !b.is("continues") {
		if len(b.words) > 0 {
			return nil, fmt.Errorf("%v: go %s: want nothing, continues, or unchecked: and a reason", b,
				b.words[0])
		}
		s := &step{program: &program{page: p.name, pieces: pieces, output: make([]string, len(pieces))}}
		p.steps = append(p.steps, s)
		return s, nil
	}
	var s *step
	for i := len(p.steps) - 1; i >= 0 && s == nil; i-- {
		if p.steps[i].program != nil {
			s = p.steps[i]
			p.steps = append(append(p.steps[:i:i], p.steps[i+1:]...), s) // it runs where its last block is
		}
	}
	if s == nil {
		return nil, fmt.Errorf("%v: go continues: there is no program above", b)
	}
	s.program.pieces = append(s.program.pieces, pieces...)
	s.program.output = append(s.program.output, make([]string, len(pieces))...)
	return s, nil
}

// add adds a block of another language than Go. It returns the step whose output may follow.
func (p *page) add(last *step, b block) (*step, error) {
	switch {
	case b.lang == "go":
		if len(b.words) < 2 {
			return nil, fmt.Errorf("%v: go unchecked: has no reason", b)
		}
	case b.lang == "text" && b.is("output"):
		if last == nil {
			return nil, fmt.Errorf("%v: text output: no block above has run", b)
		}
		if last.program != nil {
			last.program.output[len(last.program.output)-1] = b.text
		} else {
			last.output = b.text
		}
	case b.lang == "text" || b.lang == "":
		if len(b.words) > 0 {
			return nil, fmt.Errorf("%v: text %s: want nothing or output", b, b.words[0])
		}
		return last, nil
	case fileTypes[b.lang]:
		if len(b.words) > 1 || len(b.words) == 1 && strings.ContainsAny(b.words[0], `/\`) {
			return nil, fmt.Errorf("%v: %s %s: want the name of one file", b, b.lang,
				strings.Join(b.words, " "))
		}
		if len(b.words) == 1 {
			p.files = append(p.files, b)
		}
	case b.lang == "sh":
		p.shell = append(p.shell, b)
		if b.is("run") {
			return p.script(b), nil
		}
		if len(b.words) > 0 {
			return nil, fmt.Errorf("%v: sh %s: want nothing or run", b, b.words[0])
		}
	case b.lang == "python":
		p.python = append(p.python, b)
		if b.is("interop") {
			return p.script(b), nil
		}
		if len(b.words) > 0 {
			return nil, fmt.Errorf("%v: python %s: want nothing or interop", b, b.words[0])
		}
	default:
		return nil, fmt.Errorf("%v: nothing checks blocks of %q; see package docs", b, b.lang)
	}
	return nil, nil
}

func (p *page) script(b block) *step {
	s := &step{script: b}
	p.steps = append(p.steps, s)
	return s
}
