// Package query is nlstat's filter language: a test on any field of any table, joined by and, or, not and
// parentheses. What ss takes as a filter is taken here too, but for its words
// before addresses (unix:, link:) and masks of fwmark.
//
//	state listening and port in (80,443) and not user=root
//	rtt>50ms or retrans>0
//	dst 10.0.0.0/8 and sport = :https
//	nginx :443
//
// Parse makes a tree of tests whose fields and values are checked against a [view.Table]; Compile makes a
// function of the tree. What the kernel can check of it is planned elsewhere, from the tree.
//
// Start reading in ast.go.
package query
