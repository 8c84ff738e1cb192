package main

import (
	"context"
	"fmt"
	"io"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
	trainer "github.com/ashlar-go/ashlar/train"
)

// service is a model with all that an answer needs.
type service struct {
	*model.Model[float32]
	out     int // columns of the output
	predict func(y, x mat.Dense[float32]) error
	waiting func() int // requests that wait for others, for the metrics
}

// newService prepares a model. With combine above 0, rows of requests that come at the same time
// are predicted together, so many at most.
func newService(m *model.Model[float32], combine int) (*service, error) {
	p, err := m.Predictor()
	if err != nil {
		return nil, err
	}
	s := &service{m, p.Out(), p.TryPredict, func() int { return 0 }}
	if combine > 0 {
		c, err := layer.NewCombiner(p, combine)
		if err != nil {
			return nil, err
		}
		s.predict, s.waiting = c.TryPredict, c.Waiting
	}
	return s, nil
}

// predictions returns what the model says of rows as readRows returns them.
func (s *service) predictions(rows []any) ([]model.Prediction, error) {
	if len(rows) < 1 || len(rows) > layer.MaxTryRows {
		return nil, fmt.Errorf("there are %d rows, want 1 to %d", len(rows), layer.MaxTryRows)
	}
	x, y := mat.New[float32](len(rows), s.In), mat.New[float32](len(rows), s.out)
	for i, row := range rows {
		features, err := s.Features(row)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		copy(x.Row(i), features)
	}
	if err := s.predict(y, x); err != nil {
		return nil, err
	}
	list := make([]model.Prediction, len(rows))
	for i := range list {
		var err error
		if list[i], err = s.TryInterpret(y.Row(i)); err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
	}
	return list, nil
}

// modelOf returns the model of a file, or trains one, which it saves if there is a path for it.
func modelOf(ctx context.Context, w io.Writer, file, save string) (*model.Model[float32], error) {
	if file != "" {
		return model.Load[float32](file)
	}
	m, err := train(ctx, w)
	if err != nil || save == "" {
		return m, err
	}
	return m, model.Save(save, m)
}

// train trains on four fifths of the tumours and prints the accuracy on the rest.
func train(ctx context.Context, w io.Writer) (*model.Model[float32], error) {
	table, err := dataset.BreastCancerTable()
	if err != nil {
		return nil, err
	}
	first, rest, err := table.SplitStratified("diagnosis", 0.8, 1)
	if err != nil {
		return nil, err
	}
	fitted, err := data.Pipeline{Target: data.Target{Columns: []string{"diagnosis"}},
		Steps: []data.Step{data.Scale{Columns: []string{data.AllNumbers}, By: data.ScaleStandard}}}.Fit(first)
	if err != nil {
		return nil, err
	}
	set, err := data.Apply[float32](fitted, first)
	if err != nil {
		return nil, err
	}
	test, err := data.Apply[float32](fitted, rest)
	if err != nil {
		return nil, err
	}
	net := layer.NewSequential[float32](
		layer.NewLinear[float32](len(fitted.Features()), 16, kernels.ActReLU),
		layer.NewLinear[float32](16, 1, kernels.ActIdentity))
	layer.Initialize(net, 1)
	t := trainer.Trainer[float32]{Model: net, Loss: grad.BCEWithLogits[float32]{},
		Optimizer: optim.NewAdam[float32](), Rate: optim.Constant(0.003), Epochs: 60, Batch: 64, Seed: 1}
	if _, err := t.Run(ctx, set); err != nil {
		return nil, err
	}
	report, err := trainer.Evaluate[float32](net, t.Loss, test, test.Rows)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(w, "trained on %d tumours; %.1f %% of %d others are right\n", set.Rows, 100*report.Accuracy,
		test.Rows)
	return &model.Model[float32]{Net: net, In: len(fitted.Features()), Output: model.OutputBinaryLogit,
		Prepare: fitted, Summary: &model.Summary{Epochs: t.Epochs, Rows: set.Rows, Seed: t.Seed,
			Metrics: map[string]float64{"test_accuracy": report.Accuracy}}}, nil
}
