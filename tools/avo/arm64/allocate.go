package arm64

import (
	"cmp"
	"errors"
	"slices"
)

// The registers that code may use, in the order in which they are handed out. R16 and R17
// belong to the linker between functions only. R18 is the system's, R27 the assembler's, R28
// Go's, R29 and R30 the frame's.
var (
	vectorRegisters  = upTo(32)
	integerRegisters = append(upTo(18), 19, 20, 21, 22, 23, 24, 25, 26)
)

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

var errRegisters = errors.New("not enough registers")

// allocate gives every variable a register: variables that live at the same time different
// ones (graph colouring: Chaitin 1982, Briggs et al. 1994). Copies join variables that do not
// disturb each other. Joining can make the graph harder to colour; then those alone are joined
// of which that can be excluded.
func (c *code) allocate() error {
	for _, careful := range []bool{false, true} {
		g := c.interference()
		g.joinCopies(careful)
		if colour, ok := g.colours(); ok {
			c.place(g, colour)
			return nil
		}
	}
	return errRegisters
}

// graph has an edge between variables that need different registers.
type graph struct {
	*code
	edges  []map[int]bool
	joined []int // the variable that one has become part of, itself if none
}

func (c *code) interference() *graph {
	g := &graph{code: c, edges: make([]map[int]bool, len(c.variables)), joined: upTo(len(c.variables))}
	for v := range g.edges {
		g.edges[v] = map[int]bool{}
	}
	for _, k := range c.liveness() {
		c.backwards(&k, func(at int, live set) {
			n := &c.list[at]
			n.writes(func(v int) {
				live.each(func(other int) {
					if n.kind == move && other == n.registers[1] {
						return // the two hold the same
					}
					g.edge(v, other)
				})
				n.writes(func(other int) { g.edge(v, other) })
			})
		})
	}
	return g
}

func (g *graph) edge(a, b int) {
	if a != b && g.variables[a].vector == g.variables[b].vector {
		g.edges[a][b], g.edges[b][a] = true, true
	}
}

func (g *graph) root(v int) int {
	for g.joined[v] != v {
		v = g.joined[v]
	}
	return v
}

func (g *graph) registers(v int) []int {
	if g.variables[v].vector {
		return vectorRegisters
	}
	return integerRegisters
}

// joinCopies makes one of the two variables of a copy.
func (g *graph) joinCopies(careful bool) {
	for at := range g.list {
		n := &g.list[at]
		if n.kind != move {
			continue
		}
		a, b := g.root(n.registers[0]), g.root(n.registers[1])
		if a == b || g.edges[a][b] {
			continue
		}
		if g.variables[a].fixed != virtual {
			a, b = b, a
		}
		if g.variables[a].fixed != virtual || !g.mayJoin(a, b, careful) {
			continue
		}
		g.joined[a] = b
		for other := range g.edges[a] {
			delete(g.edges[other], a)
			g.edge(b, other)
		}
	}
}

// mayJoin reports whether a can become b. With a register of the machine it can where no
// neighbour has that register. Carefully, the two must have fewer neighbours of many neighbours
// than there are registers (Briggs).
func (g *graph) mayJoin(a, b int, careful bool) bool {
	if g.variables[b].fixed != virtual {
		return g.mayBecome(a, b)
	}
	if !careful {
		return true
	}
	many := len(g.registers(a))
	significant := 0
	for v := range g.edges[a] {
		if len(g.edges[v]) >= many {
			significant++
		}
	}
	for v := range g.edges[b] {
		if len(g.edges[v]) >= many && !g.edges[a][v] {
			significant++
		}
	}
	return significant < many
}

// mayBecome: every neighbour of a disturbs the register already, is another register, or has
// so few neighbours that it finds another one (George).
func (g *graph) mayBecome(a, fixed int) bool {
	for v := range g.edges[a] {
		harmless := g.edges[fixed][v] || len(g.edges[v]) < len(g.registers(a)) ||
			g.variables[v].fixed != virtual
		if !harmless {
			return false
		}
	}
	return true
}

// colours gives every variable a register, and reports whether it could.
func (g *graph) colours() (map[int]int, bool) {
	colour := map[int]int{}
	for v := range g.variables {
		if g.variables[v].fixed != virtual {
			colour[v] = g.variables[v].fixed
		}
	}
	for _, v := range slices.Backward(g.order()) {
		taken := map[int]bool{}
		for other := range g.edges[v] {
			if r, ok := colour[other]; ok {
				taken[r] = true
			}
		}
		free := slices.IndexFunc(g.registers(v), func(r int) bool { return !taken[r] })
		if free < 0 {
			return nil, false
		}
		colour[v] = g.registers(v)[free]
	}
	return colour, true
}

// order lists the variables in the order in which they leave the graph; registers are handed out
// in the opposite order. A variable with fewer neighbours than there are registers can
// leave: it will find one. If none has so few, the one with the most leaves.
func (g *graph) order() (list []int) {
	var left []int
	degree := map[int]int{}
	for v := range g.variables {
		if g.root(v) == v && g.variables[v].fixed == virtual {
			left = append(left, v)
			degree[v] = len(g.edges[v])
		}
	}
	for len(left) > 0 {
		at := slices.IndexFunc(left, func(v int) bool { return degree[v] < len(g.registers(v)) })
		if at < 0 {
			most := slices.MaxFunc(left, func(a, b int) int { return cmp.Compare(degree[a], degree[b]) })
			at = slices.Index(left, most)
		}
		v := left[at]
		left = slices.Delete(left, at, at+1)
		list = append(list, v)
		for other := range g.edges[v] {
			degree[other]--
		}
	}
	return list
}

// place puts registers in the place of variables and leaves out copies of a register to
// itself.
func (c *code) place(g *graph, colour map[int]int) {
	for at := range c.list {
		n := &c.list[at]
		placed := make([]int, len(n.registers))
		for i, v := range n.registers {
			placed[i] = colour[g.root(v)]
		}
		n.registers = placed
	}
	c.list = slices.DeleteFunc(c.list, func(n instruction) bool {
		return n.kind == move && n.registers[0] == n.registers[1]
	})
}
