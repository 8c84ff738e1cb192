package amd64

import (
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
)

// threadJumps leads every jump to where it ends: a label with nothing but a jump behind it is
// passed over, labels at one place become one, and jumps that nothing reaches any more go. avo
// prunes what is left without a reference.
func threadJumps(fn *ir.Function) error {
	ends := destinations(fn.Nodes)
	for _, node := range fn.Nodes {
		i, ok := node.(*ir.Instruction)
		if !ok {
			continue
		}
		if target := i.TargetLabel(); target != nil {
			i.Operands[0] = operand.LabelRef(follow(*target, ends))
		}
	}
	for n := -1; n != len(fn.Nodes); {
		n, fn.Nodes = len(fn.Nodes), reachable(fn.Nodes)
	}
	return nil
}

// destinations says of labels where a jump to them goes on at once.
func destinations(nodes []ir.Node) map[ir.Label]ir.Label {
	ends := map[ir.Label]ir.Label{}
	for at, node := range nodes {
		label, ok := node.(ir.Label)
		if !ok {
			continue
		}
		for _, next := range nodes[at+1:] {
			if _, comment := next.(*ir.Comment); comment {
				continue
			}
			switch next := next.(type) {
			case ir.Label:
				ends[label] = next
			case *ir.Instruction:
				if target := next.TargetLabel(); target != nil && !next.IsConditional {
					ends[label] = *target
				}
			}
			break
		}
	}
	return ends
}

// follow goes on until it stays, or has gone round an endless loop.
func follow(label ir.Label, ends map[ir.Label]ir.Label) ir.Label {
	for range len(ends) {
		next, ok := ends[label]
		if !ok {
			break
		}
		label = next
	}
	return label
}

// follows reports whether nothing is executed before the label.
func follows(label ir.Label, nodes []ir.Node) bool {
	for _, node := range nodes {
		if _, instruction := node.(*ir.Instruction); instruction || node == ir.Node(label) {
			return !instruction
		}
	}
	return false
}

// reachable leaves out labels that nothing refers to, and jumps directly behind others or to
// what follows them.
func reachable(nodes []ir.Node) []ir.Node {
	used := map[ir.Label]bool{}
	for _, node := range nodes {
		if i, ok := node.(*ir.Instruction); ok && i.TargetLabel() != nil {
			used[*i.TargetLabel()] = true
		}
	}
	var kept []ir.Node
	left := false // behind a jump that is always taken
	for at, node := range nodes {
		switch n := node.(type) {
		case ir.Label:
			if !used[n] {
				continue
			}
			left = false
		case *ir.Instruction:
			jump := n.TargetLabel() != nil && !n.IsConditional
			if jump && (left || follows(*n.TargetLabel(), nodes[at+1:])) {
				continue
			}
			left = jump
		}
		kept = append(kept, node)
	}
	return kept
}
