// Package filter parses filters in the language of ss, matches sockets with them, and plans what the
// kernel can check.
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
// [Parse] returns a tree, [Filter.Match] matches a socket with it, and a [Planner] adds to a query what
// the kernel can check: states, ports, a program ([diag.Bytecode]). The kernel then lists all sockets
// that match, and perhaps others; Match decides.
//
// The tree is made of [And], [Or], [Not] and conditions. A condition is anything with the two methods of
// [Expr]. Those of this package are known to the planner; others are left to Match, and the planner still
// uses the rest: of "dport = 443 and rtt > 50ms" the kernel checks the port.
//
// # The language
//
// and, or and words side by side bind equally and group to the left; not binds the next condition only.
// The last keyword determines how a value is parsed. Both are as in ss. Addresses select sockets of their
// own family. With [Options.Loose] the same words select the same sockets as in ss, which compares the
// first bits of addresses regardless of their family. ss shows a socket if both the kernel's program and
// its own match, which differ in corner cases; [Filter.Bytecode] is the first and Match the second.
//
// Start reading in expr.go, then parse.go and plan.go.
package filter
