package main

// filesPoint is about what is read from files and written to them.
var filesPoint = point{
	name: "files",
	what: "Damaged files are refused with an error that names them. They take no more memory than their " +
		"size and 1 MiB if they are small; those made large, of what takes more in memory than in a file, " +
		"take no more than the documentation of their reader states. A write that is killed or finds no " +
		"room leaves the old file or the new one, and its error names the path that was asked for",
	steps: []step{
		{name: "damaged files of all formats", args: []string{"go", "test", "-count=1",
			"./internal/malform/...",
			"./internal/strictjson", "./internal/atomicfile"}},
		{name: "damaged ONNX files", args: []string{"go", "test", "-count=1", "-run", "TestMalformed",
			"./model/onnx"}},
		{from: quick, only: true, name: "some kills, no room, closed folders", env: []string{"ASHLAR_KILLS=20"},
			args: []string{"go", "test", "-count=1", "./internal/killtest"}},
		{from: normal, name: "hundreds of kills, no room, closed folders", env: []string{"ASHLAR_KILLS=200"},
			args: []string{"go", "test", "-count=1", "./internal/killtest"}},
		{from: normal, name: "checkpoints of other runs", args: []string{"go", "test", "-count=1", "-run",
			"TestResume|TestCountsOfACheckpoint|TestDropLast", "./train"}},
	},
	figures: []figure{
		{"malformed files", [3]float64{8000, 8000, 8000}},
		{"malformed files refused", [3]float64{7000, 7000, 7000}},
		{"large malformed files", [3]float64{95, 95, 95}},
		{"kills", [3]float64{25, 250, 250}},
		{"resumptions bit-equal", [3]float64{5, 50, 50}},
		{"writes to a full disk", [3]float64{15, 15, 15}},
		{"writes to a folder that is closed", [3]float64{3, 3, 3}},
	},
	defects: []defect{
		{from: quick, what: "a size of an array is not compared with the file before memory is taken for it",
			file: "data/file.go",
			old:  "int64(total) > s.length-int64(start) {",
			new:  "int64(total) > s.length-int64(start)+64<<20 {",
			args: malformTest, want: "allocated"},
		{from: normal, what: "a key that stands twice is taken", file: "internal/strictjson/walk.go",
			old: "return w.again(a)", new: "return nil", args: malformTest,
			want: "twice: read without an error"},
		{from: normal, what: "a key in another case is taken", file: "internal/strictjson/walk.go",
			old: "if string(text) == name {", new: "if bytes.EqualFold(text, []byte(name)) {",
			args: malformTest, want: "in another case: read without an error"},
		{from: normal, what: "the limit of a compressed table is not passed on", file: "data/table_csv.go",
			old: "[]Limit{o.Limit}", new: "[]Limit{0}", args: malformTest, want: "table gz: 16 MiB"},
		{from: normal, what: "the limit of a compressed archive is not passed on", file: "model/sklearn.go",
			old: "(path, name, limit)", new: "(path, name)", args: malformTest,
			want: "sklearn: an array that inflates"},
		{from: normal, what: "the settings of the optimizer are not compared", file: "train/settings.go",
			old:  "valueOf(here, name); was != is {",
			new:  "valueOf(here, name); was != is && !strings.HasPrefix(name, \"Optimizer.\") {",
			args: malformTest, want: "another Optimizer.Beta1: read without an error"},
		{from: normal, what: "a count of steps has no bound", file: "train/checkpoint.go",
			old: "{\"Optimizer\", s.Optimizer, 0, min(most, s.Before+at.Updates)}",
			new: "{\"Optimizer\", s.Optimizer, " +
				"math.MinInt, math.MaxInt}", args: malformTest, want: "Optimizer -1: read without an error"},
		{from: normal, what: "many messages in few bytes are taken", file: "model/onnx/scan.go",
			old: "32*int64(size) }", new: "3200*int64(size) }",
			args: []string{"go", "test", "-count=1", "-run", "TestMalformed", "./model/onnx"},
			want: "allocated"},
		{from: normal, what: "long lists of small elements are decoded", file: "internal/strictjson/walk.go",
			old: "32*int64(size) }", new: "3200*int64(size) }",
			args: largeTest, want: "a long prepare.inputs: allocated"},
		{from: normal, what: "the cells of a line are not counted", file: "data/csv.go",
			old: "if l.line > l.cells+few {", new: "if l.line > l.cells+few<<20 {",
			args: largeTest, want: "a line of a million cells: allocated"},
		{from: normal, what: "a file is renamed before it is on the disk",
			file: "internal/atomicfile/atomicfile.go",
			old:  "if err := flush(f); err != nil {", new: "if err := error(nil); err != nil {",
			args: []string{"go", "test", "-count=1", "./internal/atomicfile"}, want: "flushed:"},
		{from: normal, what: "a file is written in its place", file: "internal/atomicfile/atomicfile.go",
			old: "case t.stream:", new: "case t.stream || t.exists:", env: []string{"ASHLAR_KILLS=40"},
			args: []string{"go", "test", "-count=1", "-run", "TestKill", "./internal/killtest"},
			want: "after kill"},
		{from: normal, what: "a file is renamed before it is complete",
			file: "internal/atomicfile/atomicfile.go",
			old:  "\tif err := write(temporary{f, t}); err != nil {\n\t\treturn err\n",
			new: "\tif err := write(temporary{f, t}); err != nil {\n" +
				"\t\t_ = moveTo(f, t.dir+t.base)\n\t\treturn err\n",
			args: []string{"go", "test", "-count=1", "-run", "TestFull", "./internal/killtest"},
			want: "the old file has changed"},
		{from: normal, what: "what a kill left is not cleared", file: "internal/atomicfile/atomicfile.go",
			old:  "\tremoveAbandoned(t.dir, t.base)\n",
			new:  "\tif t.base == \"\" {\n\t\tremoveAbandoned(t.dir, t.base)\n\t}\n",
			env:  []string{"ASHLAR_KILLS=20"},
			args: []string{"go", "test", "-count=1", "-run", "TestKill", "./internal/killtest"},
			want: "after another write of each file the folder still has"},
	},
}

var (
	malformTest = []string{"go", "test", "-count=1", "./internal/malform"}
	largeTest   = []string{"go", "test", "-count=1", "-run", "TestLarge", "./internal/malform"}
)
