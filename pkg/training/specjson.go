package training

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// noTimeLimit is NoTimeLimit in JSON.
const noTimeLimit = "none"

type plainSpec Spec

// specText is a Spec as JSON has it.
type specText struct {
	plainSpec `json:",inline"`
	TimeLimit string `json:"timeLimit,omitempty"`
}

// MarshalJSON writes a Spec; what is not set is left out.
func (s Spec) MarshalJSON() ([]byte, error) {
	text := specText{plainSpec: plainSpec(s)}
	switch {
	case s.TimeLimit == NoTimeLimit:
		text.TimeLimit = noTimeLimit
	case s.TimeLimit != 0:
		text.TimeLimit = mpijob.Plain(s.TimeLimit)
	}
	return json.Marshal(text)
}

// UnmarshalJSON reads a Spec over what is there already: fields that the text doesn't have keep their
// value. A field that a Spec doesn't have is an error.
func (s *Spec) UnmarshalJSON(data []byte) error {
	text := specText{plainSpec: plainSpec(*s)}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&text); err != nil {
		return err
	}
	limit, err := text.limit(s.TimeLimit)
	if err != nil {
		return err
	}
	*s = Spec(text.plainSpec)
	s.TimeLimit = limit
	return nil
}

func (t specText) limit(otherwise time.Duration) (time.Duration, error) {
	switch t.TimeLimit {
	case "":
		return otherwise, nil
	case noTimeLimit:
		return NoTimeLimit, nil
	}
	d, err := ParseTimeLimit(t.TimeLimit)
	if err != nil {
		return 0, fmt.Errorf("timeLimit %q %w, or as none", t.TimeLimit, err)
	}
	return d, nil
}

// ParseTimeLimit reads a time limit as people write it: "90m", "1.5h", "48h", "2d", "1w".
func ParseTimeLimit(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil { // which knows no days
		var long model.Duration
		long, err = model.ParseDuration(text)
		d = time.Duration(long)
	}
	switch {
	case err != nil:
		return 0, errors.New("is no time limit: write it as 90m, 48h or 2d")
	case d <= 0:
		return 0, errors.New("is not positive: write it as 90m, 48h or 2d")
	case d < time.Second:
		return 0, errors.New("is shorter than a second: write it as 90m, 48h or 2d")
	}
	return d, nil
}
