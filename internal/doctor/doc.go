// Package doctor finds network problems of a host from two samples of the kernel's tables.
//
//	r, err := doctor.Run(ctx, session, &doctor.Config{Interval: 2 * time.Second})
//	if err != nil {
//		return err
//	}
//	for _, f := range r.Findings {
//		fmt.Println(f.Severity, f.Text)
//	}
//
// A check is one row of the table in checks_table.go and one small function over a [Scene]: one network
// namespace, sampled twice. Counters since boot never make a finding, only their growth between the samples,
// or the counters of one socket, which the finding says.
//
// Start reading in checks_table.go; run.go takes the samples, sockets.go reduces a dump of sockets to the
// input of the checks. Flags and layout are in internal/cli, the sockets themselves in
// pkg/inspect.
package doctor
