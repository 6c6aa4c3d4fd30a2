// Package inspect lists sockets joined with what the kernel says of them elsewhere: the processes that hold
// them, the other end on this host, the network namespace, the control group, address translations, and
// rates between two samples.
//
//	s, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{All: true}})
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	plan := inspect.Plan{Queries: inspect.TCP(), Needs: inspect.NeedOwner}
//	for row, err := range s.Sockets(ctx, &plan) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(row.Netns, row.Local, row.Remote, row.Holders())
//	}
//
// A [Row] is overwritten by the next one; [Row.Clone] keeps it. Sockets are told apart by [Identity], the two
// ends of a connection are joined by [Pair]; there is no other key.
//
// Package inspect knows neither flags nor text layout. Start reading in session.go, plan.go and row.go; each
// join has a file of its own.
package inspect
