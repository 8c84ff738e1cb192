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
