package model_test

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

func ExampleSaveWeights() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.safetensors")

	trained := layer.NewLinear[float32](2, 1, kernels.ActSigmoid)
	layer.Initialize(trained, 1)
	if err := model.SaveWeights(path, trained); err != nil {
		log.Fatal(err)
	}

	loaded := layer.NewLinear[float32](2, 1, kernels.ActSigmoid)
	if err := model.LoadWeights(path, loaded); err != nil {
		log.Fatal(err)
	}
	fmt.Println(loaded.W, loaded.W.Value[0] == trained.W.Value[0])
	// Output: weight [2 1] true
}

func ExampleReadWeights() {
	var file bytes.Buffer
	if err := model.WriteWeights(&file, layer.NewLinear[float32](3, 1, kernels.ActIdentity)); err != nil {
		log.Fatal(err)
	}
	other := layer.NewLinear[float32](2, 1, kernels.ActIdentity)
	fmt.Println(model.ReadWeights(bytes.NewReader(file.Bytes()), int64(file.Len()), other))
	// Output: tensor "weight" has shape [3 1], want [2 1]
}

// Load fills a model of the same shape, and converts float64 files for a float32 model.
func ExampleLoadWeights() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.safetensors")
	trained := layer.NewLinear[float64](2, 1, kernels.ActSigmoid)
	copy(trained.W.Value, []float64{0.5, -2})
	if err := model.SaveWeights(path, trained); err != nil {
		log.Fatal(err)
	}

	loaded := layer.NewLinear[float32](2, 1, kernels.ActSigmoid)
	fmt.Println(model.LoadWeights(path, loaded), loaded.W.Value)
	fmt.Println(model.LoadWeights(path, layer.NewLinear[float32](2, 1, kernels.ActSigmoid).NoBias()) != nil)
	// Output:
	// <nil> [0.5 -2]
	// true
}

// Any tensors can go into a file, with text beside them.
func ExampleSaveTensors() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "scaling.safetensors")
	scaling := []model.Tensor[float64]{
		{Name: "mean", Shape: []int{2}, Value: []float64{5.8, 3.1}},
		{Name: "std", Shape: []int{2}, Value: []float64{0.8, 0.4}},
	}
	fmt.Println(model.SaveTensors(path, scaling, map[string]string{"set": "iris"}))
	text, err := model.ReadText(path)
	fmt.Println(text["set"], err)
	// Output:
	// <nil>
	// iris <nil>
}

// The program says which tensors it wants; their values are filled.
func ExampleLoadTensors() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "mean.safetensors")
	if err := model.SaveTensors(path,
		[]model.Tensor[float32]{{Name: "mean", Shape: []int{2}, Value: []float32{5, 3}}}, nil); err != nil {
		log.Fatal(err)
	}

	mean := make([]float64, 2)
	_, err = model.LoadTensors(path, []model.Tensor[float64]{{Name: "mean", Shape: []int{2}, Value: mean}})
	fmt.Println(mean, err)
	// Output: [5 3] <nil>
}

// Text beside the tensors is read without them.
func ExampleReadText() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "classes.safetensors")
	if err := model.SaveTensors[float32](path, nil,
		map[string]string{"classes": "setosa versicolor virginica"}); err != nil {
		log.Fatal(err)
	}
	text, err := model.ReadText(path)
	fmt.Println(text["classes"], err)
	// Output: setosa versicolor virginica <nil>
}

// The header of the file names the tensors.
func ExampleWriteWeights() {
	var file bytes.Buffer
	if err := model.WriteWeights(&file, layer.NewLinear[float32](3, 1, kernels.ActIdentity)); err != nil {
		log.Fatal(err)
	}
	header := file.Bytes()[8:]
	header = header[:bytes.LastIndexByte(header, '}')+1]
	fmt.Printf("%s\n", bytes.ReplaceAll(header, []byte("},"), []byte("},\n")))
	// Output:
	// {"__metadata__":{"format":"ashlar","layout":"in x out"},
	// "weight":{"dtype":"F32","shape":[3,1],"data_offsets":[0,12]},
	// "bias":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}
}

