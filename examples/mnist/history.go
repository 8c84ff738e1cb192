package main

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"
)

// epochResult is the result of one epoch.
type epochResult struct {
	epoch                       float64 // from 1; 2.25 if it was interrupted in a quarter of the third
	loss, testLoss              float64
	trainAccuracy, testAccuracy float64
	samplesPerSecond            float64
	time                        time.Duration // of training
}

// writeHistory writes one line an epoch as CSV.
func writeHistory(to io.Writer, epochs []epochResult) error {
	rows := [][]string{{"epoch", "loss", "training accuracy", "test loss", "test accuracy", "samples/s",
		"seconds"}}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, e := range epochs {
		rows = append(rows, []string{number(e.epoch), number(e.loss), number(e.trainAccuracy),
			number(e.testLoss), number(e.testAccuracy), number(e.samplesPerSecond),
			number(e.time.Seconds())})
	}
	return csv.NewWriter(to).WriteAll(rows)
}
