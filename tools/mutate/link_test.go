package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestLinked: a mutant of the assembly gets the same verdict, whether the go command builds it or the
// tool links it; and what the tool links without a change passes.
func TestLinked(t *testing.T) {
	if !slices.Contains(kernels.Tiers(), kernels.AVX2) || runtime.GOARCH != "amd64" {
		t.Skip("the mutants are of AVX2")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s, err := assembly(root, "amd64")
	if err != nil {
		t.Fatal(err)
	}
	var found *mutant
	for _, s := range s {
		for _, m := range s.mutants(x86{}) {
			if m.Function == "SqrtF32AVX2" && m.Kind == "vzeroupper" {
				found = m
			}
		}
	}
	if found == nil {
		t.Fatal("no VZEROUPPER to drop")
	}
	for _, overlay := range []bool{false, true} {
		if overlay && testing.Short() {
			continue // the go command compiles package kernels
		}
		lab := &laboratory{ctx: t.Context(), root: root, arch: "amd64", overlay: overlay,
			timeout: time.Minute, table: spec.Table(), baseline: map[string]*baseline{}}
		lab.base = lab.trial(t.TempDir(), nil)
		if lab.cache, err = cacheCommand(); err != nil {
			t.Fatal(err)
		}
		e, err := lab.judge(found)
		if err != nil || e.Verdict != killed || !strings.Contains(e.Why, "TestStubs") {
			t.Errorf("overlay %v: %+v, error %v", overlay, e, err)
		}
		if (lab.base.kits[clobber] == nil) != overlay {
			t.Errorf("overlay %v: the kit is %v", overlay, lab.base.kits[clobber])
		}
		same := *found
		same.text = found.original[found.start:found.end]
		trial := lab.trial(t.TempDir(), &same)
		if err := trial.write(&same); err != nil {
			t.Fatal(err)
		}
		why, _, err := trial.run(stage{pkg: clobber, args: nil}, lab.environment(&same), time.Minute)
		if err != nil {
			t.Errorf("overlay %v: the original fails: %s, %v", overlay, why, err)
		}
	}
}

func TestReadKit(t *testing.T) {
	dir := t.TempDir()
	config := "packagefile fmt=/cache/fmt.a\npackagefile " + asmPath + "=/cache/asm.a\n"
	if err := os.WriteFile(filepath.Join(dir, "importcfg.link"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	log := "WORK=" + dir + "\nmkdir -p $WORK/b001/\nGOROOT='/go' /go/pkg/tool/link -o $WORK/a.test " +
		"-importcfg $WORK/importcfg.link -buildmode=exe -buildid=a/b " +
		"-s -w -X testing.testBinary=1 $WORK/_pkg_.a\n"
	k, err := readKit(log)
	if err != nil {
		t.Fatal(err)
	}
	flags := strings.Join(k.flags, " ")
	if k.asm != "/cache/asm.a" || k.main != dir+"/_pkg_.a" || k.config != config ||
		flags != "-buildmode=exe -s -w -X testing.testBinary=1" {
		t.Errorf("the kit is %+v", k)
	}
	if _, err := readKit("WORK=/a\n"); err == nil {
		t.Error("a log without the linker has no error")
	}
	if _, err := readKit(strings.Replace(log, "importcfg.link", "none", 1)); err == nil {
		t.Error("a missing file of imports has no error")
	}
}
