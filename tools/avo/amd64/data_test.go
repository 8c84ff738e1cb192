package amd64

import (
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// TestDataNotes: numbers, integers and tables have their values beside them, and an element
// is the beginning of a vector of it.
func TestDataNotes(t *testing.T) {
	d := NewData()
	single := NewFile(Tiers[1], d).Function("f", "func()", "", 4)
	double := NewFile(Tiers[0], d).Function("g", "func()", "", 8)
	single.Element(0.1)
	single.Vector(2)
	single.Element(2)
	single.Vector32(12)
	double.Element(-0.25)
	double.Vector64(1<<64 - 1)
	table := isa.Table{Name: "table", Values: [16]float32{1, 2.5, 3, 3}}
	m := single.(*machine)
	m.table(table)
	text, err := d.Text()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"DATA ·f32_3dcccccd+0(SB)/4, $0x3dcccccd // 0.1\nGLOBL",
		"DATA ·f32_40000000+0(SB)/8, $0x4000000040000000 // 2\n",
		"DATA ·f32_40000000+8(SB)/8, $0x4000000040000000\n",
		"$0x0000000c0000000c // 51539607564\n",
		"$0xbfd0000000000000 // -0.25\nGLOBL",
		"$0xffffffffffffffff // -1\n",
		"$0x402000003f800000 // 1, 2.5\n",
		"$0x4040000040400000 // 3\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
