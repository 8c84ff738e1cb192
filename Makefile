# Every go.mod of the repository; the first is the package itself.
MODULES  := $(patsubst %/go.mod,%,$(sort $(shell find . -name go.mod)))
TIERS    ?= $(shell ./tools/cputiers)
PATHS    ?= $(shell ./tools/cputiers bf16)
INT8     ?= $(shell ./tools/cputiers int8)
MODELS   ?= max
TIERED   ?= . examples
COUNT    ?= -cover
FUZZTIME ?= 20s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# The packages whose tests run kernels.
computing = grep -Ev 'ashlar/(tools|internal|data)(/|$$)'
# Tests of numbers that the race detector slows most; what runs on several threads there, TestRepeats and
# TestGemmThreads run too.
numbers = ^(Test(Accuracy|AdaptiveClipRange|BF16Shapes|Climb|Conformance|CrowdedRows|GemmError|GemmSmallIntegers|GemmTriangle|GemmZeros|HalfVectors|LeakyEpilogueKeepsZeros|MatricesFromMemory|MemoryAgrees|NormFarMean|NormRange|NormRangeThreads|OperandsAreCollected|Overlap|Pieces|Poison|RangeOfManyChunks|Screen|SpecialAlone|SweepNoticesOneResult|TargetReportsDefects|ThreadsAgree|Tiers))$$
PACKAGES := $(addsuffix /...,$(MODULES))
each = @set -e; for m in $(1); do echo "== $$m: $(2)"; (cd $$m && $(2)); done

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z0-9-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

demo: ## train an MLP on MNIST; ARGS='-data digits' needs no download; ARGS=-h lists the flags
	@cd examples && go build -o ../out/bin/ ./mnist && cd .. && exec ./out/bin/mnist $(ARGS)
compare: ## train two epochs under each tier of this CPU and print a table
	@cd examples && go build -o ../out/bin/ ./compare && cd .. && exec ./out/bin/compare $(ARGS)

test: ## all tests of every module
	$(call each,$(filter-out ./tools/docs,$(MODULES)),go test -timeout 30m ./...)
	go test -tags tune ./tools/tune
	go -C tools/docs test -count=1 ./... # the cache of the go command does not see the pages
test-tiers: ## the tests once for each tier of this CPU, failing if a tier does not run; ARGS=-short
	@set -e; test -n "$(TIERS)" || { echo "no tiers to test" >&2; exit 1; }; for t in $(TIERS); do for m in $(TIERED); do echo "== tier $$t: $$m"; \
	  (cd $$m && ASHLAR_TIER=$$t ASHLAR_REQUIRE_TIER=$$t go test -count=1 $(ARGS) $$(go list ./... | $(computing))); done; done
test-bf16: ## the products of bfloat16 numbers once for each path of this CPU, failing if a path does not run; ARGS=-short
	@set -e; test -n "$(PATHS)" || { echo "no paths to test" >&2; exit 1; }; for p in $(PATHS); do echo "== path $$p"; \
	  ASHLAR_BF16=$$p ASHLAR_REQUIRE_BF16=$$p go test -count=1 $(ARGS) -run 'BF16|BFloat16|Precision|Conformance/.*BFloat16|Conformance/GemmPrecision' ./kernels ./fuzz; done
test-int8: ## the products of integers of 8 bits once for each path of this CPU, failing if a path does not run; ARGS=-short
	@set -e; test -n "$(INT8)" || { echo "no paths to test" >&2; exit 1; }; for p in $(INT8); do echo "== path $$p"; \
	  ASHLAR_INT8=$$p ASHLAR_REQUIRE_INT8=$$p go test -count=1 $(ARGS) -run 'Int8|Quantize|Conformance/.*Int8' ./kernels ./fuzz ./layer ./model; done
test-purego: ## the tests of the packages that have assembly, without it; they are the same with both build tags that exclude it
	@files='{{.Dir}} {{.GoFiles}} {{.SFiles}} {{.TestGoFiles}} {{.XTestGoFiles}}'; \
	  test "$$(go list -tags purego -f "$$files" ./...)" = "$$(go list -tags noasm -f "$$files" ./...)" || \
	  { echo "the tags purego and noasm choose different files" >&2; exit 1; }
	go build -tags purego ./... && go test -short -tags purego ./kernels/... ./fuzz/... ./internal/spoil/...
