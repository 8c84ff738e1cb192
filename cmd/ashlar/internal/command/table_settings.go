package command

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/pflag"
)

// asTrained is what a flag shows that a model has a default for.
const asTrained = "as in training"

// flags adds the flags that say how a file of rows is written.
func (t *tableSettings) flags(f *pflag.FlagSet, comment, missing string) {
	f.StringVar(&t.Separator, "separator", "", "the `character` between cells (default inferred)")
	f.StringVar(&t.Decimal, "decimal", "", "the `character` before a fraction (default inferred)")
	f.StringVar(&t.Comment, "comment", "", "the `character` of lines to leave out (default "+comment+")")
	f.Var(&t.Missing, "missing", "`cells` without a value, such as -999 (default "+missing+")")
}

// check returns a usageError for a setting that cannot be.
func (t *tableSettings) check() error {
	if _, err := oneRune("separator", t.Separator); err != nil {
		return err
	}
	if _, err := oneRune("comment", t.Comment); err != nil {
		return err
	}
	return known("decimal", t.Decimal, []string{"", ".", ","})
}

// The keys of what a model keeps of the settings of its training rows. The separator and the decimal
// sign are those of one file, and are inferred again for others.
const (
	missingKey = "table_missing"
	commentKey = "table_comment"
)

// keep puts into the texts of a model what other rows are likely to need too.
func (t *tableSettings) keep(text map[string]string) error {
	if t.Comment != "" {
		text[commentKey] = t.Comment
	}
	if len(t.Missing) > 0 {
		list, err := json.Marshal(t.Missing)
		if err != nil {
			return err
		}
		text[missingKey] = string(list)
	}
	return nil
}

// recall takes from the texts of a model what the flags do not say.
func (t *tableSettings) recall(text map[string]string, flags *pflag.FlagSet) error {
	if !flags.Changed("comment") {
		t.Comment = text[commentKey]
		if _, err := oneRune(commentKey, t.Comment); err != nil {
			return fmt.Errorf("the model: %w", err)
		}
	}
	if list := text[missingKey]; list != "" && !flags.Changed("missing") {
		if err := json.Unmarshal([]byte(list), &t.Missing); err != nil {
			return fmt.Errorf("the model: %s is %q, want a list of texts in JSON", missingKey, list)
		}
	}
	return nil
}
