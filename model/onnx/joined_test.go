package onnx

import (
	"bytes"
	"testing"

	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// TestJoinedColumns: the inputs of a graph are columns only where a node puts them side by side as they are.
func TestJoinedColumns(t *testing.T) {
	concat := func(d *drawing) *drawing { return d.op("Concat", "h", "a", "b") }
	vectorizer := func(d *drawing) *drawing { return d.op("FeatureVectorizer", "h", "a", "b").ml() }
	const axis, sizes = `onnx: node "h" (Concat): attribute "axis" `,
		`onnx: node "h" (ai.onnx.ml.FeatureVectorizer): attribute "inputdimensions" is `
	for _, c := range []struct {
		join      func(*drawing) *drawing
		attribute *onnxpb.AttributeProto // nil for none
		want      string
	}{
		{concat, attrInt("axis", 1), ""}, {concat, attrInt("axis", -1), ""},
		{concat, nil, axis + "is 0, want 1 or -1"}, {concat, attrInt("axis", 0), axis + "is 0, want 1 or -1"},
		{concat, attrInt("axis", 2), axis + "is 2, want 1 or -1"},
		{concat, attrFloat("axis", 1), axis + "has type FLOAT, want INT"},
		{vectorizer, nil, ""}, {vectorizer, attrInts("inputdimensions", 1, 1), ""},
		{vectorizer, attrInts("inputdimensions", 1, 2), sizes + "[1 2], want [1 1], the columns of its inputs"},
		{vectorizer, attrInts("inputdimensions", 2, 1), sizes + "[2 1], want [1 1], the columns of its inputs"},
		{vectorizer, attrInts("inputdimensions", 1), sizes + "[1], want [1 1], the columns of its inputs"},
	} {
		d := &drawing{}
		d.input("a", float, 1)
		d.input("b", float, 1)
		c.join(d)
		if c.attribute != nil {
			d.with(c.attribute)
		}
		m, err := Import[float32](bytes.NewReader(d.op("Relu", "y", "h").gives("y")))
		if c.want != "" {
			if err == nil || err.Error() != c.want {
				t.Errorf("%v: %v, want %s", c.attribute, err, c.want)
			}
		} else if err != nil || m.In != 2 {
			t.Errorf("%v: %v", c.attribute, err)
		}
	}
}
