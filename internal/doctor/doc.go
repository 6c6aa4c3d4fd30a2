// Package doctor finds what is wrong with the network side of a host, from two samples of what the kernel
// tells.
//
//	r, err := doctor.Run(ctx, session, &doctor.Config{Interval: 2 * time.Second})
//	if err != nil {
//		return err
//	}
//	for _, f := range r.Findings {
//		fmt.Println(f.Severity, f.Text)
//	}
//
// A check is one row of the table in checks.go and one small function over a [Scene]: one network namespace,
// sampled twice. Counters since boot never make a finding, only their growth between the samples, or what one
// socket counted in its life, which the finding says.
//
// Start reading in checks_table.go; run.go takes the samples, sockets.go folds a dump of sockets into what
// checks look at. What does not live here: flags and layout (internal/cli), the sockets themselves
// (pkg/inspect).
package doctor
