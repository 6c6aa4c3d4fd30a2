// Package collector is nlstat-exporter for programs that have metrics of their own: a Prometheus collector of
// the sockets of this host, with bounded labels.
//
//	c, err := collector.Start(ctx, nil)
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	prometheus.MustRegister(c)
//	http.Handle("/metrics", promhttp.Handler())
//
// The families are those of the exporter; docs/metrics.md lists them. Samples are taken beside scrapes, so
// that counters outlive the sockets that they were read from, and a scrape costs nothing but its text. All
// owners take CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, connections that are shorter than the interval
// CAP_NET_ADMIN; what is missing of it is told by nlstat_unreadable_processes and nlstat_sample_success.
package collector
