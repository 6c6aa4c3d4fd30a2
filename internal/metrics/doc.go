// Package metrics turns samples of sockets into families of metrics with bounded labels.
//
//	c := metrics.New(&metrics.Config{MaxSeries: 5000})
//	go c.Run(ctx, session)
//	for _, f := range c.Families() {
//		fmt.Println(f.Metric.Name, len(f.Samples))
//	}
//
// A family is data: the package does not depend on HTTP or a client library. Counters are sums of growth,
// from samples and from the last tcp_info in events of closed sockets, so that they never decrease while the
// program runs.
//
// Start reading in table.go, the list of metrics, and collector.go.
package metrics
