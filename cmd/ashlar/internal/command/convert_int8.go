package command

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// quantizeModel converts a model to one with weights in integers of 8 bits, which is of float32 in the rest.
func quantizeModel(a *app, flags *pflag.FlagSet, in, out string, f *convertFlags) error {
	m, err := readForeign[float32](in, f)
	if err != nil {
		return err
	}
	if len(f.classes) > 0 {
		m.Classes = f.classes
	}
	var x mat.Dense[float32]
	if f.calibrate != "" {
		if x, err = calibrationRows(a, flags, m, f); err != nil {
			return err
		}
	}
	small, err := model.Quantize(m, x)
	if err == nil {
		err = becameInt8(m, small, f)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	return writeConverted(a, small, in, out, f)
}

// becameInt8 returns an error unless --int8 has changed something.
func becameInt8(m, small *model.Model[float32], f *convertFlags) error {
	before, after := len(layer.Int8Layers(m.Net)), len(layer.Int8Layers(small.Net))
	switch {
	case after == 0:
		return errors.New("--int8 changes nothing: there is no Linear layer of more than one output")
	case after == before && f.calibrate == "":
		return errors.New("--int8 changes nothing: the layers are in int8 already; --calibrate sets their " +
			"ranges anew")
	}
	return nil
}

// calibrationRows reads the features of the file for calibration.
func calibrationRows(a *app, flags *pflag.FlagSet, m *model.Model[float32],
	f *convertFlags) (mat.Dense[float32], error) {
	path, err := a.input(f.calibrate)
	if err != nil {
		return mat.Dense[float32]{}, err
	}
	if err := f.table.recall(m.Text, flags); err != nil {
		return mat.Dense[float32]{}, err
	}
	t, err := readFor(m, path, &f.table)
	if err != nil {
		return mat.Dense[float32]{}, err
	}
	if t.Rows() == 0 {
		return mat.Dense[float32]{}, fmt.Errorf("%s has no rows to calibrate with", path)
	}
	x, err := m.TableFeatures(t)
	if err != nil {
		return mat.Dense[float32]{}, fmt.Errorf("%s: %w", path, err)
	}
	return mat.Of(t.Rows(), m.In, x), nil
}
