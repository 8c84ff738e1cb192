package train

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/ashlar-go/ashlar/internal/strictjson"
)

// Epoch is the record of one epoch. Its training figures were taken in training:
// while the weights changed, with dropout and batch statistics. Losses are means with the
// weights of rows and classes; one that is a sum is divided by the number of rows. Accuracies
// are shares of the rows. Those that weigh nothing do not count; the mean of no rows is NaN. The
// validation figures are NaN without Trainer.Validation, and accuracies in a regression.
type Epoch struct {
	Epoch                              int // from 1
	Loss, Accuracy                     float64
	ValidationLoss, ValidationAccuracy float64
	Skipped                            int                // batches without an update: Trainer.SkipNonFinite
	Seconds                            float64            // of training, without validation
	Metrics                            map[string]float64 // by name, see Trainer.Metrics
}

// historyFields are the columns of a history.
var historyFields = []string{"epoch", "loss", "accuracy", "validation_loss", "validation_accuracy",
	"skipped", "seconds"}

func (e *Epoch) numbers() []*float64 {
	return []*float64{&e.Loss, &e.Accuracy, &e.ValidationLoss, &e.ValidationAccuracy}
}

// WriteCSV writes a history with a header line, after its own fields the metrics in the
// order of their names; an empty cell stands for NaN.
func WriteCSV(w io.Writer, history []Epoch) error {
	out := csv.NewWriter(w)
	if w == nil {
		return errors.New("train: the writer is nil")
	}
	metrics := metricNames(history)
	if err := out.Write(slices.Concat(historyFields, metrics)); err != nil {
		return err
	}
	for _, e := range history {
		row := []string{strconv.Itoa(e.Epoch)}
		for _, v := range e.numbers() {
			row = append(row, cell(*v))
		}
		row = append(row, strconv.Itoa(e.Skipped), cell(e.Seconds))
		for _, name := range metrics {
			v, there := e.Metrics[name]
			if !there {
				v = math.NaN()
			}
			row = append(row, cell(v))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// metricNames are those of all epochs, sorted.
func metricNames(history []Epoch) []string {
	all := map[string]bool{}
	for _, e := range history {
		for name := range e.Metrics {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// cell is a number in a table.
func cell(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// MarshalJSON writes the fields of WriteCSV as an object, in which that of the metrics is
// "metrics" if there are any; null stands for NaN, and infinities are strings.
func (e Epoch) MarshalJSON() ([]byte, error) {
	object := map[string]any{"epoch": e.Epoch, "skipped": e.Skipped, "seconds": e.Seconds}
	for i, v := range e.numbers() {
		object[historyFields[1+i]] = number(*v)
	}
	if len(e.Metrics) > 0 {
		metrics := map[string]number{}
		for name, v := range e.Metrics {
			metrics[name] = number(v)
		}
		object["metrics"] = metrics
	}
	return json.Marshal(object)
}

// epochJSON is an Epoch in JSON. The numbers are nil where a program left them out.
type epochJSON struct {
	Epoch              int     `json:"epoch"`
	Loss               *number `json:"loss"`
	Accuracy           *number `json:"accuracy"`
	ValidationLoss     *number `json:"validation_loss"`
	ValidationAccuracy *number `json:"validation_accuracy"`
	Skipped            int     `json:"skipped"`
	Seconds            float64 `json:"seconds"`
	// null would not reach a number in a map.
	Metrics map[string]json.RawMessage `json:"metrics"`
}

// UnmarshalJSON reads what MarshalJSON wrote. A number that is not there is NaN. Other keys, and keys that
// stand twice or in another case, are an error, and e stays as it was.
func (e *Epoch) UnmarshalJSON(text []byte) error {
	var j epochJSON
	if err := strictjson.Decode(text, &j); err != nil {
		return err
	}
	n := Epoch{Epoch: j.Epoch, Skipped: j.Skipped, Seconds: j.Seconds}
	for name, text := range j.Metrics {
		var v number
		if err := v.UnmarshalJSON(text); err != nil {
			return fmt.Errorf("metric %s: %w", name, err)
		}
		if n.Metrics == nil {
			n.Metrics = map[string]float64{}
		}
		n.Metrics[name] = float64(v)
	}
	from := []*number{j.Loss, j.Accuracy, j.ValidationLoss, j.ValidationAccuracy}
	for i, to := range n.numbers() {
		*to = math.NaN()
		if from[i] != nil {
			*to = float64(*from[i])
		}
	}
	*e = n
	return nil
}

// history is that of a checkpoint, with the records of epochs 1, 2 and so on. It is decoded one record after
// another: the first wrong one ends it.
type history []Epoch

func (h *history) UnmarshalJSON(text []byte) error {
	*h = nil
	if string(text) == "null" {
		return nil
	}
	return strictjson.Elements(text, func(i int, text []byte) error {
		var e Epoch
		if err := e.UnmarshalJSON(text); err != nil {
			return fmt.Errorf("record %d of the history: %w", i, err)
		}
		if e.Epoch != i+1 {
			return fmt.Errorf("record %d of the history has Epoch = %d, want %d to %d", i, e.Epoch, i+1, i+1)
		}
		*h = append(*h, e)
		return nil
	})
}

// number is a float64 in JSON, with null for NaN and strings for the infinities.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	switch v := float64(n); {
	case math.IsNaN(v):
		return []byte("null"), nil
	case math.IsInf(v, 0):
		return json.Marshal(strconv.FormatFloat(v, 'g', -1, 64))
	default:
		return json.Marshal(v)
	}
}

func (n *number) UnmarshalJSON(text []byte) error {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		*n = number(math.NaN())
	case float64:
		*n = number(v)
	case string:
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return err
		}
		*n = number(f)
	default:
		return fmt.Errorf("%s is no number", text)
	}
	return nil
}
