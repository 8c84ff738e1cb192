package dataset

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"

	"github.com/ashlar-go/ashlar/data"
)

// The optical digits of UCI; LICENSE-scikit-learn.txt says where they come from.
//
//go:embed digits.csv.gz
var digitsCSV []byte

// Digits returns the 1,797 images of the UCI optical digits, 8x8 pixels in [0, 1]
// and ten classes: 1,437 for training and 360 for testing. The split is always the same
// and keeps the proportions of the classes.
func Digits() (train, test *data.Set[float32], err error) {
	train, test, err = readDigits(digitsCSV)
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: digits.csv.gz: %w", err)
	}
	return train, test, nil
}

func readDigits(file []byte) (train, test *data.Set[float32], err error) {
	r, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, nil, err
	}
	set, err := data.ReadCSV[float32](r, data.CSVOptions{Label: data.LabelLast, Classes: 10})
	if err != nil {
		return nil, nil, err
	}
	for i := range set.X {
		set.X[i] /= 16 // the pixels are 0 to 16, so this is exact
	}
	return set.SplitStratified(1437.0/1797, 1)
}
