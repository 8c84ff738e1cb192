package main

import (
	"maps"
	"slices"

	"gonum.org/v1/gonum/graph/flow"
	"gonum.org/v1/gonum/graph/simple"
)

// loop is an innermost loop.
type loop struct {
	label string  // in the assembly file, where it is known
	turn  []instr // what one turn executes, the branch back at the end
}

// innermost returns the loops of a function that contain no other loop, in the order of their heads.
// What a turn executes takes no conditional branch that stays in the loop: rare cases stand out of
// line, and a prefetch is jumped over only near the end of the data.
func innermost(code []instr) []loop {
	if len(code) == 0 {
		return nil
	}
	c := newControlFlow(code)
	bodies := map[int]map[int]bool{} // those of loops with one head together
	for _, edge := range c.backEdges() {
		c.naturalLoop(edge, bodies)
	}
	var found []loop
	for _, head := range slices.Sorted(maps.Keys(bodies)) {
		inner := true
		for other := range bodies {
			inner = inner && (other == head || !bodies[head][other])
		}
		if turn := c.turn(head, bodies[head]); inner && turn != nil {
			found = append(found, loop{turn: turn})
		}
	}
	return found
}

// controlFlow is the graph of a function. Its nodes are instructions.
type controlFlow struct {
	code  []instr
	at    map[uint64]int // the instruction at an address
	graph *simple.DirectedGraph
}

func newControlFlow(code []instr) *controlFlow {
	c := &controlFlow{code: code, at: map[uint64]int{}, graph: simple.NewDirectedGraph()}
	for i, in := range code {
		c.at[in.addr] = i
		c.graph.AddNode(simple.Node(i))
	}
	for i, in := range code {
		if in.falls() && i+1 < len(code) {
			c.edge(i, i+1)
		}
		if j, ok := c.at[in.target]; ok && in.target != 0 {
			c.edge(i, j)
		}
	}
	return c
}

func (c *controlFlow) edge(from, to int) {
	c.graph.SetEdge(simple.Edge{F: simple.Node(from), T: simple.Node(to)})
}

// backEdges returns the pairs {from, head} of branches to a head that every way to them passes. A
// jump back into a loop from elsewhere is none.
func (c *controlFlow) backEdges() (edges [][2]int) {
	tree := flow.Dominators(simple.Node(0), c.graph)
	for i, in := range c.code {
		head, ok := c.at[in.target]
		if in.target == 0 || !ok || head > i {
			continue
		}
		for d := tree.DominatorOf(int64(i)); d != nil; d = tree.DominatorOf(d.ID()) {
			if d.ID() == int64(head) {
				edges = append(edges, [2]int{i, head})
				break
			}
		}
	}
	return edges
}

// naturalLoop adds to the body of the edge's head what leads to the edge without passing the head.
func (c *controlFlow) naturalLoop(edge [2]int, bodies map[int]map[int]bool) {
	from, head := edge[0], edge[1]
	if bodies[head] == nil {
		bodies[head] = map[int]bool{head: true}
	}
	for open := []int{from}; len(open) > 0; {
		i := open[0]
		open = open[1:]
		if bodies[head][i] {
			continue
		}
		bodies[head][i] = true
		for before := c.graph.To(int64(i)); before.Next(); {
			open = append(open, int(before.Node().ID()))
		}
	}
}

// turn returns the instructions from the head to a branch back, or nil if that way leaves the loop.
func (c *controlFlow) turn(head int, body map[int]bool) (path []instr) {
	for i := head; body[i] && len(path) <= len(c.code); {
		in := c.code[i]
		path = append(path, in)
		target, jumps := c.at[in.target]
		switch {
		case jumps && in.target != 0 && target == head:
			return path
		case in.falls() && body[i+1]:
			i++
		default:
			i = target
		}
	}
	return nil
}

// count returns how many instructions of a turn satisfy is.
func (l loop) count(is func(instr) bool) (n int) {
	for _, in := range l.turn {
		if is(in) {
			n++
		}
	}
	return n
}

func (l loop) fmlas() int { return l.count(func(in instr) bool { return in.op == "fmla" }) }

func (l loop) vectors() int { return l.count(instr.vector) }
