// Package collector is a Prometheus collector of the sockets of this host, with bounded labels, for
// programs with metrics of their own.
//
//	c, err := collector.Start(ctx, nil)
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	prometheus.MustRegister(c)
//	http.Handle("/metrics", promhttp.Handler())
//
// The families are those of the exporter; docs/metrics.md lists them. Samples are taken independently of
// scrapes, so that counters include closed sockets and a scrape only formats text. The owners of all
// sockets need CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, connections that are shorter than the interval
// CAP_NET_ADMIN; nlstat_unreadable_processes and nlstat_sample_success report what is missing.
package collector
