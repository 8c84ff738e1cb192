package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// edit puts text in front of a place in the emulator's source, or instead of it.
type edit struct {
	file    string
	place   string
	nth     int // which occurrence of the place, from 0
	text    string
	instead bool
}

// edits are what Bochs 3.0 lacks for AMX under Linux, each with the chapter of Intel 64 and IA-32
// Architectures Software Developer's Manual, volume 1, that says how it is.
//
// Linux hands out tiles by the extended feature disable (XFD, chapter 13.14): it forbids them to a
// thread until the first use, which traps. Bochs 3.0 has no XFD, and Linux enables no tiles without.
var edits = []edit{
	// CPUID says that there is XFD, and that it covers the data of tiles.
	{file: "cpu/cpuid.cc", place: "if (is_cpu_extension_supported(BX_ISA_XSAVEOPT))",
		text: "if (is_cpu_extension_supported(BX_ISA_AMX)) leaf->eax |= 1 << 4;\n    "},
	{file: "cpu/cpuid.cc", place: "leaf->ecx = (cpu->ia32_xss_suppmask",
		text: "leaf->ecx = subfunction == 18 ? 1 << 2 : 0;\n" +
			"      leaf->ecx |= (cpu->ia32_xss_suppmask", instead: true},

	// IA32_XFD is register 0x1c4, IA32_XFD_ERR register 0x1c5.
	{file: "cpu/msr.cc", place: "msr_desc[BX_MSR_XSS] = ",
		text: "msr_desc[0x1c4] = new MSR_Descriptor(\"MSR_IA32_XFD\", BX_ISA_AMX);\n" +
			"  msr_desc[0x1c5] = new MSR_Descriptor(\"MSR_IA32_XFD_ERR\", BX_ISA_AMX);\n  "},
	{file: "cpu/cpu.h", place: "Bit64u ia32_xss;", text: "Bit64u ia32_xfd, ia32_xfd_err;\n  "},
	{file: "cpu/init.cc", place: "BX_CPU_THIS_PTR msr.ia32_xss = 0;",
		text: "BX_CPU_THIS_PTR msr.ia32_xfd = BX_CPU_THIS_PTR msr.ia32_xfd_err = 0;\n  "},
	{file: "cpu/msr.cc", place: "case BX_MSR_XSS:", nth: 1,
		text: "case 0x1c4: BX_CPU_THIS_PTR msr.ia32_xfd = val_64; handleAvxModeChange(); break;\n" +
			"    case 0x1c5: BX_CPU_THIS_PTR msr.ia32_xfd_err = val_64; break;\n    "},
	{file: "cpu/msr.cc", place: "case BX_MSR_XSS:",
		text: "case 0x1c4: val64 = BX_CPU_THIS_PTR msr.ia32_xfd; break;\n" +
			"    case 0x1c5: val64 = BX_CPU_THIS_PTR msr.ia32_xfd_err; break;\n    "},

	// A forbidden instruction traps (#NM) and says so in IA32_XFD_ERR.
	{file: "cpu/proc_ctrl.cc", place: "updateFetchModeMask(); /* AVX_OK changed */",
		text: "if (BX_CPU_THIS_PTR msr.ia32_xfd >> 18 & 1) clear_amx_ok();\n  "},
	{file: "cpu/proc_ctrl.cc", place: "if (~BX_CPU_THIS_PTR xcr0.val32 & (BX_XCR0_XTILECFG_MASK",
		text: "if (BX_CPU_THIS_PTR msr.ia32_xfd >> 18 & 1) {\n" +
			"    BX_CPU_THIS_PTR msr.ia32_xfd_err = 1 << 18;\n" +
			"    exception(BX_NM_EXCEPTION, 0);\n  }\n  "},

	// What is forbidden is not saved.
	{file: "cpu/xsave.cc", place: "return xinuse;",
		text: "xinuse &= ~(Bit32u) BX_CPU_THIS_PTR msr.ia32_xfd;\n  "},

	// The saved state (chapter 13.5.8): a tile's bytes a row stand at 16 + 2n, its rows at 48 + n, and
	// all 16 rows of its data are saved. Data are in use where a tile is.
	{file: "cpu/xsave.cc", place: "vmm16u(8+n)    = BX_CPU_THIS_PTR amx->tilecfg[n].rows",
		text: "vmm16u(8+n) = BX_CPU_THIS_PTR amx->tilecfg[n].bytes_per_row", instead: true},
	{file: "cpu/xsave.cc", place: "vmmubyte(48+n) = BX_CPU_THIS_PTR amx->tilecfg[n].bytes_per_row",
		text: "vmmubyte(48+n) = BX_CPU_THIS_PTR amx->tilecfg[n].rows", instead: true},
	{file: "cpu/xsave.cc", place: "row < BX_TILE_REGISTERS", nth: 1,
		text: "row < BX_TILE_MAX_ROWS", instead: true},
	{file: "cpu/xsave.cc", place: "row < BX_TILE_REGISTERS", text: "row < BX_TILE_MAX_ROWS", instead: true},
	{file: "cpu/xsave.cc", place: "amx->tile_use_tracker == 0)",
		text: "amx->tile_use_tracker != 0)", instead: true},

	// TDPBUSD has signed bytes in its second operand (volume 2, TDPBUSD).
	{file: "cpu/avx/amx.cc", place: "Bit32u(xbyte[0]) * Bit32s(ybyte[0])", text: signed(0), instead: true},
	{file: "cpu/avx/amx.cc", place: "Bit32u(xbyte[1]) * Bit32s(ybyte[1])", text: signed(1), instead: true},
	{file: "cpu/avx/amx.cc", place: "Bit32u(xbyte[2]) * Bit32s(ybyte[2])", text: signed(2), instead: true},
	{file: "cpu/avx/amx.cc", place: "Bit32u(xbyte[3]) * Bit32s(ybyte[3])", text: signed(3), instead: true},
}

func signed(i int) string { return fmt.Sprintf("Bit32s(xbyte[%d]) * Bit32s((Bit8s) ybyte[%d])", i, i) }

// apply makes the edits in the source below dir. A place that is not there is an error: the source
// is another one.
func apply(dir string) error {
	for _, e := range edits {
		name := filepath.Join(dir, e.file)
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		at, from := -1, 0
		for range e.nth + 1 {
			next := strings.Index(string(text[from:]), e.place)
			if next < 0 {
				return fmt.Errorf("%s does not have %q", name, e.place)
			}
			at, from = from+next, from+next+len(e.place)
		}
		end := at
		if e.instead {
			end += len(e.place)
		}
		changed := string(text[:at]) + e.text + string(text[end:])
		if err := os.WriteFile(name, []byte(changed), 0o644); err != nil {
			return err
		}
	}
	return nil
}
