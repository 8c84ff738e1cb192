package main

import (
	"fmt"

	"github.com/ashlar-go/ashlar/tools/internal/fuzzing"
)

// fuzzingPoint: inputs that nobody thought of.
var fuzzingPoint = point{
	name:  "fuzzing",
	alone: true,
	what: "A fuzz target for each family of kernels, BLAS, and each reader of bytes from outside has come " +
		"to ten million executions a family and a million a reader, on these sources: no wrong number, no " +
		"access outside the operands, no panic, no hang and no large allocation.",
	steps: []step{
		{name: "kept inputs and executions of kernels, in short", from: quick, only: true,
			env: []string{"ASHLAR_EXECUTIONS=4000"}, args: executions},
		{name: "kept inputs and executions of kernels", from: normal,
			env: []string{"ASHLAR_EXECUTIONS=100000"}, args: executions},
		{name: "kept inputs of readers and mutations of them, in short", from: quick, only: true,
			env: []string{"ASHLAR_FUZZ_MUTATIONS=40"}, args: mutations},
		{name: "kept inputs of readers and mutations of them", from: normal,
			env: []string{"ASHLAR_FUZZ_MUTATIONS=220"}, args: mutations},
		{name: "the list of targets", from: quick, args: []string{"go", "test", "-count=1",
			"./tools/internal/fuzzing", "./internal/fuzztest"}},
		{name: "the runner", from: normal, args: []string{"go", "test", "-count=1", "./tools/fuzzing"}},
		{name: "each target under the fuzzer", from: normal, args: []string{"go", "run", "./tools/fuzzing",
			"-each", "1s", "-ledger", "out/fuzzing.jsonl"}},
		{name: "the long run", from: full, args: []string{"go", "run", "./tools/fuzzing", "-long"}},
	},
	figures: []figure{
		{"fuzz targets", [3]float64{35, 35, 35}},
		{"executions of families in process", [3]float64{60_000, 1_600_000, 1_600_000}},
		{"mutations of seeds", [3]float64{10_000, 50_000, 50_000}},
		{"fuzz targets run", [3]float64{0, 35, 35}},
		{"executions of fuzz targets", [3]float64{0, 100_000, 100_000}},
		{familyFigure, [3]float64{0, fuzzing.FamilyLeast, fuzzing.FamilyLeast}},
		{parserFigure, [3]float64{0, fuzzing.ParserLeast, fuzzing.ParserLeast}},
		{"executions in the ledger", [3]float64{}},
	},
	defects: fuzzingDefects,
	ledger:  fuzzingLedger,
}

var (
	executions = []string{"go", "test", "-count=1", "-timeout=30m", "-run",
		"^Fuzz|^TestExecutions$|^TestTargetReportsDefects$|^TestEachFamilyIsFuzzed$",
		"./fuzz", "./kernels/gonumblas"}
	mutations = []string{"go", "test", "-count=1", "-timeout=30m", "-run", "^Fuzz",
		"./data", "./model", "./model/onnx", "./train", "./train/plot", "./cmd/ashlar/internal/command"}
)

// The figures of the ledger.
const (
	familyFigure = "executions of the family that is furthest behind"
	parserFigure = "executions of the parser that is furthest behind"
)

// fuzzingLedger adds up the long runs.
func fuzzingLedger(root string) (t tally, err error) {
	list, err := fuzzing.Read(root)
	if err != nil {
		return t, err
	}
	least := map[fuzzing.Kind]int{}
	total, behind := 0, 0
	for i := range list {
		p := &list[i]
		total += p.Executions
		if n, ok := least[p.Kind]; !ok || p.Executions < n {
			least[p.Kind] = p.Executions
		}
		if p.Share() < 1 {
			behind++
		}
	}
	if behind > 0 {
		t.short = append(t.short, fmt.Sprintf("%d of %d fuzz targets have not come to their executions on "+
			"these sources: go run ./tools/fuzzing -list names them, -long goes on", behind, len(list)))
	}
	t.figures = map[string]float64{"fuzz targets": float64(len(list)),
		"executions in the ledger": float64(total), familyFigure: float64(least[fuzzing.Family]),
		parserFigure: float64(least[fuzzing.Parser])}
	return t, nil
}

// fuzzingDefects are mistakes at places and sizes that no other test has.
var fuzzingDefects = []defect{
	{from: quick, what: "a triangle times a vector omits the rows below a square where there are 37 rows",
		file: "kernels/gemv_triangle.go",
		old:  "	if square < m { // an", new: "	if square < m && m != 37 { // an",
		env:  []string{"ASHLAR_EXECUTIONS=4000"},
		args: []string{"go", "test", "-count=1", "-run", "^TestExecutions$/^triangle$", "./fuzz"},
		want: "GemvTriangle"},
	{from: normal, what: "the same, for the fuzzer itself", file: "kernels/gemv_triangle.go",
		old: "	if square < m { // an", new: "	if square < m && m != 37 { // an",
		args: []string{"go", "run", "./tools/fuzzing", "-each", "10s", "-run", "FuzzTriangle", "-discard",
			"-ledger", "out/fuzzing.jsonl"},
		want: "Failing input written"},
	{from: normal, what: "BLAS takes a wrong element of a vector of 37 elements with the increment -3",
		file: "kernels/gonumblas/vector.go", old: "	for i := range dst {\n",
		new: "	for i := range dst {\n		if len(dst) == 37 && inc == -3 && i == 7 {\n			ix++\n" +
			"		}\n",
		env:  []string{"ASHLAR_EXECUTIONS=100000"},
		args: []string{"go", "test", "-count=1", "-run", "^TestExecutions$", "./kernels/gonumblas"},
		want: "n = 37"},
	{from: normal, what: "the length of a header is not held to the size of the file",
		file: "model/header.go",
		old:  "n > maxHeader || int64(n) > size-8", new: "int64(n) < 0",
		env:  []string{"ASHLAR_FUZZ_MUTATIONS=50"},
		args: []string{"go", "test", "-count=1", "-run", "^FuzzOpen$", "./model"}, want: "FAIL: FuzzOpen"},
	{from: normal, what: "a checkpoint may stand in another epoch than its history ends with",
		file: "train/checkpoint.go",
		old:  "at.Epoch < 1 || at.Epoch-1 != len(at.History)", new: "at.Epoch < 1",
		env:  []string{"ASHLAR_FUZZ_MUTATIONS=50"},
		args: []string{"go", "test", "-count=1", "-run", "^FuzzPosition$", "./train"}, want: "and no error"},
}
