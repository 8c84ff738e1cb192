package amd64

import (
	"slices"
	"testing"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// TestThreadJumps: what remains of labels and jumps in a function that has each kind of
// detour.
func TestThreadJumps(t *testing.T) {
	c := build.NewContext()
	c.Function("detours")
	c.SignatureExpr("func()")
	jump := func(to string) { c.JMP(operand.LabelRef(to)) }
	c.TESTQ(reg.RAX, reg.RAX)
	c.JZ(operand.LabelRef("first"))
	jump("second")
	c.Label("first")
	c.Comment("a label and a comment, and a jump")
	jump("third")
	c.Label("second")
	c.Label("twin")
	c.DECQ(reg.RAX)
	c.JNZ(operand.LabelRef("twin"))
	c.Label("third")
	jump("end")
	c.Label("end")
	c.RET()
	f, err := c.Result()
	if err != nil {
		t.Fatal(err)
	}
	if err := pass.Concat(pass.FunctionPass(threadJumps), pass.Compile).Execute(f); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, node := range f.Functions()[0].Nodes {
		switch n := node.(type) {
		case ir.Label:
			got = append(got, string(n)+":")
		case *ir.Instruction:
			text := n.Opcode
			if to := n.TargetLabel(); to != nil {
				text += " " + string(*to)
			}
			got = append(got, text)
		}
	}
	want := []string{"TESTQ", "JZ end", "twin:", "DECQ", "JNZ twin", "end:", "RET"}
	if !slices.Equal(got, want) {
		text, _ := printer.NewGoAsm(printer.Config{}).Print(f)
		t.Errorf("got %q, want %q\n%s", got, want, text)
	}
}

// TestThreadEndlessLoop: labels that lead round in a circle are left.
func TestThreadEndlessLoop(t *testing.T) {
	jump := func(to string) *ir.Instruction {
		return &ir.Instruction{Opcode: "JMP", Operands: []operand.Op{operand.LabelRef(to)}, IsBranch: true}
	}
	f := ir.NewFunction("circle")
	f.Nodes = []ir.Node{ir.Label("a"), jump("b"), ir.Label("b"), jump("a")}
	if err := threadJumps(f); err != nil {
		t.Fatal(err)
	}
	if len(f.Nodes) == 0 {
		t.Error("the loop is gone")
	}
}
