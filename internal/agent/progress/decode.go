package progress

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// decode reads a report as Kubeflow Trainer's status server takes it (UpdateTrainJobStatusRequest,
// KEP-2779), and numbers where that has texts. What is beyond the bounds of a progress is left out and
// told: dropped is empty where nothing was. A report that tells nothing is nil and no error.
func decode(body []byte) (p *wire.Progress, dropped string, err error) {
	var r struct {
		Status *struct {
			Percent   *float64 `json:"progressPercentage"`
			Remaining *float64 `json:"estimatedRemainingSeconds"`
			Metrics   []struct {
				Name  string `json:"name"`
				Value value  `json:"value"`
			} `json:"metrics"`
		} `json:"trainerStatus"`
	}
	if json.Unmarshal(body, &r) != nil {
		return nil, "", errors.New(`this is no report; it looks like {"trainerStatus":{"progressPercentage":40,"metrics":[{"name":"loss","value":"0.31"}]}}`)
	}
	if r.Status == nil {
		return nil, "", nil
	}
	p = &wire.Progress{Percent: within(r.Status.Percent, 100), RemainingSeconds: within(r.Status.Remaining, wire.MaxRemaining)}
	if n := r.Status.Percent; n != nil && (*n < 0 || *n > 100) {
		dropped = "a percentage outside 0 to 100 is taken for the nearer of the two"
	}
	for _, m := range r.Status.Metrics {
		n, err := strconv.ParseFloat(string(m.Value), 64)
		switch {
		case !wire.MetricName(m.Name):
			dropped = "a metric's name may have up to " + strconv.Itoa(wire.MaxMetricName) + " letters, digits and _./:@%+-"
		case err != nil || math.IsNaN(n) || math.IsInf(n, 0):
			dropped = "metric " + m.Name + " is no finite number"
		case !put(p, wire.Metric{Name: m.Name, Value: n}):
			dropped = "only the first " + strconv.Itoa(wire.MaxMetrics) + " metrics of a report are kept"
		}
	}
	if p.Percent == nil && p.RemainingSeconds == nil && len(p.Metrics) == 0 {
		return nil, dropped, nil
	}
	return p, dropped, nil
}

// put adds a metric, in the place of one of its name; false where there are too many.
func put(p *wire.Progress, m wire.Metric) bool {
	for i := range p.Metrics {
		if p.Metrics[i].Name == m.Name {
			p.Metrics[i] = m
			return true
		}
	}
	if len(p.Metrics) == wire.MaxMetrics {
		return false
	}
	p.Metrics = append(p.Metrics, m)
	return true
}

// within is a number as a whole one from 0 to most.
func within(n *float64, most int) *int {
	if n == nil {
		return nil
	}
	whole := int(min(max(*n, 0), float64(most)))
	return &whole
}

// value is a metric's value: a text, or a number.
type value string

// UnmarshalJSON takes either; a value of another kind is none, which is told like one that is no number.
func (v *value) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*v = value(strings.TrimSpace(s))
		return nil
	}
	*v = value(b)
	return nil
}
