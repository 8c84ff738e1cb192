package train

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/ashlar-go/ashlar/internal/module"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// settings are those of a run that change its numbers, as text by name, such as "Optimizer.Beta1". A
// checkpoint has them, but for those that Checkpoint names itself.
type settings map[string]string

// none is the value of a setting that one of two runs does not have.
const none = "none"

// precisionKey is the setting that files older than Trainer.Precision lack. Their runs were at the
// highest level.
const precisionKey = "Precision"

// settings returns those of the run.
func (r *run[T]) settings() settings {
	s := settings{"Accumulate": strconv.Itoa(max(1, r.Accumulate)), "Balance": fmt.Sprint(r.Balance),
		"Clip": fmt.Sprint(r.Clip != nil), "SkipNonFinite": fmt.Sprint(r.SkipNonFinite),
		precisionKey: r.Precision.String()}
	s.part("Loss", r.Loss)
	addOptimizer(s, "Optimizer", r.Optimizer)
	addLayer(s, "Net", r.Model)
	if p := r.Plateau; p != nil {
		s.part("Plateau", &optim.Plateau{Initial: p.Initial, Factor: p.Factor, Patience: p.Patience,
			Tolerance: p.Tolerance, Cooldown: p.Cooldown, Least: p.Least})
	}
	if r.Average != nil {
		s.put("Average.Beta", reflect.ValueOf(r.Average.Beta()))
	}
	var spared []string
	for _, p := range r.params {
		if p.NoDecay {
			spared = append(spared, p.Name)
		}
	}
	s["Optimizer.NoDecay"] = strings.Join(spared, " ")
	return s
}

// part adds the type of a part of the run, and its exported fields if the type is of this module: what
// the fields of other types mean is unknown.
func (s settings) part(name string, part any) {
	v := reflect.ValueOf(part)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	s[name], _, _ = strings.Cut(strings.TrimLeft(fmt.Sprintf("%T", part), "*"), "[")
	if v.Kind() != reflect.Struct {
		return
	}
	switch v.Type().PkgPath() {
	case module.Path + "/grad", module.Path + "/layer", module.Path + "/optim":
		s.fields(name, v)
	}
}

// fields adds the fields of a struct that are settings: no parameters, functions or counts of 64 bits.
func (s settings) fields(name string, v reflect.Value) {
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && !f.Anonymous {
			s.put(name+"."+f.Name, v.Field(i))
		}
	}
}

// put adds a value, if it is a setting.
func (s settings) put(name string, v reflect.Value) {
	if act, is := v.Interface().(kernels.Activation); is {
		s[name] = act.String()
		return
	}
	switch v.Kind() {
	case reflect.Bool, reflect.Int, reflect.Uint8, reflect.String:
		s[name] = fmt.Sprint(v.Interface())
	case reflect.Float32, reflect.Float64:
		s[name] = strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())
	case reflect.Struct:
		s.fields(name, v)
	case reflect.Slice:
		if k := v.Type().Elem().Kind(); k == reflect.Float32 || k == reflect.Float64 {
			s[name] = fmt.Sprint(v.Interface())
		}
	}
}

// addOptimizer adds an optimizer, and those of its groups.
func addOptimizer[T kernels.Float](s settings, name string, o optim.Optimizer[T]) {
	s.part(name, o)
	groups, is := o.(*optim.Groups[T])
	if !is {
		return
	}
	for i, g := range groups.All() {
		group := fmt.Sprintf("%s.%d", name, i)
		addOptimizer(s, group, g.Optimizer)
		scale := g.RateScale
		if scale == 0 {
			scale = 1
		}
		s.put(group+".RateScale", reflect.ValueOf(scale))
		var params []string
		for _, p := range g.Params {
			params = append(params, p.Name)
		}
		s[group+".Params"] = strings.Join(params, " ")
	}
}

// addLayer adds a layer, and those in it.
func addLayer[T kernels.Float](s settings, name string, l layer.Layer[T]) {
	s.part(name, l)
	if c, is := l.(layer.Container[T]); is {
		for i, part := range c.Parts() {
			addLayer(s, fmt.Sprintf("%s.%d", name, i), part)
		}
	}
}

