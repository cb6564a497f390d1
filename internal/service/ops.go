package service

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// Ops is for probes and Prometheus, on a port of its own that needs no token and isn't for users.
func (s *Service) Ops(ready func() error, gauges map[string]func() float64) http.Handler {
	for name, value := range gauges {
		s.metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: gaugeHelp[name]}, value))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		err := ready()
		select {
		case <-s.draining:
			err = draining()
		default:
		}
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, err)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", s.metrics.handler())
	return mux
}

// Gauges of a service in a cluster.
const (
	gaugeJobs   = "training_service_jobs"
	gaugeMerged = "training_service_stream_merged_total"
)

var gaugeHelp = map[string]string{
	gaugeJobs:   "Jobs the service knows of.",
	gaugeMerged: "States that streams left out because they were out of date by then.",
}
