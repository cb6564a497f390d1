package training

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

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
	d, err := time.ParseDuration(t.TimeLimit)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("timeLimit %q is no time limit: write it as 90m or 48h, or as none", t.TimeLimit)
	}
	return d, nil
}
