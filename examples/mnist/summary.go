package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/ashlar-go/ashlar/layer"
)

// summary lists the layers of the model for inputs of in features.
func summary(net *layer.Sequential[float32], in int) ([]layerRow, error) {
	var rows []layerRow
	for _, l := range net.Parts() {
		out, err := l.Out(in)
		if err != nil {
			return nil, err
		}
		params := 0
		for _, p := range l.Params() {
			if p.Grad != nil { // running statistics are no parameters
				params += len(p.Value)
			}
		}
		rows = append(rows, layerRow{layerName(l), fmt.Sprintf("%d -> %d", in, out), params})
		in = out
	}
	return rows, nil
}

// layerName returns the name of the layer's type and its setting, if it has one.
func layerName(l layer.Layer[float32]) string {
	name, _, _ := strings.Cut(reflect.TypeOf(l).Elem().Name(), "[")
	switch l := l.(type) {
	case *layer.Activation[float32]:
		return fmt.Sprintf("%s %v", name, l.Act)
	case *layer.Dropout[float32]:
		return fmt.Sprintf("%s %v", name, l.P)
	}
	return name
}
