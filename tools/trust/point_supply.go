package main

import "os/exec"

// supplyPoint: what users get beside our code.
var supplyPoint = point{
	name: "supply",
	what: "The main module requires three modules and no more, without cgo and experiments; each module that a " +
		"program may contain is listed with its licence; an import opens no connection, and no file but, for " +
		"model/onnx, the program's own; generated files are what the generators write; govulncheck knows of no " +
		"vulnerability, where its database can be reached.",
	steps: []step{
		{name: "modules and licences", from: quick, dir: "tools/supply",
			args: []string{"go", "test", "-count=1", "-run",
				"^(TestMainModuleRequires|TestNoCgo|TestLicences|TestClassify)$", "."}},
		{name: "imports", from: normal, dir: "tools/supply", env: []string{"ASHLAR_REQUIRE_STRACE=1"},
			args:  []string{"go", "test", "-count=1", "-run", "^TestImportTouchesNothing$", "."},
			lacks: lacksProgram("strace", "strace")},
		{name: "vulnerabilities", from: normal, dir: "tools/supply",
			args: []string{"go", "test", "-count=1", "-v", "-run", "^TestVulnerab", "."}},
		{name: "the generated table of tolerances", from: quick,
			args: []string{"go", "test", "-count=1", "-run", "^TestAccuracyTable$", "./fuzz/spec"}},
		{name: "no generated assembly that its generator does not write", from: quick, dir: "tools/avo",
			args: []string{"go", "test", "-count=1", "-run", "^TestNoOrphans$", "."}},
		{name: "all generated files", from: normal, args: []string{"make", "check-generate"},
			lacks: lacksProgram("make", "make")},
	},
	figures: []figure{
		{"packages whose modules were compared with go.mod", [3]float64{500, 500, 500}},
		{"packages without cgo and experiments", [3]float64{100, 100, 100}},
		{"modules whose licences were read and compared with the list", [3]float64{20, 20, 20}},
		{"packages whose import opens no file and no connection", [3]float64{0, 12, 12}},
		{"modules without known vulnerabilities (0: not run, the database of govulncheck is not reachable)",
			[3]float64{}},
	},
	defects: []defect{
		{from: quick, what: "the list of licences lacks a module", file: "THIRD_PARTY.md",
			old:  "| `golang.org/x/sys` | BSD-3-Clause | `main`, `train/plot`, `model/onnx`, `cmd/ashlar` |\n",
			dir:  "tools/supply",
			args: []string{"go", "test", "-count=1", "-run", "^TestLicences$", "."},
			want: "THIRD_PARTY.md lacks the line"},
		{from: normal, what: "the list names another licence than the module's text", file: "THIRD_PARTY.md",
			old: "| `github.com/spf13/cobra` | Apache-2.0 |", new: "| `github.com/spf13/cobra` | MIT |",
			dir:  "tools/supply",
			args: []string{"go", "test", "-count=1", "-run", "^TestLicences$", "."},
			want: "has the licence MIT"},
		{from: normal, what: "go.mod requires a module that nothing imports", file: "go.mod",
			old:  "require gonum.org/v1/gonum v0.17.0",
			new:  "require gonum.org/v1/gonum v0.17.0\n\nrequire golang.org/x/term v0.47.0",
			dir:  "tools/supply",
			args: []string{"go", "test", "-count=1", "-run", "^TestMainModuleRequires$", "."},
			want: "golang.org/x/term, which no package of the module and no test imports"},
		{from: normal, what: "a package of the main module imports a heavy module", file: "mat/doc.go",
			old: "\npackage mat\n", new: "\npackage mat\n\nimport _ \"gonum.org/v1/plot/plotter\"\n",
			dir:  "tools/supply",
			args: []string{"go", "test", "-count=1", "-run", "^TestMainModuleRequires$", "."},
			want: "packages of the main module import gonum.org/v1/plot"},
		{from: normal, what: "an import reads a file", file: "kernels/tier.go",
			old:  "func init() { active.Store(uint32(ceiling)) }",
			new:  "func init() { os.Stat(\"/etc/ashlar.conf\"); active.Store(uint32(ceiling)) }",
			dir:  "tools/supply",
			args: []string{"go", "test", "-count=1", "-run", "^TestImportTouchesNothing$", "."},
			want: "an import of Ashlar makes the system call newfstatat(AT_FDCWD, \"/etc/ashlar.conf\""},
		{from: normal, what: "a file for cgo, for one system that is not this one",
			file: "kernels/cache_darwin.go",
			old:  "package kernels\n", new: "package kernels\n\nimport \"C\"\n", dir: "tools/supply",
			args: []string{"go", "test", "-count=1", "-run", "^TestNoCgo$", "."},
			want: "kernels has files for cgo: cache_darwin.go"},
		{from: normal, what: "a file for a build that has an experiment", file: "kernels/cache_darwin.go",
			old: "//go:build !amd64\n", new: "//go:build !amd64 && goexperiment.simd\n", dir: "tools/supply",
			args: []string{"go", "test", "-count=1", "-run", "^TestNoCgo$", "."},
			want: "kernels/cache_darwin.go has a constraint on goexperiment.simd"},
		{from: normal, what: "a generated table is not that of the tolerances", file: "fuzz/spec/blas1.go",
			old: "once := Tol{Kind: Scaled, Max: 1}", new: "once := Tol{Kind: Scaled, Max: 2}",
			args: []string{"go", "test", "-count=1", "-run", "^TestAccuracyTable$", "./fuzz/spec"},
			want: "--- FAIL: TestAccuracyTable"},
	},
}

// lacksProgram returns a function that says whether a program is missing.
func lacksProgram(name, debian string) func() string {
	return func() string {
		if _, err := exec.LookPath(name); err != nil {
			return name + " is not installed (Debian: " + debian + ")"
		}
		return ""
	}
}
