package telemetry

import "github.com/prometheus/client_golang/prometheus"

// PluginState is one plugin as the metrics show it.
type PluginState struct {
	Key      string
	State    string
	Restarts int
}

// WatchPlugins shows the plugins that list returns, asked at every scrape; call it once. What a plugin was before leaves no trace.
func (t *Telemetry) WatchPlugins(list func() []PluginState) {
	t.registry.MustRegister(pluginCollector{
		list:     list,
		state:    prometheus.NewDesc("idplug_plugin_state", "1 for the state each plugin is in.", []string{"plugin", "state"}, nil),
		restarts: prometheus.NewDesc("idplug_plugin_restarts", "Restarts of each plugin since it was found.", []string{"plugin"}, nil),
	})
}

type pluginCollector struct {
	list            func() []PluginState
	state, restarts *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c pluginCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.state
	out <- c.restarts
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
	}
}
