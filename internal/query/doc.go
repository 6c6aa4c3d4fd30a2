// Package query is nlstat's filter language: tests of any field of any table, combined with and, or, not and
// parentheses. The filters of ss are accepted too, except its prefixes of addresses (unix:, link:) and fwmark
// masks.
//
//	state listening and port in (80,443) and not user=root
//	rtt>50ms or retrans>0
//	dst 10.0.0.0/8 and sport = :https
//	nginx :443
//
// Parse returns a tree of tests whose fields and values are checked against a [view.Table]; Compile compiles
// the tree. [Sockets] plans the kernel queries for it.
//
// pkg/query is the public part of it.
//
// Start reading in ast.go.
package query
