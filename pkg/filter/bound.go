//go:build linux

package filter

import "strconv"

// Const is fulfilled by every socket or by none.
type Const bool

// Match implements [Expr].
func (e Const) Match(*Row) bool { return bool(e) }

// String implements [Expr].
func (e Const) String() string { return strconv.FormatBool(bool(e)) }

// Within stands for an unknown condition that implies X. A [Planner] leaves out sockets that do not
// fulfill X; below a [Not] it leaves out none.
type Within struct{ X Expr }

// Match implements [Expr]. It tests only X.
func (e *Within) Match(r *Row) bool { return e.X.Match(r) }

// String implements [Expr].
func (e *Within) String() string { return "within ( " + text(e.X) + " )" }
