package model

import (
	"errors"
	"fmt"
)

// The weight of a Linear is in x out in our files and out x in in PyTorch's. A square weight has
// the same shape in both, so only the metadata can tell. Files of this package have the key
// "layout" there. Python's packages that save PyTorch's tensors write "format": "pt" or nothing.
const (
	layoutKey = "layout"
	inOut     = "in x out"
	outIn     = "out x in"
)

// layoutOf returns what the metadata say of the layout, "" for nothing.
func layoutOf(text map[string]string) string {
	if layout, ok := text[layoutKey]; ok {
		return layout
	}
	if text["format"] == "pt" {
		return outIn
	}
	return ""
}

// layoutRule returns an error unless it takes the layout that the metadata of a file say.
type layoutRule func(text map[string]string) error

// anyLayout takes every file.
func anyLayout(map[string]string) error { return nil }

// saying takes a file that says that it has the layout.
func saying(layout string) layoutRule {
	return func(text map[string]string) error {
		switch got := layoutOf(text); got {
		case layout:
			return nil
		case "":
			return errors.New("the file does not say whether its weights are in x out or out x in: load it " +
				"with LoadPyTorch if they are out x in, as PyTorch's are, or with LoadWeightsInOut if they are in x out")
		case inOut:
			return errors.New("the file says that its weights are in x out: load it with LoadWeights")
		case outIn:
			return errors.New("the file says that its weights are out x in, as PyTorch's are: load it " +
				"with LoadPyTorch")
		default:
			return fmt.Errorf("the file says that its layout is %q, want %q or %q", got, inOut, outIn)
		}
	}
}

// notDenying takes a file that says that it has the layout, or says nothing.
func notDenying(layout string) layoutRule {
	return func(text map[string]string) error {
		if layoutOf(text) == "" {
			return nil
		}
		return saying(layout)(text)
	}
}
