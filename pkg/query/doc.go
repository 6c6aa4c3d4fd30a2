// Package query is nlstat's filter language for programs: text becomes a plan for a session of package
// inspect.
//
//	f, err := query.Parse("dst 10.0.0.0/8 and established and rtt>50ms")
//	if err != nil {
//		return err // has the position and a hint
//	}
//	plan, err := f.Plan(inspect.NeedOwner)
//	if err != nil {
//		return err
//	}
//	for row, err := range session.Sockets(ctx, plan) {
//
// The fields and words are those of the command: docs/filters.md has the language, `nlstat fields` lists
// the fields, and `nlstat explain FILTER` explains how a filter is parsed. The kernel checks as much as
// possible: a plan for :8080 is a filtered dump, one for both ends of a connection a look-up. Filters of ss
// are accepted, too; for those alone, without owners and other joins, package filter is smaller.
//
// Start reading in filter.go.
package query
