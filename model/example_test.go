package model_test

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

func ExampleSave() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.safetensors")

	trained := layer.NewLinear[float32](2, 1, kernels.ActSigmoid)
	layer.Initialize(trained, 1)
	if err := model.Save(path, trained); err != nil {
		log.Fatal(err)
	}

	loaded := layer.NewLinear[float32](2, 1, kernels.ActSigmoid)
	if err := model.Load(path, loaded); err != nil {
		log.Fatal(err)
	}
	fmt.Println(loaded.W, loaded.W.Value[0] == trained.W.Value[0])
	// Output: weight [2 1] true
}

func ExampleRead() {
	var file bytes.Buffer
	if err := model.Write(&file, layer.NewLinear[float32](3, 1, kernels.ActIdentity)); err != nil {
		log.Fatal(err)
	}
	other := layer.NewLinear[float32](2, 1, kernels.ActIdentity)
	fmt.Println(model.Read(bytes.NewReader(file.Bytes()), int64(file.Len()), other))
	// Output: tensor "weight" has shape [3 1], want [2 1]
}

// Load fills a model of the same shape, and converts float64 files for a float32 model.
func ExampleLoad() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.safetensors")
	trained := layer.NewLinear[float64](2, 1, kernels.ActSigmoid)
	copy(trained.W.Value, []float64{0.5, -2})
	if err := model.Save(path, trained); err != nil {
		log.Fatal(err)
	}

	loaded := layer.NewLinear[float32](2, 1, kernels.ActSigmoid)
	fmt.Println(model.Load(path, loaded), loaded.W.Value)
	fmt.Println(model.Load(path, layer.NewLinear[float32](2, 1, kernels.ActSigmoid).NoBias()) != nil)
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
func ExampleWrite() {
	var file bytes.Buffer
	if err := model.Write(&file, layer.NewLinear[float32](3, 1, kernels.ActIdentity)); err != nil {
		log.Fatal(err)
	}
	header := file.Bytes()[8:]
	header = header[:bytes.LastIndexByte(header, '}')+1]
	fmt.Printf("%s\n", bytes.ReplaceAll(header, []byte("},"), []byte("},\n")))
	// Output:
	// {"__metadata__":{"format":"ashlar"},
	// "weight":{"dtype":"F32","shape":[3,1],"data_offsets":[0,12]},
	// "bias":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}
}
