module github.com/ashlar-go/ashlar/tools/hostile

go 1.26.0

require (
	github.com/ashlar-go/ashlar v0.1.0
	github.com/ashlar-go/ashlar/model/onnx v0.1.0
	github.com/ashlar-go/ashlar/train/plot v0.1.0
	golang.org/x/tools v0.36.0
	gonum.org/v1/gonum v0.17.0
)
