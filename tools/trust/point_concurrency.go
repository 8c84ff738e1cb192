package main

// concurrencyPoint: threads, goroutines and the race detector.
var concurrencyPoint = point{
	name:  "concurrency",
	alone: true,
	what: "Any number of goroutines may call anything, with any number of threads and processors, while others " +
		"change the settings: every result keeps its bits, no goroutine is left, no panic is lost, 99 of 100 stops " +
		"of the world take at most a millisecond, and the race detector sees what assembly reads and writes.",
	steps: []step{
		{name: "repeats in short", from: quick, only: true, env: []string{"ASHLAR_REPEATS=10"},
			args: []string{"go", "test", "-count=1", "-run", "^TestRepeats$|^TestSharedSizes$", "./fuzz"}},
		{name: "repeats", from: normal, env: []string{"ASHLAR_REPEATS=1000"},
			args: []string{"go", "test", "-count=1", "-timeout=30m", "-run", "^TestRepeats$|^TestSharedSizes$",
				"./fuzz"}},
		{name: "the pool", from: quick, args: []string{"go", "test", "-count=1", "-run", poolTests, "./kernels"}},
		{name: "above the kernels", from: quick, args: []string{"go", "test", "-count=1", "-run", stackTests,
			"./train", "./data", "./layer", "./model"}},
		{name: "the race detector", from: quick, args: []string{"go", "test", "-race", "-count=1", "-run", raceTests,
			"./fuzz", "./kernels/gonumblas"}},
		{name: "races in the stack", from: normal, args: []string{"go", "test", "-race", "-count=1", "-short", "-run",
			"Concurrent|^TestStream|^TestDealer|^TestCombiner|^TestFaultInTile$|^TestSettingsInUse$|^TestManyGoroutines$",
			"./kernels", "./kernels/gonumblas", "./layer", "./model", "./data", "./train"}},
		{name: "stops of the world", from: normal, env: []string{"ASHLAR_PAUSES=350"},
			args: []string{"go", "test", "-count=1", "-run", "^TestStopTheWorld$", "./kernels"}},
	},
	figures: []figure{
		{"calls repeated with 1 to 8 processors under load, same bits", [3]float64{7000, 700000, 700000}},
		{"kernels and dtypes among them", [3]float64{164, 164, 164}},
		{"calls for which the pool starts a goroutine", [3]float64{180, 180, 180}},
		{"changes of threads, tier and processors while calls run", [3]float64{50, 50, 50}},
		{"calls meanwhile, each with the bits of one tier", [3]float64{300, 300, 300}},
		{"goroutines that call at once", [3]float64{10000, 10000, 10000}},
		{"calls from inside a product", [3]float64{100, 100, 100}},
		{"operands whose accesses the race detector sees", [3]float64{1800, 1800, 1800}},
		{"pairs of calls at once that the race detector judges right", [3]float64{150, 150, 150}},
		{"stops of the world during long products", [3]float64{0, 1000, 1000}},
		{"microseconds to stop the world, 99th percentile, at most 1,000", [3]float64{0, 1, 1}},
	},
	defects: []defect{
		{from: quick, what: "a panic in a tile that a helper computes is lost", file: "kernels/parallel.go",
			old: "s.fault.Store(&fault{cause(recover())})", new: "recover()",
			args: []string{"go", "test", "-count=1", "-run", "^TestFaultInTile$", "./kernels"},
			want: "a_helper"},
		{from: normal, what: "the slot of a call that panics is not given back", file: "kernels/parallel.go",
			old: "	defer s.end()\n", new: "	defer func() {\n		if s.left(s.state.Load()) {\n			return\n		}\n		s.end()\n	}()\n",
			args: []string{"go", "test", "-count=1", "-run", "^TestFaultInTile$", "./kernels"},
			want: " in 30 s"}, // no helper takes part, or a worker does not end, whichever comes first
		{from: normal, what: "a worker ends although a job has come since it looked", file: "kernels/parallel.go",
			old: "		if !helpAny() {\n			return\n		}\n", new: "		return\n",
			args: []string{"go", "test", "-count=1", "-run", "^TestWorkerLooksAgain$", "./kernels"}, want: "ran 0 times"},
		{from: normal, what: "a tile runs twice", file: "kernels/parallel.go",
			old: "s.state.Load() >= slotInner; spins++", new: "spins < 3; spins++",
			args: []string{"go", "test", "-count=1", "-run", "^TestParallel|^TestRepeats$", "./kernels", "./fuzz"},
			want: "FAIL"},
		{from: normal, what: "the sums of columns depend on the number of threads", file: "kernels/columns.go",
			old: "	c.chunks = ceilDiv(rows, c.chunk)\n",
			new: "	c.chunk = max(4, c.chunk-4*(Threads()-1))\n	c.chunks = ceilDiv(rows, c.chunk)\n",
			env: []string{"ASHLAR_REPEATS=1"}, args: []string{"go", "test", "-count=1", "-run", "^TestRepeats$", "./fuzz"},
			want: "has other bits than the first time"},
		{from: normal, what: "the tier of a matrix times a vector depends on the number of threads",
			file: "kernels/gemv_shared.go", old: "	across := ceilDiv(2*threads, chunks)\n",
			new: "	if threads > 2 {\n		p.tier = Generic\n	}\n	across := ceilDiv(2*threads, chunks)\n",
			env: []string{"ASHLAR_REPEATS=1"}, args: []string{"go", "test", "-count=1", "-run", "^TestRepeats$", "./fuzz"},
			want: "Gemv/f32"},
		{from: normal, what: "a product asks for the tier again in the middle", file: "kernels/gemm_loops.go",
			old: "dispatchGemmStrip(t, s)", new: "dispatchGemmStrip(Active(), s)",
			args: []string{"go", "test", "-count=1", "-run", "^TestSettingsInUse$", "./kernels"}, want: "FAIL"},
		{from: normal, what: "the race detector is not told what kernels along rows write", file: "kernels/race.go",
			old:  "	raceReadMatrix(src, rows, cols, lds)\n	raceWriteMatrix(dst, rows, cols, ldd)\n",
			new:  "	raceReadMatrix(src, rows, cols, lds)\n",
			args: []string{"go", "test", "-race", "-count=1", "-run", "^TestTwoWriters$", "./fuzz"},
			want: "shared outputs: reported false"},
		{from: normal, what: "the race detector is told that a shared input is written", file: "kernels/race.go",
			old:  "	raceReadMatrix(src, rows, cols, lds)\n	raceWriteMatrix(dst, rows, cols, ldd)\n",
			new:  "	raceWriteMatrix(src, rows, cols, lds)\n	raceWriteMatrix(dst, rows, cols, ldd)\n",
			args: []string{"go", "test", "-race", "-count=1", "-run", "^TestTwoWriters$", "./fuzz"},
			want: "shared inputs: reported true"},
		{from: normal, what: "the race detector is told of the first row of an operand alone", file: "kernels/gemm.go",
			old: "raceReadMatrix(p.Deriv, p.m, p.n, p.LdDeriv)", new: "raceReadMatrix(p.Deriv, min(p.m, 1), p.n, p.LdDeriv)",
			args: []string{"go", "test", "-race", "-count=1", "-run", "^TestAnnotations$", "./fuzz"},
			want: "in its last row: reported false"},
		{from: normal, what: "one call of assembly takes a whole vector of any length", file: "kernels/work.go",
			old: "const maxCall = 1 << 15", new: "const maxCall = 1 << 27", env: []string{"ASHLAR_PAUSES=100"},
			args: []string{"go", "test", "-count=1", "-run", "^TestStopTheWorld$", "./kernels"},
			want: "waits for all goroutines to stop"},
	},
}

const (
	poolTests = "^(TestParallel.*|TestFault.*|TestPanicking.*|TestConcurrent.*|TestNoGoroutineLeft|TestHelper.*|" +
		"TestWorker.*|TestSlowHelper|TestHelpedCalls|TestSettingsInUse|TestManyGoroutines|TestNestedCalls)$"
	stackTests = "^(TestCancellation|TestDealerCancel|TestConcurrent.*|TestStreamSameWeights|TestPredictConcurrently|" +
		"TestResume)$"
	raceTests = "^(TestAnnotations|TestTwoWriters|TestRacesAreSeen)$"
)
