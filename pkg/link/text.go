package link

import (
	"fmt"

	"github.com/nlstat/nlstat/internal/enum"
)

// String returns number, name and state of the link: "2 eth0 up", and "deleted" in the event of its end.
func (l *Link) String() string {
	return fmt.Sprintf("%d %s %v%s", l.Index, enum.Shown(l.Name()), l.OperState, enum.Ending(l.Deleted))
}

// String returns the address and the number of its link: "10.0.0.1/24 if2", and "deleted" in the event
// of its end.
func (a *Address) String() string {
	return fmt.Sprintf("%v if%d%s", a.Prefix, a.Link, enum.Ending(a.Deleted))
}

// String returns kind, handle, link and parent of the discipline, handles as tc(8) writes them:
// "fq_codel 8001: if2 root", "fq_codel 0: if2 parent 8001:1".
func (q *Qdisc) String() string {
	parent := "root"
	if q.Parent != QdiscRoot {
		parent = "parent " + handle(q.Parent)
	}
	return fmt.Sprintf("%s %x: if%d %s", enum.Shown(q.Kind()), q.Handle>>16, q.Link, parent)
}

// handle writes a class as tc(8) does, major and minor number in hexadecimal, without a major number 0.
func handle(h uint32) string {
	if h>>16 == 0 {
		return fmt.Sprintf(":%x", h)
	}
	return fmt.Sprintf("%x:%x", h>>16, h&0xffff)
}
