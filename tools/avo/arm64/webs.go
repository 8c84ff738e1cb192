package arm64

import "fmt"

// A web is the writes and the reads of a variable that reach each other. A variable whose value is
// read for the last time and then written anew has two webs. Each web gets a register of its
// own, so that copies between them can vanish.

// splitWebs renames variables such that each is one web: the writes and reads that reach each
// other.
func (c *code) splitWebs() {
	w := &webs{code: c, blocks: c.liveness(), entry: map[[2]int]int{}}
	w.blocks[0].in.each(func(v int) {
		if c.variables[v].fixed == virtual {
			panic(fmt.Sprintf("arm64: variable %d is read before it is written", v))
		}
	})
	w.number()
	w.connect()
	w.rename()
}

type webs struct {
	*code
	blocks []block
	parent []int          // of values, numbered: a forest of those that are one
	entry  map[[2]int]int // the value with which a block is entered, by block and variable
	exit   []map[int]int  // the value with which a block is left, by variable
	values [][]int        // of each instruction's registers
}

func (w *webs) newValue() int {
	w.parent = append(w.parent, len(w.parent))
	return len(w.parent) - 1
}

func (w *webs) root(v int) int {
	for w.parent[v] != v {
		w.parent[v] = w.parent[w.parent[v]]
		v = w.parent[v]
	}
	return v
}

func (w *webs) unite(a, b int) {
	a, b = w.root(a), w.root(b)
	w.parent[max(a, b)] = min(a, b)
}

// number gives a value to every write, and to what is live where a block begins.
func (w *webs) number() {
	w.values = make([][]int, len(w.list))
	w.exit = make([]map[int]int, len(w.blocks))
	for b := range w.blocks {
		k := &w.blocks[b]
		current := map[int]int{}
		k.in.each(func(v int) {
			current[v] = w.newValue()
			w.entry[[2]int{b, v}] = current[v]
		})
		for at := k.from; at < k.to; at++ {
			w.values[at] = w.through(&w.list[at], current)
		}
		w.exit[b] = current
	}
}

// through returns the values of an instruction's registers.
func (w *webs) through(n *instruction, current map[int]int) []int {
	out := make([]int, len(n.registers))
	for i, v := range n.registers {
		if n.roles[i] == 'w' {
			continue
		}
		out[i] = current[v]
	}
	for i, v := range n.registers {
		if n.roles[i] == 'w' {
			out[i] = w.newValue()
		}
		if n.roles[i] != 'r' {
			current[v] = out[i]
		}
	}
	return out
}

// connect makes one of what blocks are left and entered with.
func (w *webs) connect() {
	for b := range w.blocks {
		for _, next := range w.blocks[b].next {
			w.blocks[next].in.each(func(v int) {
				w.unite(w.exit[b][v], w.entry[[2]int{next, v}])
			})
		}
	}
}

func (w *webs) rename() {
	names := map[int]int{}
	var variables []variable
	fixed := map[variable]int{}
	for at := range w.list {
		n := &w.list[at]
		renamed := make([]int, len(n.registers))
		for i, v := range n.registers {
			old := w.variables[v]
			root := w.root(w.values[at][i])
			if old.fixed != virtual {
				if _, ok := fixed[old]; !ok {
					fixed[old] = len(variables)
					variables = append(variables, old)
				}
				renamed[i] = fixed[old]
				continue
			}
			name, ok := names[root]
			if !ok {
				name = len(variables)
				names[root] = name
				variables = append(variables, old)
			}
			renamed[i] = name
		}
		n.registers = renamed
	}
	w.variables, w.fixed = variables, fixed
}