// A state_dict of nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)): the fused ReLU has
// number 1.
func ExampleSavePyTorch() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.safetensors")
	net := layer.NewSequential[float32](
		layer.NewLinear[float32](2, 3, kernels.ActReLU),
		layer.NewLinear[float32](3, 1, kernels.ActIdentity))
	if err := model.SavePyTorch(path, net, model.PyTorch{}); err != nil {
		log.Fatal(err)
	}
	f, err := model.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	for _, t := range f.Tensors() {
		fmt.Println(t.Name, t.Shape)
	}
	// Output:
	// 0.weight [3 2]
	// 0.bias [3]
	// 2.weight [1 3]
	// 2.bias [1]
}

// The layers of a class in Python have names.
func ExampleLoadPyTorch() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.safetensors")
	if err := model.SaveTensors(path, []model.Tensor[float32]{ // as PyTorch writes it
		{Name: "fc1.weight", Shape: []int{2, 2}, Value: []float32{1, 2, 3, 4}},
		{Name: "fc2.weight", Shape: []int{1, 2}, Value: []float32{5, 6}},
	}, map[string]string{"format": "pt"}); err != nil {
		log.Fatal(err)
	}

	first := layer.NewLinear[float32](2, 2, kernels.ActReLU).NoBias()
	net := layer.NewSequential[float32](first, layer.NewLinear[float32](2, 1, kernels.ActIdentity).NoBias())
	err = model.LoadPyTorch(path, net, model.PyTorch{Modules: []string{"fc1", "fc2"}})
	fmt.Println(err, first.W.Value) // in x out
	// Output: <nil> [1 3 2 4]
}

// A model with a new last layer takes the others from a file.
func ExampleLoadPyTorchPart() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.safetensors")
	trained := layer.NewSequential[float32](layer.NewLinear[float32](2, 2, kernels.ActIdentity))
	if err := model.SavePyTorch(path, trained, model.PyTorch{Prefix: "net."}); err != nil {
		log.Fatal(err)
	}
	longer := layer.NewSequential[float32](
		layer.NewLinear[float32](2, 2, kernels.ActIdentity), layer.NewLayerNorm[float32](2))
	fmt.Println(model.LoadPyTorchPart(path, longer, model.PyTorch{Prefix: "net."}))
	// Output: [net.1.weight net.1.bias] [] <nil>
}

// A file that does not say its layout is refused until the program does.
func ExampleLoadWeightsInOut() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.safetensors")
	if err := model.SaveTensors(path, []model.Tensor[float32]{
		{Name: "weight", Shape: []int{2, 2}, Value: []float32{1, 2, 3, 4}}}, nil); err != nil {
		log.Fatal(err)
	}
	l := layer.NewLinear[float32](2, 2, kernels.ActIdentity).NoBias()
	fmt.Println(model.LoadWeights(path, l) != nil)
	fmt.Println(model.LoadWeightsInOut(path, l), l.W.Value)
	// Output:
	// true
	// <nil> [1 2 3 4]
}

func ExampleReadWeightsInOut() {
	header := `{"weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}`
	file := "\x3d\x00\x00\x00\x00\x00\x00\x00" + header + "\x00\x00\x80\x3f"
	l := layer.NewLinear[float32](1, 1, kernels.ActIdentity).NoBias()
	fmt.Println(model.ReadWeightsInOut(strings.NewReader(file), int64(len(file)), l), l.W.Value)
	// Output: <nil> [1]
}

func ExampleOpen() {
	f, err := model.Open("testdata/python.safetensors")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	for _, t := range f.Tensors() {
		fmt.Println(t.Name, t.DType, t.Shape, t.Bytes)
	}
	// Output:
	// bias F64 [2] 16
	// weight F32 [3 2] 24
}

func ExampleNewFile() {
	header := `{"step":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}`
	file := "\x38\x00\x00\x00\x00\x00\x00\x00" + header + "\x07\x00\x00\x00\x00\x00\x00\x00"
	f, err := model.NewFile(strings.NewReader(file), int64(len(file)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Tensor("step"))
	// Output: {step I64 [] 8} true
}

func ExampleValues() {
	f, err := model.Open("testdata/python.safetensors")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	fmt.Println(model.Values[float64](f, "bias"))
	_, err = model.Values[int64](f, "bias")
	fmt.Println(err != nil)
	// Output:
	// [0.5 -1e+30] <nil>
	// true
}
