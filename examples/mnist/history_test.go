package main

import (
	"bytes"
	"testing"
	"time"
)

func TestHistory(t *testing.T) {
	var b bytes.Buffer
	err := writeHistory(&b, []epochResult{
		{epoch: 1, loss: 0.5, testLoss: 0.25, trainAccuracy: 0.75, testAccuracy: 0.875,
			samplesPerSecond: 1000, time: 1500 * time.Millisecond},
		{epoch: 1.25, loss: 0.4, testLoss: 0.2, trainAccuracy: 0.8, testAccuracy: 0.9,
			samplesPerSecond: 2000, time: time.Second}})
	want := `epoch,loss,training accuracy,test loss,test accuracy,samples/s,seconds
1,0.5,0.75,0.25,0.875,1000,1.5
1.25,0.4,0.8,0.2,0.9,2000,1
`
	if err != nil || b.String() != want {
		t.Errorf("got\n%s%v, want\n%s", b.String(), err, want)
	}
}
