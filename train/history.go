package train

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Epoch is the record of one epoch. Its training figures were taken in training:
// while the weights changed, with dropout and batch statistics. Losses are means with the
// weights of rows and classes; one that is a sum is divided by the number of rows. The
// validation figures are NaN without Trainer.Validation, and accuracies in a regression.
type Epoch struct {
	Epoch                              int // from 1
	Loss, Accuracy                     float64
	ValidationLoss, ValidationAccuracy float64
	Skipped                            int     // batches without an update, see Trainer.SkipNonFinite
	Seconds                            float64 // of training, without validation
}

// historyFields are the columns of a history.
var historyFields = []string{"epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "skipped", "seconds"}

func (e *Epoch) numbers() []*float64 {
	return []*float64{&e.Loss, &e.Accuracy, &e.ValidationLoss, &e.ValidationAccuracy}
}

// WriteCSV writes a history with a header line; an empty cell stands for NaN.
func WriteCSV(w io.Writer, history []Epoch) error {
	out := csv.NewWriter(w)
	if err := out.Write(historyFields); err != nil {
		return err
	}
	for _, e := range history {
		row := []string{strconv.Itoa(e.Epoch)}
		for _, v := range e.numbers() {
			cell := ""
			if !math.IsNaN(*v) {
				cell = strconv.FormatFloat(*v, 'g', -1, 64)
			}
			row = append(row, cell)
		}
		row = append(row, strconv.Itoa(e.Skipped), strconv.FormatFloat(e.Seconds, 'g', -1, 64))
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// MarshalJSON writes the fields of WriteCSV as an object; null stands for NaN, and
// infinities are strings.
func (e Epoch) MarshalJSON() ([]byte, error) {
	object := map[string]any{"epoch": e.Epoch, "skipped": e.Skipped, "seconds": e.Seconds}
	for i, v := range e.numbers() {
		switch {
		case math.IsNaN(*v):
			object[historyFields[1+i]] = nil
		case math.IsInf(*v, 0):
			object[historyFields[1+i]] = strconv.FormatFloat(*v, 'g', -1, 64)
		default:
			object[historyFields[1+i]] = *v
		}
	}
	return json.Marshal(object)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Epoch) UnmarshalJSON(text []byte) error {
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}
	number := func(name string) (float64, error) {
		switch v := object[name].(type) {
		case nil:
			return math.NaN(), nil
		case float64:
			return v, nil
		case string:
			return strconv.ParseFloat(v, 64)
		default:
			return 0, fmt.Errorf("%s is %v, want a number", name, v)
		}
	}
	var err error
	for i, v := range e.numbers() {
		if *v, err = number(historyFields[1+i]); err != nil {
			return err
		}
	}
	rest := [3]float64{}
	for i, name := range []string{"epoch", "skipped", "seconds"} {
		if rest[i], err = number(name); err != nil {
			return err
		}
	}
	e.Epoch, e.Skipped, e.Seconds = int(rest[0]), int(rest[1]), rest[2]
	return nil
}
