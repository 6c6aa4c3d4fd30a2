// Package inspect lists sockets joined with related data of the kernel: their owners, the other end on this
// host, the network namespace, the control group, address translations, and rates between two samples.
//
//	s, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{All: true}})
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	plan := inspect.Plan{Needs: inspect.NeedOwner | inspect.NeedPeer | inspect.NeedCgroup}
//	for row, err := range s.Sockets(ctx, &plan) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(row.Netns, row.Local, row.Remote, row.Container(), row.Processes(), row.PeerProcesses())
//	}
//
// Package query makes plans from nlstat's filter language. [Session.Watch] reports changes of sockets,
// [Follow] those of addresses, routes and the like.
//
// A [Row] is overwritten by the next one; [Row.Clone] copies it. Sockets are identified by [Identity], and
// the two ends of a connection are joined by [Pair].
//
// Package inspect has neither flags nor text layout. Start reading in session.go, plan.go and row.go; each
// join has a file of its own.
package inspect
