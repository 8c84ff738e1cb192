package main

import "testing"

func TestRegression(t *testing.T) {
	training, test, err := run()
	if err != nil || !(training.R2 > 0.5 && training.R2 < 0.56) || !(test.R2 > 0.3) {
		t.Errorf("%+v, %+v, %v", training, test, err)
	}
}
