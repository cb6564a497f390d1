package wire

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// What programs tell of themselves, and at most how much of it.
const (
	// MaxMetrics is how many metrics are kept of a job, MaxMetricName how long a name may be, in bytes.
	MaxMetrics    = 16
	MaxMetricName = 63
	// MaxRemaining bounds the time a program thinks it still needs, in seconds: ten years.
	MaxRemaining = 10 * 365 * 24 * 3600
	// progressPort is the first of the ports that take progress, on loopback. They lie beyond those of jobs
	// (10000–29999), Kubernetes' node ports (30000–32767, MPI's own too) and those Linux gives to whoever
	// connects (32768–60999).
	progressPort  = 61000
	progressPorts = 4500
	// ProgressPath is the only path there.
	ProgressPath = "/trainer-status"
)

// The files in JobDir that code finds which reports to Kubeflow Trainer, and their keys in the job's
// ConfigMap. The token is the job's UID: it keeps programs of other jobs from reporting here by mistake
// where pods share a node's network; it is no secret. The address is plain HTTP on loopback, so the CA is only there to be read.
const (
	ProgressTokenKey  = "progress-token"
	ProgressCAKey     = "progress-ca.crt"
	ProgressTokenFile = JobDir + "/" + ProgressTokenKey
	ProgressCAFile    = JobDir + "/" + ProgressCAKey
)

// Environment in which code finds where to report: Kubeflow Trainer's own names (KEP-2779).
const (
	EnvProgressURL   = "KUBEFLOW_TRAINER_SERVER_URL"
	EnvProgressToken = "KUBEFLOW_TRAINER_SERVER_TOKEN"
	EnvProgressCA    = "KUBEFLOW_TRAINER_SERVER_CA_CERT"
)

// ProgressAddress is where a pod's agent takes progress. It is the same in every pod of the job: MPICH
// and Intel MPI give the Launcher's environment to every rank.
func (j *Job) ProgressAddress() string {
	return fmt.Sprintf("127.0.0.1:%d", progressPort+j.Port%progressPorts)
}

// ProgressURL is the same for programs.
func (j *Job) ProgressURL() string { return "http://" + j.ProgressAddress() + ProgressPath }

// Progress is what a program last told of how far it is. Each replaces the one before.
type Progress struct {
	// At is when it was heard: by the agent of its pod, and from the Launcher on by the Launcher's, so that
	// clocks of different nodes are never compared.
	At time.Time `json:"at"`
	// Percent is from 0 to 100, RemainingSeconds from 0 to MaxRemaining; nil where not told.
	Percent          *int     `json:"percent,omitempty"`
	RemainingSeconds *int     `json:"remainingSeconds,omitempty"`
	Metrics          []Metric `json:"metrics,omitempty"` // in the program's order
}

// Metric is a number the program calls by a name, such as loss.
type Metric struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Check says what a progress breaks of its bounds. It comes from a user's program, by agents that a
// user's pod can replace, so each reader checks it.
func (p *Progress) Check() error {
	if !Plausible(p.At) {
		return fmt.Errorf("progress of the year %d", p.At.UTC().Year())
	}
	if p.Percent != nil && (*p.Percent < 0 || *p.Percent > 100) {
		return fmt.Errorf("progress of %d %%", *p.Percent)
	}
	if p.RemainingSeconds != nil && (*p.RemainingSeconds < 0 || *p.RemainingSeconds > MaxRemaining) {
		return fmt.Errorf("%d remaining seconds", *p.RemainingSeconds)
	}
	if len(p.Metrics) > MaxMetrics {
		return fmt.Errorf("%d metrics", len(p.Metrics))
	}
	for i, m := range p.Metrics {
		switch {
		case !MetricName(m.Name):
			return fmt.Errorf("a metric's name is %.70q", m.Name)
		case math.IsNaN(m.Value) || math.IsInf(m.Value, 0):
			return fmt.Errorf("metric %s is no finite number", m.Name)
		case slices.ContainsFunc(p.Metrics[:i], func(o Metric) bool { return o.Name == m.Name }):
			return fmt.Errorf("metric %s is there twice", m.Name)
		}
	}
	return nil
}

// MetricName says whether a metric may be called so: what frameworks use, and nothing that a terminal, a
// page or a list of NAME=VALUE would take for something else.
func MetricName(s string) bool {
	return s != "" && len(s) <= MaxMetricName && strings.Trim(s, metricCharacters) == ""
}

const metricCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+-"

// Tells says whether a progress tells anything beyond another. A remaining time is told anew each time:
// it runs down in between.
func (p *Progress) Tells(o *Progress) bool {
	switch {
	case p == nil:
		return false
	case o == nil:
		return true
	case !same(p.Percent, o.Percent) || !same(p.RemainingSeconds, o.RemainingSeconds) || !slices.Equal(p.Metrics, o.Metrics):
		return true
	}
	return p.RemainingSeconds != nil && *p.RemainingSeconds > 0 && !p.At.Equal(o.At)
}

func same(a, b *int) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
