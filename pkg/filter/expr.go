//go:build linux

package filter

import (
	"strings"

	"github.com/nlstat/nlstat/internal/enum"
)

// An Expr is a condition on a socket. [And], [Or] and [Not] combine others. The conditions of this
// package are known to the planner, any other type with these methods is left to Match.
type Expr interface {
	// Match reports whether a socket fulfills the condition. It must not keep r.
	Match(r *Row) bool
	// String returns the condition in the filter language.
	String() string
}

// And is fulfilled if Left and Right are.
type And struct{ Left, Right Expr }

// Or is fulfilled if Left or Right is.
type Or struct{ Left, Right Expr }

// Not is fulfilled if X is not.
type Not struct{ X Expr }

// Match implements [Expr].
func (e *And) Match(r *Row) bool { return e.Left.Match(r) && e.Right.Match(r) }

// Match implements [Expr].
func (e *Or) Match(r *Row) bool { return e.Left.Match(r) || e.Right.Match(r) }

// Match implements [Expr].
func (e *Not) Match(r *Row) bool { return !e.X.Match(r) }

// String returns both sides, in parentheses if needed: the language groups to the left.
func (e *And) String() string { return text(e) }

// String returns both sides.
func (e *Or) String() string { return text(e) }

// String returns the condition after "not".
func (e *Not) String() string { return text(e) }

func text(e Expr) string {
	var b strings.Builder
	write(&b, e)
	return b.String()
}

func write(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case *And:
		writeItem(b, e.Left)
		b.WriteString(" and ")
		writeItem(b, e.Right)
	case *Or:
		writeItem(b, e.Left)
		b.WriteString(" or ")
		writeItem(b, e.Right)
	case *Not:
		b.WriteString("not ")
		writeItem(b, e.X)
	default:
		b.WriteString(e.String())
	}
}

// writeItem writes an expression, in parentheses if needed.
func writeItem(b *strings.Builder, e Expr) {
	switch e.(type) {
	case *And, *Or:
		b.WriteString("( ")
		write(b, e)
		b.WriteString(" )")
	default:
		write(b, e)
	}
}

// A Side is an end of a socket.
type Side uint8

// The ends.
const (
	SideLocal Side = iota
	SideRemote
)

var sideNames = [...]string{"local", "remote"}

// String returns "local" or "remote".
func (s Side) String() string { return enum.Name(sideNames[:], s, "side") }

// MarshalText returns what String does.
func (s Side) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// word returns one of the two words that name an end.
func (s Side) word(local, remote string) string {
	if s == SideRemote {
		return remote
	}
	return local
}
