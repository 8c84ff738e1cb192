package optim

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/ashlar-go/ashlar/kernels"
)

// Kind names an optimizer by what its state means, such as "Adam", "AdamW", "Nesterov" or
// "Groups(Lion, AMSGrad)": state of one kind is of no use to another, whether it has the
// names of the same tensors or not. Constants such as beta1 or lambda are none of it; a W
// stands for decoupled decay where an optimizer has the other one by default. For a type that
// is not of this package it is the name of the type.
func Kind[T kernels.Float](o Optimizer[T]) string {
	if v := reflect.ValueOf(o); v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Sprintf("%T", o) // a nil pointer has no settings
	}
	switch o := o.(type) {
	case *SGD[T]:
		return kind("SGD", o.Decay)
	case *Momentum[T]:
		if o.Nesterov {
			return kind("Nesterov", o.Decay)
		}
		return kind("Momentum", o.Decay)
	case *Adam[T]:
		if o.AMSGrad {
			return kind("AMSGrad", o.Decay)
		}
		return kind("Adam", o.Decay)
	case *NAdam[T]:
		return kind("NAdam", o.Decay)
	case *RMSProp[T]:
		name := kind("RMSProp", o.Decay)
		if o.Centered {
			name += ", centered"
		}
		if o.Mu != 0 {
			name += ", momentum"
		}
		return name
	case *Adagrad[T]:
		return kind("Adagrad", o.Decay)
	case *Adadelta[T]:
		return kind("Adadelta", o.Decay)
	case *Lion[T]:
		return "Lion"
	case *Groups[T]:
		var names []string
		for _, g := range o.groups {
			names = append(names, Kind(g.Optimizer))
		}
		return "Groups(" + strings.Join(names, ", ") + ")"
	}
	return fmt.Sprintf("%T", o)
}

func kind(name string, d Decay) string {
	if d.Decoupled {
		return name + "W"
	}
	return name
}
