package training

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/amounts"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// noTimeLimit is NoTimeLimit in JSON.
const noTimeLimit = "none"

type plainSpec Spec

// specText is a Spec as JSON has it.
type specText struct {
	plainSpec `json:",inline"`
	TimeLimit timeLimitText `json:"timeLimit,omitempty"`
}

// timeLimitText is a time limit as JSON has it.
type timeLimitText string

// MarshalJSON writes a Spec; what is not set is left out.
func (s Spec) MarshalJSON() ([]byte, error) {
	text := specText{plainSpec: plainSpec(s)}
	switch {
	case s.TimeLimit == NoTimeLimit:
		text.TimeLimit = noTimeLimit
	case s.TimeLimit != 0:
		text.TimeLimit = timeLimitText(mpijob.Plain(s.TimeLimit))
	}
	return json.Marshal(text)
}

// UnmarshalJSON reads a Spec over what is there already: fields that the text doesn't have keep their
// value. A field that a Spec doesn't have is an error. Where fields can't be read, the error is an InvalidError that
// names each of them; the others are read all the same, for Check to say what is wrong with them.
func (s *Spec) UnmarshalJSON(data []byte) error {
	text := specText{plainSpec: plainSpec(*s)}
	problems, err := decodeObject(data, &text)
	if err != nil {
		return err
	}
	limit, err := text.TimeLimit.duration(s.TimeLimit)
	if err != nil {
		return err
	}
	*s = Spec(text.plainSpec)
	s.TimeLimit = limit
	if len(problems) > 0 {
		return &InvalidError{What: "the simple form", Problems: problems}
	}
	return nil
}

// duration is what the text says. Its error tells that there may be none, unless it is clear what was meant.
func (t timeLimitText) duration(otherwise time.Duration) (time.Duration, error) {
	switch {
	case t == "":
		return otherwise, nil
	case strings.EqualFold(string(t), noTimeLimit):
		return NoTimeLimit, nil
	}
	limit, err := ParseTimeLimit(string(t))
	if err != nil && !strings.HasSuffix(err.Error(), "?") {
		err = fmt.Errorf("%w, or %s", err, noTimeLimit)
	}
	return limit, err
}

// ParseTimeLimit reads a time limit as people write it: "90m", "1.5h", "48h", "2d", "1w". Its error quotes the text, and
// says what was probably meant.
func ParseTimeLimit(text string) (time.Duration, error) { return amounts.TimeLimit(text) }
