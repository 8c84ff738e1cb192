package malform

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

// Whole writes whole files of all formats but ONNX to a folder, reads them and returns them.
func Whole(folder string) (map[Format][]byte, error) {
	whole := map[Format][]byte{}
	for _, f := range []struct {
		format Format
		write  func(path string) error
	}{
		{Weights, func(path string) error { return model.SaveWeights(path, Net()) }},
		{PyTorch, func(path string) error { return model.SavePyTorch(path, Net(), model.PyTorch{}) }},
		{Model, saveModel},
		{Checkpoint, saveCheckpoint},
		{Sklearn, func(path string) error {
			return data.WriteNPZFile(path, map[string]data.AnyArray{"coef_": array(1, 3),
				"intercept_": array(1)})
		}},
		{NPZ, func(path string) error {
			return data.WriteNPZFile(path, map[string]data.AnyArray{"x": array(4, 3), "y": array(4)})
		}},
		{NPY, func(path string) error { return data.WriteNPYFile(path, array(4, 3)) }},
	} {
		path := filepath.Join(folder, "whole "+string(f.format))
		if err := f.write(path); err != nil {
			return nil, err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		whole[f.format] = b
	}
	whole[IDX] = append([]byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4}, bytes.Repeat([]byte{7, 200},
		12)...)
	whole[CSV] = []byte("0,1.5,-2,3\n1,0.25,1e3,4\n2,7,8,9\n")
	whole[Table] = []byte("size;city;rent\n70,5;Bonn;700\n45;Köln;512,25\n120,75;Bonn;1100\n")
	for from, to := range map[Format]Format{IDX: IDXGzip, CSV: CSVGzip, Table: TableGzip} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		must(z.Write(whole[from]))
		must(0, z.Close())
		whole[to] = b.Bytes()
	}
	whole[Tensors] = whole[Weights]
	var err error
	whole[Pipeline], err = json.Marshal(fitted())
	return whole, err
}

// Net returns a net with a layer of every kind that has settings.
func Net() *layer.Sequential[float32] {
	norm := layer.NewBatchNorm[float32](4)
	norm.Batches = 3
	net := layer.NewSequential[float32](norm, layer.NewDropout[float32](0.25),
		layer.NewLinear[float32](4, 3, kernels.ActLeakyReLU(0.1)), layer.NewLayerNorm[float32](3),
		layer.NewResidual[float32](layer.NewSequential[float32](layer.NewRMSNorm[float32](3),
			layer.NewPReLU[float32](3)), nil), layer.NewLinear[float32](3, 1, kernels.ActIdentity))
	layer.Initialize[float32](net, 1)
	return net
}

func array(dims ...int) *data.Array[float32] {
	n := 1
	for _, d := range dims {
		n *= d
	}
	a := &data.Array[float32]{Dims: dims}
	for i := range n {
		a.Data = append(a.Data, float32(i)/4)
	}
	return a
}

// fitted returns a pipeline with four features.
func fitted() *data.Fitted {
	t, err := data.NewTable(data.NumberColumn("size", []float64{70, 45, 120}),
		data.CategoryColumn("city", []string{"Bonn", "Köln", "Bonn"}),
		data.NumberColumn("age", []float64{1, 2, 7}), data.NumberColumn("rent", []float64{700, 512, 1100}))
	if err != nil {
		panic(err)
	}
	plan := data.Pipeline{Steps: []data.Step{data.Scale{Columns: []string{"size"}, By: data.ScaleStandard},
		data.Scale{Columns: []string{"age"}, By: data.ScaleMinMax}, data.OneHot{Columns: []string{"city"}}},
		Target: data.Target{Columns: []string{"rent"}, Scale: []data.Scaling{data.ScaleStandard}}}
	f, err := plan.Fit(t)
	if err != nil {
		panic(err)
	}
	return f
}

func saveModel(path string) error {
	return model.Save(path, &model.Model[float32]{Net: Net(), In: 4, Output: model.OutputValues,
		Prepare: fitted(),
		Summary: &model.Summary{Epochs: 3, Rows: 3, Seed: 7, Metrics: map[string]float64{"loss": 0.5}},
		Text:    map[string]string{"source": "made"}})
}

// Run returns the run whose checkpoint is in the corpus, and its rows.
func Run(path string) (*train.Trainer[float32], *data.Set[float32]) {
	set := &data.Set[float32]{Rows: 8, Features: 4, Outputs: 1}
	for i := range 32 {
		set.X = append(set.X, float32(i%7)-3)
	}
	for i := range 8 {
		set.Values = append(set.Values, float32(i%3))
	}
	net := Net()
	return &train.Trainer[float32]{Model: net, Loss: grad.Huber[float32]{Delta: 2},
		Optimizer: optim.NewAdamW[float32](0.01), Rate: optim.Cosine(0.01, 0.001, 100), Epochs: 3, Batch: 2,
		Accumulate: 2, Seed: 3, Average: optim.NewAverage(net.Params(), 0.9), Warn: func(string) {},
		Checkpoint: &train.Checkpoint{Path: path, Resume: true, Every: 100}}, set
}

// saveCheckpoint writes a checkpoint of a run that ended in its second epoch.
func saveCheckpoint(path string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	t, set := Run(path)
	t.OnBatch = func(p train.Progress) {
		if p.Epoch == 2 && p.Step == 3 {
			cancel()
		}
	}
	if _, err := t.Run(ctx, set); !errors.Is(err, context.Canceled) {
		return errors.Join(err, io.ErrUnexpectedEOF)
	}
	return nil
}
