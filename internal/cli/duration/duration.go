// Package duration is the value of flags that say how long: as Go writes it, or in days and weeks.
package duration

import (
	"errors"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/pflag"
)

// Var adds a flag that says how long: "90s", "1.5h", "2d".
func Var(fs *pflag.FlagSet, to *time.Duration, name string, otherwise time.Duration, usage string) {
	*to = otherwise
	fs.Var((*value)(to), name, usage)
}

type value time.Duration

// Set reads what was written.
func (v *value) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil { // which knows no days
		var long model.Duration
		if long, err = model.ParseDuration(text); err != nil {
			return errors.New("is no length of time: write it as 90s, 10m or 2d")
		}
		d = time.Duration(long)
	}
	*v = value(d)
	return nil
}

// String is empty for zero, which is no default worth naming.
func (v *value) String() string {
	if *v == 0 {
		return ""
	}
	return time.Duration(*v).String()
}

// Type is what help and the reading of errors know it by.
func (v *value) Type() string { return "duration" }