test-arm64: ## the proof of the NEON kernels under qemu; MODELS="max neoverse-n1 cortex-a53", ARGS=-full (hours)
	go run ./tools/qemutest -models "$(MODELS)" $(ARGS)
	@set -e; mkdir -p out; log=out/qemucurve.log; for m in $(MODELS); do \
	  go run ./tools/qemucurve -cpu $$m >$$log 2>&1 & curve=$$!; go run ./tools/qemucount -cpu $$m $(COUNT); \
	  wait $$curve || { cat $$log; exit 1; }; cat $$log; done # either takes one core
test-machines: ## the tests on emulated machines: x86 without AVX and others, arm64, 32 bits, big-endian; ARGS=-quick
	go run ./tools/machines $(ARGS)
test-encodings: ## the encodings of NEON, the whole of its text, and the encodings of AMX (half a minute), with Debian's binutils-aarch64-linux-gnu
	ASHLAR_REQUIRE_TIER=neon go -C tools/avo test ./arm64 ./amd64
test-amx-emulated: ## the tests of AMX, or with ARGS='-cpu avx_vnni' of AVX-VNNI, on an emulated CPU (minutes), with Debian's genisoimage, isolinux and g++; ARGS=-h lists the flags
	@go run ./tools/bochs $(ARGS)
test-all-float32: ## ToBFloat16 of all 2^32 float32, on every tier of this CPU
	ASHLAR_ALL_FLOAT32=1 go test -count=1 -v -run 'TestToBFloat16$$' ./kernels
test-race: ## the packages with goroutines under the race detector
	go test -race -short -timeout 30m -skip '$(numbers)' ./kernels ./fuzz ./layer ./train
	go test -race -run 'TestConcurrent|TestRacesAreSeen' ./kernels/gonumblas
	go test -race -run 'Concurrent|^TestStream|^TestDealer' ./data ./model

test-gonum: ## gonum's own tests of mat, lapack and stat on our BLAS; ARGS=-short
	go run ./tools/gonumsuite $(ARGS)

test-lapack: ## gonum's public tests of LAPACK on our BLAS, with the slow ones that make test skips
	go test -count=1 -timeout 60m -run TestLapack ./kernels/gonumblas -long

test-netlib: ## netlib's test programs (Debian's libblas-test) on our BLAS
	./bench/peers/netlib/run

test-install: ## go install of the command from the modules of this checkout, with a clean module cache
	go -C tools/installtest test -count=1 ./...

interop: ## models to and from PyTorch and the other programs, checked by them; ARGS="torch sklearn" names parts
	./bench/peers/interop/run $(ARGS)

generate: ## write all generated code
	$(call each,$(MODULES),go generate ./...)
COMMITTED = . ':!TRUST.md' ':!tools/trust/ledger' # what make trust writes itself is no generated code
check-generate: ## fail if generated code differs from what is committed, or if no generator writes it
	@set -e; start=$$(mktemp); trap 'rm -f "$$start"' EXIT; $(MAKE) --no-print-directory generate; \
	  orphans=$$(find $$(git grep -lE '^// Code generated .*DO NOT EDIT\.$$') ! -newer "$$start"); \
	  test -z "$$orphans" || { printf 'no generator writes:\n%s\n' "$$orphans"; exit 1; }
	@test -z "$$(git status --porcelain -- $(COMMITTED))" || \
	  { echo "not as it is committed; if it is an edit of yours, commit it first:"; git status --short -- $(COMMITTED); exit 1; }
lint: ## gofmt, vet for amd64, arm64 and pure Go, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	go vet $(PACKAGES) && go run $(STATICCHECK) $(PACKAGES)
	GOARCH=arm64 go vet ./... && go vet -tags purego ./kernels/... ./fuzz/... ./internal/spoil/...
	go vet -tags tune ./kernels ./tools/tune && go run $(STATICCHECK) -tags tune ./kernels ./tools/tune
fuzz: ## each fuzz target for FUZZTIME, counted in the ledger of make trust; ARGS='-run data.FuzzRead' names some
	@go run ./tools/fuzzing -each $(FUZZTIME) $(ARGS)
fuzz-long: ## the targets in turn until each has come to its executions: hours; ARGS='-for 2h' ends it before
	@go run ./tools/fuzzing -long $(ARGS)
accuracy: ## the largest errors of the functions of one number, over all float32: hours, goes on where it stopped; ARGS=-h lists the flags
	@go run ./tools/accuracy $(ARGS)
