package main

import (
	"os/exec"
	"runtime"
)

// machinesPoint: the tiers of this CPU, and computers of other kinds.
var machinesPoint = point{
	name: "machines",
	what: "Every tier of this CPU passes the tests, and so do emulated machines: those that lack a feature of a " +
		"tier run the tier below and meet no illegal instruction, those with AVX2 compute the same bits, those " +
		"with 32 bits or big-endian bytes read and write the same files, and builds without assembly are " +
		"complete. A table of CPUs that are not here has the features of each, and the tiers and paths it gets.",
	steps: []step{
		{name: "the choice of tiers and paths for CPUs of a table", from: quick, lacks: lacksX86,
			args: []string{"go", "test", "-count=1", "-run", "^TestDetection", "./kernels"}},
		{name: "emulated machines in short", from: quick, only: true, lacks: lacksEmulators,
			args: []string{"go", "run", "./tools/machines", "-quick"}},
		{name: "emulated machines", from: normal, only: true, lacks: lacksEmulators,
			args: []string{"go", "run", "./tools/machines"}},
		{name: "emulated machines, all tests", from: full, lacks: lacksEmulators,
			args: []string{"go", "run", "./tools/machines", "-full"}},
	},
	figures: []figure{
		{"CPUs whose tiers and paths were chosen from their features", [3]float64{18, 18, 18}},
		{"machines", [3]float64{7, 27, 27}},
		{"test binaries run", [3]float64{21, 110, 250}},
		{"tests passed", [3]float64{240, 1000, 3000}},
	},
	defects: []defect{
		{from: quick, what: "detection does not ask for FMA", file: "kernels/tier_amd64.go",
			old: "cpuid.AVX2, cpuid.FMA3)", new: "cpuid.AVX2)",
			args: []string{"go", "run", "./tools/machines", "-quick", "-run", "^avx2-without-fma$"},
			want: "this CPU and build run [generic avx2]", lacks: lacksEmulators},
		{from: normal, what: "detection asks only whether the CPU has AVX2's forerunner SSE4.2",
			file: "kernels/tier_amd64.go", old: "cpuid.OSXSAVE, cpuid.AVX, cpuid.AVX2, cpuid.FMA3)",
			new:  "cpuid.SSE42)",
			args: []string{"go", "run", "./tools/machines", "-quick", "-run", "^nehalem$"},
			want: "this CPU and build run [generic avx2]", lacks: lacksEmulators},
		{from: normal, what: "dot products of AVX512_BF16 run where the CPU has only those of AVX512_VNNI",
			file: "kernels/bf16_path_amd64.go", old: "cpuid.AVX512BF16", new: "cpuid.AVX512VNNI",
			args: []string{"go", "test", "-count=1", "-run", "^TestDetection", "./kernels"},
			want: "Cascade Lake: AVX512_VNNI without AVX512_BF16 gets", lacks: lacksX86},
		{from: normal, what: "an assembly kernel runs on a CPU that lacks its instructions",
			file: "kernels/zdispatch_amd64.go",
			old:  "\t\t\tasm.TanhF32AVX2(as[float32](y), as[float32](x))\n\t\t\treturn\n\t\t}",
			new: "\t\t\tasm.TanhF32AVX2(as[float32](y), as[float32](x))\n\t\t\treturn\n\t\tcase Generic:\n" +
				"\t\t\tasm.TanhF32AVX2(as[float32](y), as[float32](x))\n\t\t\treturn\n\t\t}",
			args: []string{"go", "run", "./tools/machines", "-quick", "-run", "^nehalem$"},
			want: "1 of 1 machines failed: nehalem", lacks: lacksEmulators},
		{from: normal, what: "tensors are read in the byte order of the machine", file: "model/decode.go",
			old:  "dst[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))",
			new:  "dst[i] = T(math.Float32frombits(binary.NativeEndian.Uint32(b[4*i:])))",
			args: []string{"go", "run", "./tools/machines", "-quick", "-run", "^(386|s390x)$"},
			want: "s390x: exchange TestWrite", lacks: lacksEmulators},
	},
}

// lacksX86 says that the features of amd64 are not looked at on other machines.
func lacksX86() string {
	if runtime.GOARCH != "amd64" {
		return "the tiers of amd64 are not in a program for " + runtime.GOARCH
	}
	return ""
}

// lacksEmulators says which emulator is missing.
func lacksEmulators() string {
	for _, name := range []string{"qemu-x86_64-static", "qemu-aarch64-static", "qemu-s390x-static"} {
		if _, err := exec.LookPath(name); err != nil {
			return name + " is not installed (Debian: qemu-user-static)"
		}
	}
	return ""
}
