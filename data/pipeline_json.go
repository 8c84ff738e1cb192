package data

import (
	"encoding/json"
	"fmt"

	"github.com/ashlar-go/ashlar/internal/strictjson"
)

// fittedVersion is the version of the JSON. A program refuses newer ones.
const fittedVersion = 1

type fittedJSON struct {
	Version    int             `json:"version"`
	Inputs     []inputJSON     `json:"inputs"`
	Operations json.RawMessage `json:"operations"` // a list; one of them needs another decoder for each kind
	Features   []string        `json:"features"`
	Target     *targetJSON     `json:"target,omitempty"`
}

type inputJSON struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"` // "number" or "category"
	Levels []string `json:"levels,omitempty"`
}

type operationJSON struct {
	Kind    string   `json:"kind"`
	Column  string   `json:"column"`
	Outputs []string `json:"outputs,omitempty"`
	Number  *float64 `json:"number,omitempty"`
	Text    *string  `json:"text,omitempty"`
	Levels  []string `json:"levels,omitempty"`
	Unknown string   `json:"unknown,omitempty"`
	Scaling string   `json:"scaling,omitempty"`

	Mean *Statistic `json:"mean,omitempty"`
	Std  *Statistic `json:"std,omitempty"`
	Min  *float64   `json:"min,omitempty"`
	Max  *float64   `json:"max,omitempty"`
}

type targetJSON struct {
	Columns       []string        `json:"columns"`
	Classes       []string        `json:"classes,omitempty"`
	Numbers       bool            `json:"numbers,omitempty"` // the classes are whole numbers
	IgnoreUnknown bool            `json:"ignore_unknown,omitempty"`
	Scale         json.RawMessage `json:"scale,omitempty"`
	Weight        string          `json:"weight,omitempty"`
}

// MarshalJSON returns the pipeline as JSON with a version. Numbers have the digits that give the
// same bits back.
func (f Fitted) MarshalJSON() ([]byte, error) {
	if len(f.features) == 0 {
		return nil, errNotFitted
	}
	j := fittedJSON{Version: fittedVersion, Features: f.features, Inputs: []inputJSON{}}
	for _, in := range f.inputs {
		j.Inputs = append(j.Inputs, inputJSON{in.Name, in.Kind.String(), in.Levels})
	}
	var err error
	if j.Operations, err = encodeOperations(f.operations); err != nil {
		return nil, err
	}
	if t := &f.target; len(t.columns) > 0 || t.weight != "" {
		j.Target = &targetJSON{Columns: t.columns, Classes: t.classes, Numbers: t.numbers,
			IgnoreUnknown: t.ignoreUnknown, Weight: t.weight}
		if len(t.scales) > 0 {
			if j.Target.Scale, err = encodeOperations(t.scales); err != nil {
				return nil, err
			}
		}
	}
	return json.Marshal(j)
}

func encodeOperations(list []Operation) (json.RawMessage, error) {
	all := make([]*operationJSON, len(list))
	for i := range list {
		all[i] = list[i].encode()
	}
	return json.Marshal(all)
}

// encode returns the fields that the kind has.
func (o *Operation) encode() *operationJSON {
	j := &operationJSON{Kind: o.Kind.String(), Column: o.Column, Outputs: o.Outputs}
	switch o.Kind {
	case OpFillNumber:
		j.Number = &o.Number
	case OpFillCategory:
		j.Text = &o.Text
	case OpOneHot, OpOrdinal:
		j.Levels, j.Unknown = o.Levels, o.Unknown.String()
	case OpScale:
		j.Scaling = o.Scaling.String()
		switch o.Scaling {
		case ScaleStandard:
			j.Mean, j.Std = &o.Mean, &o.Std
		case ScaleMinMax:
			j.Min, j.Max = &o.Min, &o.Max
		}
	}
	return j
}

// UnmarshalJSON sets f, which nothing else may use yet, to what MarshalJSON returned. JSON of a newer
// version, with an unknown operation or field, with a key twice or in another case, without a number that
// its operation needs, or whose operations do not fit together is an error, and f stays as it was. It
// allocates at most 64 times the bytes of the text and 1 MiB.
func (f *Fitted) UnmarshalJSON(text []byte) error {
	n, err := decodeFitted(text)
	if err != nil {
		return fmt.Errorf("data: the JSON of a fitted pipeline: %w", err)
	}
	*f = *n
	return nil
}

