package service

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics of the service; none is labelled by job, user or namespace.
type metrics struct {
	registry     *prometheus.Registry
	requests     *prometheus.CounterVec
	seconds      *prometheus.HistogramVec
	limited      prometheus.Counter
	events       prometheus.Counter
	resets       prometheus.Counter
	ended        *prometheus.CounterVec
	open, shells func() float64
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "training_service_requests_total", Help: "Requests answered, by operation of the contract and status."}, []string{"operation", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "training_service_request_duration_seconds", Help: "How long requests took; streams not counted.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 30}}, []string{"operation"}),
		limited: prometheus.NewCounter(prometheus.CounterOpts{Name: "training_service_limited_total", Help: "Requests refused because a limit was reached."}),
		events:  prometheus.NewCounter(prometheus.CounterOpts{Name: "training_service_stream_events_total", Help: "Events sent on streams of jobs."}),
		resets:  prometheus.NewCounter(prometheus.CounterOpts{Name: "training_service_stream_resets_total", Help: "Times a stream began with everything: at its start, or for a reader too slow."}),
		ended:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "training_service_streams_ended_total", Help: "Streams that ended, by why."}, []string{"code"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.limited, m.events, m.resets, m.ended,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "training_service_streams", Help: "Open streams."}, func() float64 { return m.open() }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "training_service_shells", Help: "Commands that run over a WebSocket."}, func() float64 { return m.shells() }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) seen(operation string, status int, took time.Duration) {
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Inc()
	if !isStream[operation] {
		m.seconds.WithLabelValues(operation).Observe(took.Seconds())
	}
}

var isStream = map[string]bool{"streamAllTrainingJobs": true, "streamTrainingJobs": true, "streamTrainingJob": true, "streamTrainingJobLogs": true, "execTrainingJob": true,
	"listTrainingJobOutputs": true, "downloadTrainingJobOutputs": true}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
