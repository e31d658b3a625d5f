package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// PluginState is one plugin as the metrics show it.
type PluginState struct {
	Key        string
	State      string
	Sandbox    string // level; "" before the first process
	Refused    int    // attempts to get out of it
	Restarts   int
	Breaker    string
	InFlight   int // calls under way
	LogDropped int // lines of its log
}

// PluginCall counts one call of a plugin by method and outcome, all its retries included.
func (t *Telemetry) PluginCall(key, method, outcome string, took time.Duration) {
	t.pluginCalls.WithLabelValues(key, method, outcome).Inc()
	t.pluginTimes.WithLabelValues(key, method).Observe(took.Seconds())
}

// WatchPlugins shows the plugins that list returns, asked at every scrape; call it once. What a plugin was before leaves no trace.
func (t *Telemetry) WatchPlugins(list func() []PluginState) {
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, append([]string{"plugin"}, labels...), nil)
	}
	t.registry.MustRegister(pluginCollector{
		list:     list,
		state:    gauge("idplug_plugin_state", "1 for the state each plugin is in.", "state"),
		restarts: gauge("idplug_plugin_restarts", "Restarts of each plugin since it was found."),
		breaker:  gauge("idplug_plugin_breaker", "1 for the state each plugin's breaker is in: closed, partly_open, open, probing.", "state"),
		sandbox:  gauge("idplug_plugin_sandbox", "1 for the level at which each plugin's process is shut in: off, basic, partial, full.", "level"),
		refused:  gauge("idplug_plugin_sandbox_refused", "What each plugin tried and the sandbox refused, since its bytes ran first."),
		inFlight: gauge("idplug_plugin_inflight", "Calls of each plugin under way."),
		dropped:  gauge("idplug_plugin_log_lines_dropped_total", "Log lines of each plugin that were too many."),
	})
}

type pluginCollector struct {
	list func() []PluginState

	state, restarts, breaker, sandbox, refused, inFlight, dropped *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c pluginCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.state, c.restarts, c.breaker, c.sandbox, c.refused, c.inFlight, c.dropped} {
		out <- d
	}
}

// Collect implements prometheus.Collector. Of several files with one key the first counts, as two series of one name would spoil the scrape.
func (c pluginCollector) Collect(out chan<- prometheus.Metric) {
	seen := map[string]bool{}
	for _, p := range c.list() {
		if seen[p.Key] {
			continue
		}
		seen[p.Key] = true
		out <- prometheus.MustNewConstMetric(c.state, prometheus.GaugeValue, 1, p.Key, p.State)
		out <- prometheus.MustNewConstMetric(c.restarts, prometheus.GaugeValue, float64(p.Restarts), p.Key)
		out <- prometheus.MustNewConstMetric(c.breaker, prometheus.GaugeValue, 1, p.Key, p.Breaker)
		if p.Sandbox != "" {
			out <- prometheus.MustNewConstMetric(c.sandbox, prometheus.GaugeValue, 1, p.Key, p.Sandbox)
		}
		out <- prometheus.MustNewConstMetric(c.refused, prometheus.GaugeValue, float64(p.Refused), p.Key)
		out <- prometheus.MustNewConstMetric(c.inFlight, prometheus.GaugeValue, float64(p.InFlight), p.Key)
		out <- prometheus.MustNewConstMetric(c.dropped, prometheus.CounterValue, float64(p.LogDropped), p.Key)
	}
}