// counters returns the counts of batches of all BatchNorms in a layer, in their order.
func counters[T kernels.Float](l layer.Layer[T]) (list []*int64) {
	if norm, is := l.(*layer.BatchNorm[T]); is {
		return []*int64{&norm.Batches}
	}
	if c, is := l.(layer.Container[T]); is {
		for _, part := range c.Parts() {
			list = append(list, counters(part)...)
		}
	}
	return list
}

// savedRate is the learning rate at a step.
type savedRate struct {
	Step int
	Rate number
}

// rates returns the learning rate at some steps of the run: a schedule is a function, which has no other
// settings. They are 0 and the powers of two, so that a longer run has those of a shorter one.
func (r *run[T]) rates() (list []savedRate) {
	if r.Rate == nil {
		return nil
	}
	for step, end := 0, r.steps(); step < end; step = max(1, 2*step) {
		list = append(list, savedRate{step, number(r.Rate(step))})
	}
	return list
}

// steps returns how many steps the run takes at most.
func (r *run[T]) steps() int {
	if n := r.feed.Len(); n > 0 && r.Epochs > math.MaxInt32/n {
		return math.MaxInt32
	}
	return r.Epochs * r.feed.Len()
}

// differs returns an error that names the first setting in which the run differs from the one that wrote a
// checkpoint, with both values.
func (r *run[T]) differs(s saved) error {
	if s.Version < 2 { // which had no settings
		return nil
	}
	here, names := r.settings(), []string{"Rate"}
	if _, there := s.Settings[precisionKey]; !there && s.Settings != nil {
		s.Settings[precisionKey] = kernels.Highest.String()
	}
	for name := range here {
		names = append(names, name)
	}
	for name := range s.Settings {
		if _, both := here[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, allowed := range r.Checkpoint.Allow {
		if !slices.ContainsFunc(names, func(name string) bool { return covers(allowed, name) }) {
			return fmt.Errorf("has no setting %q, which Checkpoint.Allow names, nor has this run", allowed)
		}
	}
	for _, name := range names {
		if slices.ContainsFunc(r.Checkpoint.Allow, func(a string) bool { return covers(a, name) }) {
			continue
		}
		if name == "Rate" {
			if err := r.rateDiffers(s); err != nil {
				return err
			}
		} else if was, is := valueOf(s.Settings, name), valueOf(here, name); was != is {
			return otherwise(name, was, is)
		}
	}
	return nil
}

// covers reports whether a name of Checkpoint.Allow stands for a setting.
func covers(allowed, name string) bool {
	return name == allowed || strings.HasPrefix(name, allowed+".")
}

func valueOf(s settings, name string) string {
	if v, there := s[name]; there {
		return strconv.Quote(v)
	}
	return none
}

func otherwise(name string, was, is any) error {
	return fmt.Errorf("is of a run with %s = %v, this one has %v; Checkpoint.Allow lets it differ", name, was,
		is)
}

// rateDiffers compares the schedules at the steps that both runs have. A schedule may look at the Plateau,
// which then is to be as the checkpoint has it.
func (r *run[T]) rateDiffers(s saved) error {
	if (r.Rate == nil) != (len(s.Rates) == 0) && r.steps() > 0 {
		return otherwise("Rate", given(len(s.Rates) > 0), given(r.Rate != nil))
	}
	if p := r.Plateau; p != nil {
		defer func(before optim.Plateau) { *p = before }(*p)
		s.Plateau.restore(p)
	}
	for _, at := range s.Rates {
		if at.Step < 0 || at.Step >= r.steps() || r.Rate == nil {
			continue
		}
		if is := r.Rate(at.Step); is != float64(at.Rate) && (is == is || at.Rate == at.Rate) {
			return otherwise(fmt.Sprintf("Rate(%d)", at.Step), float64(at.Rate), is)
		}
	}
	return nil
}

func given(is bool) string {
	if is {
		return "a schedule"
	}
	return none
}
