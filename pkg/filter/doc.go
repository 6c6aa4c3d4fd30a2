// Package filter says which sockets are wanted, in the language of ss, and how much of that the kernel
// can check.
//
//	f, err := filter.Parse([]string{"sport = 22 or src 10.0.0.0/8"}, &filter.Options{Names: names})
//	if err != nil {
//		return err
//	}
//	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
//	plan := (&filter.Planner{}).Plan(f.Expr, &q)
//	for s, err := range conn.Sockets(ctx, &plan.Query) {
//		if err != nil {
//			return err
//		}
//		if f.Match(s) {
//			show(s)
//		}
//	}
//
// [Parse] makes a tree, [Filter.Match] checks a socket against it, a [Planner] puts into a query what the
// kernel can check: states, ports, a program ([diag.Bytecode]). What the kernel then lists is never less
// than what matches; Match is the judge.
//
// The tree is made of [And], [Or], [Not] and conditions. A condition is anything with the two methods
// of [Expr]. Those of this package are known to the planner; others are left to Match, and the planner
// still uses what stands beside them: of "dport = 443 and rtt > 50ms" the kernel checks the port.
//
// # The language
//
// and, or and words side by side bind equally and group to the left; not binds the next condition only. A
// value is read as the last keyword before it wants it. Both are as in ss. Addresses select sockets of
// their own family. With [Options.Loose] the same words select the same sockets as in ss, which compares
// the first bits of addresses whatever their family. What ss answers is the conjunction of two judgments
// that differ in corner cases, the kernel's program and its own; [Filter.Bytecode] is the first and Match
// the second.
//
// Start reading in expr.go, then parse.go and plan.go.
package filter
