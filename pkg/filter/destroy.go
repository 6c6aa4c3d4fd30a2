//go:build linux

package filter

import (
	"context"
	"errors"

	"github.com/nlstat/nlstat/pkg/diag"
)

// DestroyAll closes the sockets that q selects and f matches, and returns how many it closed. All are
// listed before the first is closed: those that appear meanwhile stay. Each is identified by addresses and
// cookie, so that no other one is closed.
//
// each, if it is not nil, is called after each with the result: nil, [diag.ErrNotFound] for one that no
// longer existed, or the kernel's error. An error that it returns ends DestroyAll, which returns it. A nil
// each ignores ErrNotFound and ends at any other error. The callee owns the socket.
//
// It needs CAP_NET_ADMIN and INET_DIAG_DESTROY, see [diag.Conn.Destroy].
func DestroyAll(
	ctx context.Context, c *diag.Conn, q *diag.Query, f *Filter, each func(*diag.Socket, error) error,
) (closed int, err error) {
	if each == nil {
		each = func(_ *diag.Socket, err error) error {
			if errors.Is(err, diag.ErrNotFound) {
				return nil
			}
			return err
		}
	}
	plan := (&Planner{}).Plan(f.Expr, q)
	var matching []*diag.Socket
	for s, err := range c.Sockets(ctx, &plan.Query) {
		if err != nil {
			return 0, err
		}
		if f.Match(s) {
			matching = append(matching, s.Clone())
		}
	}
	for _, s := range matching {
		err := c.Destroy(ctx, s)
		if err == nil {
			closed++
		}
		if err := each(s, err); err != nil {
			return closed, err
		}
	}
	return closed, nil
}
