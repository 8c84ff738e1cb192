package main

// point is a line of the table: something that is proved about the project.
type point struct {
	name    string // short, as figures name it: "bounds"
	what    string // one sentence: what holds if the line is met
	steps   []step
	figures []figure // what the steps must have counted, in the order of the table
	defects []defect
	alone   bool                             // its defects go one by one: they measure time or use all CPUs
	ledger  func(root string) (tally, error) // figures of long runs; nil without any
}

// form says how much of the table a run does.
type form int

const (
	quick  form = iota // minutes, for CI
	normal             // all that is no long run
	full               // the long runs too
)

// step is a command that succeeds if what it checks holds.
type step struct {
	from form     // the least form that runs it
	only bool     // that form alone: a greater one has a step that does more
	name string   // in a few words
	dir  string   // below the root of the repository; "" for the root
	env  []string // added to the environment, as "ASHLAR_TIER=avx2"
	args []string // the command: "go", "test", ...
	// lacks says what this machine lacks to run the step, "" if nothing. Such a step is listed as
	// not run and the line as not met, except in the quick form.
	lacks func() string
}

// figure is a count that a line of the table shows. The line is not met below least.
type figure struct {
	name  string
	least [3]float64 // in each form
}

// defect is a planted mistake: a change of one file, after which a command must fail. The command
// is a go command and gets the changed file by -overlay.
type defect struct {
	from     form
	what     string // the mistake in plain words: "a tail writes one element too many"
	file     string // below the root
	old, new string // old stands exactly once in the file
	dir      string
	env      []string
	args     []string      // "go", "test", ...
	want     string        // what the output of the failure contains
	lacks    func() string // as that of a step
}

// left returns the names of the steps that the next greater form runs and this one does not.
func (p *point) left(f form) (names []string) {
	if f == full {
		return nil
	}
	for i := range p.steps {
		if s := &p.steps[i]; s.runs(f+1) && !s.runs(f) {
			names = append(names, s.name)
		}
	}
	return names
}

// tally is what long runs add up to.
type tally struct {
	figures map[string]float64
	short   []string // what is not met, in plain words
}
