// Package metrics turns samples of sockets into families of metrics with bounded labels.
//
//	c := metrics.New(&metrics.Config{MaxSeries: 5000})
//	go c.Run(ctx, session)
//	for _, f := range c.Families() {
//		fmt.Println(f.Metric.Name, len(f.Samples))
//	}
//
// A family is data: package metrics knows neither HTTP nor a client library. Counters are sums of growth,
// from samples and from the last tcp_info of sockets that the kernel tells the end of, so that they outlive
// sockets and never fall before the program ends.
//
// Start reading in table.go, which says what there is, and collector.go.
package metrics
