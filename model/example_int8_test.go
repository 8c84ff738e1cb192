package model_test

import (
	"bytes"
	"fmt"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// A model with a quarter of the bytes, calibrated with rows such as it will get, goes through a file.
func ExampleQuantize() {
	net := layer.NewLinear[float32](2, 2, kernels.ActIdentity)
	copy(net.W.Value, []float32{1, -1, 2, 0})
	m := &model.Model[float32]{Net: net, In: 2, Output: model.OutputLogits, Classes: []string{"no", "yes"}}
	rows := mat.Of(2, 2, []float32{0, 1, 2, -1})
	small, err := model.Quantize(m, rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	if err := model.Write(&file, small); err != nil {
		fmt.Println(err)
		return
	}
	back, err := model.Read[float32](bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := back.Predict([]float64{1, 1})
	fmt.Println(p.Class, err)
	// Output: no <nil>
}

// The features of the rows of a table, as the net takes them.
func ExampleModel_TableFeatures() {
	t, err := data.NewTable(data.NumberColumn("a", []float64{1, 2}), data.NumberColumn("b", []float64{3, 4}))
	if err != nil {
		fmt.Println(err)
		return
	}
	m := &model.Model[float32]{In: 2}
	fmt.Println(m.TableFeatures(t))
	// Output: [1 3 2 4] <nil>
}