accuracy-coremath: ## hold the float32 oracle of these errors to CORE-MATH, by Rust's cargo: goes on where it stopped
	@command -v cargo >/dev/null || { echo "accuracy-coremath needs cargo, of Rust (Debian: cargo)" >&2; exit 1; }
	cargo build --release --locked --manifest-path bench/peers/coremath/Cargo.toml
	@go run ./tools/accuracy -coremath $(ARGS)
count-arm64: ## executed instructions of the NEON kernels and of pure Go, under qemu: a minute
	@go run ./tools/qemucount
mca-arm64: ## the speed of the arm64 kernels by llvm-mca-19 (Debian: llvm-19); ARGS=-h lists the flags
	@go run ./tools/mca $(ARGS)
mutate: ## 60 mutants of the assembly, which the tests must notice, noted in the ledger of make trust: minutes; ARGS='-of arm64', ARGS=-h lists the flags
	@go run ./tools/mutate $(ARGS)
trust: ## the proofs of TRUST.md, point by point; ARGS=-quick: a part of each in minutes; ARGS=-h lists the flags
	@go run ./tools/trust $(ARGS)
trust-full: ## make trust after hours of fuzzing, mutants and all 2^32 float32; an interrupted run goes on where it was
	@go run ./tools/trust -full $(ARGS)
bench: ## the benchmarks, and the comparison with gonum
	go test -run '^$$' -bench . ./bench && cd bench/peers && go test -run '^$$' -bench .
tune: ## search for better rules of the products, for this machine or all: minutes; ARGS=-quick: half a minute; ARGS=-h lists the flags
	@go run -tags tune ./tools/tune $(ARGS)
bench-bf16: ## products of bfloat16 numbers beside our float32: minutes; ARGS='-each 50ms -threads 1', ARGS=-h lists the flags
	@go run ./bench/lowptable $(ARGS)
bench-quick: ## the kernels at a glance, tiers side by side: under three minutes
	@./bench/quick
report: ## measure this machine and draw out/report/index.html; ARGS=-h lists the flags
	@cd bench/peers && go build -o ../../out/bin/ ./report && exec ../../out/bin/report $(ARGS)
peers: ## fetch the C libraries to compare with, from Debian and PyPI
	./bench/peers/install
bench-gemm: ## Gemm beside the C libraries that are installed, shape by shape; ARGS=-h lists the flags
	@cd bench/peers && go build -o ../../out/bin/ ./gemmtable && exec ../../out/bin/gemmtable $(ARGS)
bench-vector: ## the vector kernels beside the streaming rate, SLEEF, libmvec and PyTorch; ARGS=-h lists the flags
	@cd bench/peers && go build -o ../../out/bin/ ./vectortable && exec ../../out/bin/vectortable $(ARGS)
bench-columns: ## the kernels over rows and columns of matrices beyond L2 on one thread and two, beside streams and PyTorch; ARGS=-h
	@cd bench/peers && go build -o ../../out/bin/ ./vectortable && exec ../../out/bin/vectortable \
		-shapes 1024x1024,4096x4096,1000x1027,3000x130 -dtype f32,f64 \
		-run '^(Column|AddBias|ArgMax|BatchNorm|LayerNorm|RMSNorm|PReLU|Softmax|Log)' $(ARGS)
bench-train: ## training steps beside a trainer in C and PyTorch; ARGS=-h lists the flags
	@cd bench/peers && go build -o ../../out/bin/ ./traintable && exec ../../out/bin/traintable $(ARGS)
bench-lowp: ## products, training and inference with bfloat16 and int8 beside MKL, oneDNN, PyTorch and onnxruntime; ARGS=-h lists the flags
	@cd bench/peers && go build -o ../../out/bin/ ./lowptable ./traintable && exec ../../out/bin/lowptable $(ARGS)
bench-serve: ## the server of examples/serve beside onnxruntime and PyTorch behind FastAPI; ARGS=-h lists the flags
	@cd examples && go build -o ../out/bin/ ./serve
	@cd bench/peers && go build -o ../../out/bin/ ./servetable && exec ../../out/bin/servetable $(ARGS)
bench-demo: ## the demo beside the same training in PyTorch, wall time
	@./bench/peers/mnist/run
bench-gonum: ## our BLAS beside gonum's own, and LAPACK on each; ARGS=-h lists the flags
	@cd bench/peers && go build -o ../../out/bin/ ./gonumtable && exec ../../out/bin/gonumtable $(ARGS)
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' Makefile
