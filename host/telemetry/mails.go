package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Mail counts one attempt to send a mail by kind and outcome.
func (t *Telemetry) Mail(kind, outcome string) { t.mails.WithLabelValues(kind, outcome).Inc() }

// WatchMails shows how many mails wait and how many failed, asked at every scrape; call it once. A scrape that cannot ask shows none.
func (t *Telemetry) WatchMails(count func() (waiting, failed int, err error)) {
	t.registry.MustRegister(mailCollector{
		count:  count,
		queued: prometheus.NewDesc("idplug_mails_queued", "Mails in the queue by state: waiting, or failed for good.", []string{"state"}, nil),
	})
}

type mailCollector struct {
	count  func() (waiting, failed int, err error)
	queued *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c mailCollector) Describe(out chan<- *prometheus.Desc) { out <- c.queued }

// Collect implements prometheus.Collector.
func (c mailCollector) Collect(out chan<- prometheus.Metric) {
	waiting, failed, err := c.count()
	if err != nil {
		return // the other metrics are worth more than an error
	}
	out <- prometheus.MustNewConstMetric(c.queued, prometheus.GaugeValue, float64(waiting), "waiting")
	out <- prometheus.MustNewConstMetric(c.queued, prometheus.GaugeValue, float64(failed), "failed")
}
