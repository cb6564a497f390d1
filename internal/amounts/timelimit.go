package amounts

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

const durationAs = "write it as 90m, 48h or 2d"

// TimeLimit reads a length of time of a second at least: "90m", "1.5h", "48h", "2d", "1w". Its error quotes the text, and
// says what was probably meant.
func TimeLimit(text string) (time.Duration, error) {
	d, ok := duration(text)
	switch {
	case !ok && number.MatchString(text):
		return 0, errors.New(quoted(text) + " has no unit: did you mean " + text + "h, or " + text + "m?")
	case !ok && written.MatchString(text):
		return 0, errors.New(quoted(text) + " is more than can be counted: " + durationAs)
	case !ok:
		if likely := likelyDuration(text); likely != "" {
			return 0, errors.New(quoted(text) + " is no time limit: did you mean " + likely + "?")
		}
		return 0, errors.New(quoted(text) + " is no time limit: " + durationAs)
	case d <= 0:
		return 0, errors.New(quoted(text) + " is not positive: " + durationAs)
	case d < time.Second:
		return 0, errors.New(quoted(text) + " is shorter than a second: " + durationAs)
	}
	return d, nil
}

var (
	number  = regexp.MustCompile(`^[1-9][0-9]{0,4}$`)
	written = regexp.MustCompile(`^[0-9]{1,40}[smhdwy]$`)
	// slurm is a time of Slurm's: [days-]hours:minutes:seconds. Two parts are minutes and seconds there, and hours and
	// minutes elsewhere.
	slurm = regexp.MustCompile(`^(?:([0-9]{1,3})-)?([0-9]{1,4}):([0-9]{2}):([0-9]{2})$`)
	words = regexp.MustCompile(`^(?:\s*([0-9]{1,6}(?:[.,][0-9]{1,3})?)\s*(\pL+)\.?(?:\s*(?:,|and)\s+)?)(?:\s*([0-9]{1,6}(?:[.,][0-9]{1,3})?)\s*(\pL+)\.?)?\s*$`)
)

func duration(text string) (time.Duration, bool) {
	if len(text) > longest {
		return 0, false
	}
	if d, err := time.ParseDuration(text); err == nil {
		return d, true
	}
	d, err := model.ParseDuration(text) // which knows days
	return time.Duration(d), err == nil
}

// likelyDuration is the length of time that a text probably means; empty where nobody knows.
func likelyDuration(text string) string {
	if len(text) > longest {
		return ""
	}
	var d time.Duration
	if m := slurm.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
		for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
			n, _ := strconv.Atoi(m[i+1]) // digits, or nothing
			d += time.Duration(n) * unit
		}
	} else if m := words.FindStringSubmatch(text); m != nil {
		for i := 1; i < len(m) && m[i] != ""; i += 2 {
			unit := unitOfTime(m[i+1])
			n, err := strconv.ParseFloat(strings.Replace(m[i], ",", ".", 1), 64)
			if unit == 0 || err != nil || n*float64(unit) > float64(100*365*24*time.Hour) {
				return ""
			}
			d += time.Duration(n * float64(unit))
		}
	}
	if d < time.Second {
		return ""
	}
	return plain(d.Round(time.Second))
}

func unitOfTime(word string) time.Duration {
	switch w := strings.ToLower(word); strings.TrimSuffix(w, "s") {
	case "", "sec", "second": // "s" without its s
		return time.Second
	case "m", "min", "minute":
		return time.Minute
	case "h", "hr", "hour":
		return time.Hour
	case "d", "day":
		return 24 * time.Hour
	case "w", "wk", "week":
		return 7 * 24 * time.Hour
	}
	return 0
}

// plain is a length of time in the fewest units.
func plain(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.name
		}
	}
	return d.String()
}
