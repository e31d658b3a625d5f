// Package telemetry counts what the host does, in a Prometheus registry of its own. It is a leaf: any host room may use it, it knows none of
// them.
package telemetry

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Telemetry holds the metrics of one host. Its methods may be called at once from everywhere.
type Telemetry struct {
	registry  *prometheus.Registry
	process   [2]*prometheus.Registry // the runtime's and the process's: for everybody, and for operators
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	logins    *prometheus.CounterVec
	mails     *prometheus.CounterVec

	pluginCalls *prometheus.CounterVec
	pluginTimes *prometheus.HistogramVec
}

// New makes the metrics of a host of that version.
func New(version string) *Telemetry {
	t := &Telemetry{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "idplug_http_requests_total", Help: "Answered HTTP requests by method, route and status.",
		}, []string{"method", "route", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "idplug_http_request_seconds", Help: "Time from request to answer by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route"}),
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "idplug_logins_total", Help: "Sign-ins by outcome (signed_in, restarted, refused, tested) and, unless signed in, code.",
		}, []string{"outcome", "code"}),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "idplug_mails_total", Help: "Attempts to send a mail by kind and outcome (sent, deferred, failed).",
		}, []string{"kind", "outcome"}),
		pluginCalls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "idplug_plugin_calls_total",
			Help: "Calls of plugins by method and outcome (ok, refused, cancelled, down, deadline, internal, exhausted, breaker_open).",
		}, []string{"plugin", "method", "outcome"}),
		pluginTimes: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "idplug_plugin_call_seconds", Help: "Time from call to answer of plugins by method, retries included.",
			Buckets: []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 5},
		}, []string{"plugin", "method"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "idplug_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	})
	build.Set(1)
	t.registry.MustRegister(t.requests, t.durations, t.logins, t.mails, t.pluginCalls, t.pluginTimes, build)
	// Counts of allocations tell whoever can read them how far the work on their last request got.
	for i, goroutines := range []prometheus.Collector{collectors.NewGoCollector(collectors.WithGoCollectorMemStatsMetricsDisabled()), collectors.NewGoCollector()} {
		t.process[i] = prometheus.NewRegistry()
		t.process[i].MustRegister(goroutines, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	return t
}

// Request counts one answered request. route is the pattern, never the path, so that nobody can make labels; "" for an unknown path.
func (t *Telemetry) Request(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "unknown"
	}
	t.requests.WithLabelValues(known(method), route, strconv.Itoa(status)).Inc()
	t.durations.WithLabelValues(route).Observe(took.Round(time.Millisecond).Seconds()) // no stopwatch for strangers
}

// known keeps invented methods from making labels.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// Login counts one sign-in; code is "" for success.
func (t *Telemetry) Login(outcome, code string) { t.logins.WithLabelValues(outcome, code).Inc() }

// Handler answers in the text format of Prometheus with what everybody may know.
func (t *Telemetry) Handler() http.Handler { return t.page(t.process[0]) }

// OpsHandler answers with all metrics, for an address that only operators reach.
func (t *Telemetry) OpsHandler() http.Handler { return t.page(t.process[1]) }

func (t *Telemetry) page(process *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(prometheus.Gatherers{t.registry, process}, promhttp.HandlerOpts{})
}
