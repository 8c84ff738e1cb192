package main

import (
	"encoding/csv"
	"os"
	"strconv"
)

// writeHistory writes one line an epoch as CSV.
func writeHistory(path string, epochs []epochResult) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	rows := [][]string{{"epoch", "loss", "training accuracy", "test accuracy", "samples/s", "seconds"}}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, e := range epochs {
		rows = append(rows, []string{strconv.Itoa(e.epoch), number(e.loss), number(e.trainAccuracy),
			number(e.testAccuracy), number(e.samplesPerSecond), number(e.time.Seconds())})
	}
	if err := w.WriteAll(rows); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
