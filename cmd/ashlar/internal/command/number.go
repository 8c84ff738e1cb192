package command

import (
	"encoding/json"
	"math"
	"strconv"
)

// number is a float64 in JSON, with null for NaN and strings for infinities.
type number float64

// MarshalJSON writes the number with the fewest digits that identify it.
func (n number) MarshalJSON() ([]byte, error) {
	switch v := float64(n); {
	case math.IsNaN(v):
		return []byte("null"), nil
	case math.IsInf(v, 0):
		return strconv.AppendQuote(nil, strconv.FormatFloat(v, 'g', -1, 64)), nil
	default:
		return json.Marshal(v)
	}
}

func numbersOf(m map[string]float64) map[string]number {
	if m == nil {
		return nil
	}
	list := map[string]number{}
	for k, v := range m {
		list[k] = number(v)
	}
	return list
}
