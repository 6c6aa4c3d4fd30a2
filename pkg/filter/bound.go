//go:build linux

package filter

import "strconv"

// Const is fulfilled by every socket or by none. Planners use it for what is known without a request.
type Const bool

// Match implements [Expr].
func (e Const) Match(*Row) bool { return bool(e) }

// String implements [Expr].
func (e Const) String() string { return strconv.FormatBool(bool(e)) }

// Within stands for a condition that is not known here, of which X is a part: whatever fulfills it fulfills
// X. A [Planner] leaves out what does not fulfill X; below a [Not] it leaves out nothing.
type Within struct{ X Expr }

// Match implements [Expr]. It judges no more than X.
func (e *Within) Match(r *Row) bool { return e.X.Match(r) }

// String implements [Expr].
func (e *Within) String() string { return "within ( " + text(e.X) + " )" }
