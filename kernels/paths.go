package kernels

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// pathType is the type of the paths of one kind of product, from pure Go, 0, to the best one.
type pathType interface {
	~uint8
	fmt.Stringer
	Tier() Tier
}

// choice is a path of this architecture, and in words why it does not run here, "" if it does.
type choice[P pathType] struct {
	path    P
	missing string
}

// paths is what runs here of one kind of product. It is found at the first product, and not at import:
// a program without such products links nothing of it.
type paths[P pathType] struct {
	what            string // the numbers that are multiplied
	env, limitation string // the variable and the function that lower the path
	choicesOf       func() []choice[P]
	amx             P
	refused         func() string // why the system does not let the process use AMX, "" where it does

	once    sync.Once
	choices []choice[P]   // of this architecture, ascending, without the answer of the system about AMX
	ceiling P             // what env allows
	limit   atomic.Uint32 // the best path allowed
}

func (p *paths[P]) find() {
	p.once.Do(func() {
		p.choices = append([]choice[P]{{}}, p.choicesOf()...)
		p.ceiling = p.start(os.Getenv(p.env), runningOf(p.choices))
		p.limit.Store(uint32(p.ceiling))
	})
}

// start returns the path that the environment names, else the best one. A name that is unknown or does
// not run here changes nothing; a line on stderr says so.
func (p *paths[P]) start(name string, running []P) P {
	best := running[len(running)-1]
	if name == "" {
		return best
	}
	for _, path := range running {
		if path.String() == name {
			return path
		}
	}
	const format = "kernels: %s path %q is not available here, have %v; %s is ignored\n"
	fmt.Fprintf(os.Stderr, format, p.what, name, running, p.env)
	return best
}

// runningOf returns the paths that nothing is missing for.
func runningOf[P pathType](choices []choice[P]) (running []P) {
	for _, c := range choices {
		if c.missing == "" {
			running = append(running, c.path)
		}
	}
	return running
}

// on returns the path of products on tier t: the best of that tier, as far as env and limit allow. It
// asks the system for AMX only where AMX is next.
func (p *paths[P]) on(t Tier) P {
	p.find()
	limit := P(p.limit.Load())
	for i := len(p.choices) - 1; i > 0; i-- {
		c := &p.choices[i]
		if c.missing == "" && c.path <= limit && c.path.Tier() <= t && (c.path != p.amx || p.refused() == "") {
			return c.path
		}
	}
	return 0
}

// running returns the paths that this CPU, system and build can run.
func (p *paths[P]) running() []P {
	p.find()
	running := runningOf(p.choices)
	if n := len(running) - 1; running[n] == p.amx && p.refused() != "" {
		running = running[:n]
	}
	return running
}

// lower makes path the best one that products may take.
func (p *paths[P]) lower(path P) error {
	p.find()
	runs := func(c choice[P]) bool { return c.path == path && c.missing == "" }
	if !slices.ContainsFunc(p.choices, runs) || path == p.amx && p.refused() != "" {
		return fmt.Errorf("kernels: %s path %v is not available here, have %v", p.what, path, p.running())
	}
	if path > p.ceiling {
		return fmt.Errorf("kernels: %s path %v is above %s=%v", p.what, path, p.env, p.ceiling)
	}
	p.limit.Store(uint32(path))
	return nil
}

// explain says why no better path is active.
func (p *paths[P]) explain() string {
	active := p.on(Active())
	var reasons []string
	for i := len(p.choices) - 1; i > 0 && p.choices[i].path > active; i-- {
		c := p.choices[i]
		reasons = append(reasons, c.path.String()+": "+p.why(c))
	}
	if len(p.choices) == 1 {
		reasons = append(reasons, "this build has no assembly")
	}
	return strings.Join(reasons, "; ")
}

// why says why a path is not active.
func (p *paths[P]) why(c choice[P]) string {
	limit := P(p.limit.Load())
	switch {
	case c.missing != "":
		return c.missing
	case c.path > p.ceiling:
		return p.env + "=" + p.ceiling.String()
	case c.path > limit:
		return p.limitation + " allows " + limit.String()
	case c.path.Tier() > Active():
		return "the active tier is " + Active().String()
	}
	return p.refused()
}