func decodeFitted(text []byte) (*Fitted, error) {
	var version struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return nil, err
	}
	if version.Version != fittedVersion {
		return nil, fmt.Errorf("its version is %d, want %d", version.Version, fittedVersion)
	}
	var j fittedJSON
	if err := strictjson.Decode(text, &j); err != nil {
		return nil, err
	}
	f := &Fitted{features: j.Features}
	for _, in := range j.Inputs {
		kind, ok := map[string]Kind{"number": KindNumber, "category": KindCategory}[in.Kind]
		if !ok {
			return nil, fmt.Errorf("the input %.60q has the kind %.60q, want number or category", in.Name,
				in.Kind)
		}
		f.inputs = append(f.inputs, Column{Name: in.Name, Kind: kind, Levels: in.Levels})
	}
	var err error
	if f.operations, err = decodeOperations(j.Operations); err != nil {
		return nil, err
	}
	if t := j.Target; t != nil {
		f.target = fittedTarget{columns: t.Columns, classes: t.Classes, numbers: t.Numbers,
			ignoreUnknown: t.IgnoreUnknown, weight: t.Weight}
		if f.target.scales, err = decodeOperations(t.Scale); err != nil {
			return nil, fmt.Errorf("target: %w", err)
		}
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	f.prepare()
	return f, nil
}

func decodeOperations(list json.RawMessage) (operations []Operation, err error) {
	if len(list) == 0 || string(list) == "null" {
		return nil, nil
	}
	err = strictjson.Elements(list, func(i int, text []byte) error {
		o, err := decodeOperation(text)
		if err != nil {
			return fmt.Errorf("operation %d: %w", i, err)
		}
		operations = append(operations, o)
		return nil
	})
	return operations, err
}

func decodeOperation(text []byte) (o Operation, err error) {
	var kind struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return o, err
	}
	var ok bool
	if o.Kind, ok = fromName[OperationKind](operationNames[:], kind.Kind); !ok {
		return o, fmt.Errorf("this version does not know the operation %.60q", kind.Kind)
	}
	var j operationJSON
	if err := strictjson.Decode(text, &j); err != nil {
		return o, err
	}
	o.Column, o.Outputs, o.Levels = j.Column, j.Outputs, j.Levels
	if j.Unknown != "" {
		if o.Unknown, ok = fromName[Unknown](unknownNames[:], j.Unknown); !ok {
			return o, fmt.Errorf("this version does not know the policy %.60q", j.Unknown)
		}
	}
	if j.Scaling != "" {
		if o.Scaling, ok = fromName[Scaling](scalingNames[:], j.Scaling); !ok {
			return o, fmt.Errorf("this version does not know the scaling %.60q", j.Scaling)
		}
	}
	o.Number, o.Text = deref(j.Number), deref(j.Text)
	o.Mean, o.Std, o.Min, o.Max = deref(j.Mean), deref(j.Std), deref(j.Min), deref(j.Max)
	if want := o.encode(); !want.sameFields(&j) {
		return o, fmt.Errorf("%v: a field is missing, or of another operation", o.Kind)
	}
	return o, nil
}

// sameFields reports whether two operations have the same fields.
func (j *operationJSON) sameFields(k *operationJSON) bool {
	return (j.Number == nil) == (k.Number == nil) && (j.Text == nil) == (k.Text == nil) &&
		len(j.Levels) == len(k.Levels) && j.Unknown == k.Unknown && j.Scaling == k.Scaling &&
		(j.Mean == nil) == (k.Mean == nil) && (j.Std == nil) == (k.Std == nil) &&
		(j.Min == nil) == (k.Min == nil) && (j.Max == nil) == (k.Max == nil)
}

// deref returns what a pointer points to, or the zero value for nil.
func deref[V any](p *V) (v V) {
	if p != nil {
		v = *p
	}
	return v
}

// fromName returns the value with a name.
func fromName[E ~uint8](names []string, name string) (E, bool) {
	for i, s := range names {
		if s == name && s != "" {
			return E(i), true
		}
	}
	return 0, false
}
