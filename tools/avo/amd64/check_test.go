package amd64

import (
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"
)

// TestCheck plants each defect in a function and wants it named.
func TestCheck(t *testing.T) {
	avx2 := Tiers[1]
	for _, c := range []struct {
		name, want string
		emit       func(c *build.Context)
	}{
		{"sound", "", func(c *build.Context) { c.VXORPS(reg.Y1, reg.Y1, reg.Y1); c.VZEROUPPER() }},
		{"high register", "Y17", func(c *build.Context) {
			c.VPXORD(reg.Y17, reg.Y17, reg.Y17)
			c.VZEROUPPER()
		}},
		{"low register, AVX-512 instruction", "AVX512", func(c *build.Context) {
			c.VPXORD(reg.Y1, reg.Y1, reg.Y1)
			c.VZEROUPPER()
		}},
		{"opmask", "AVX512", func(c *build.Context) { c.KMOVW(reg.EAX, reg.K1); c.VZEROUPPER() }},
		{"wide register", "Z1", func(c *build.Context) { c.VPXORD(reg.Z1, reg.Z1, reg.Z1); c.VZEROUPPER() }},
		{"dirty upper halves", "VZEROUPPER", func(c *build.Context) { c.VXORPS(reg.Y1, reg.Y1, reg.Y1) }},
		{"way round VZEROUPPER", "VZEROUPPER", func(c *build.Context) {
			c.TESTQ(reg.RAX, reg.RAX)
			c.JZ(operand.LabelRef("out"))
			c.VXORPS(reg.Y1, reg.Y1, reg.Y1)
			c.VZEROUPPER()
			c.Label("out")
		}},
		{"SSE code", "MOVQ", func(c *build.Context) { c.MOVQ(reg.RAX, reg.X1); c.VZEROUPPER() }},
		{"low half of a register of Go", "R15", func(c *build.Context) {
			c.MOVL(operand.U32(1), reg.R15L)
			c.VZEROUPPER()
		}},
		{"frame pointer", "BP", func(c *build.Context) { c.MOVQ(operand.U64(1), reg.RBP); c.VZEROUPPER() }},
		{"suffix beside a constant", "VFMADD213PS.BCST", func(c *build.Context) {
			one := operand.NewDataAddr(operand.NewStaticSymbol("one"), 0)
			c.VFMADD213PS_BCST(one, reg.Z1, reg.Z2)
			c.VZEROUPPER()
		}},
		{"tiles in use", "TILERELEASE", func(c *build.Context) {
			c.Instruction(&ir.Instruction{Opcode: "LDTILECFG"})
			c.VZEROUPPER()
		}},
		{"tiles released", "", func(c *build.Context) {
			c.Instruction(&ir.Instruction{Opcode: "LDTILECFG"})
			c.Instruction(&ir.Instruction{Opcode: "TILERELEASE"})
			c.VZEROUPPER()
		}},
		{"goroutine pointer", "R14", func(c *build.Context) {
			c.MOVQ(operand.U64(1), reg.R14)
			c.VZEROUPPER()
		}},
	} {
		ctx := build.NewContext()
		ctx.Function("planted")
		ctx.SignatureExpr("func()")
		c.emit(ctx)
		ctx.RET()
		f, err := ctx.Result()
		if err == nil {
			err = pass.Compile.Execute(f)
		}
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		err = check(f, avx2)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: check says %v, want %q", c.name, err, c.want)
		}
	}
}
