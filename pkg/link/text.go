package link

import (
	"fmt"
	"strconv"
)

// String returns number, name and state of the link: "2 eth0 up", and "deleted" in the event of its end.
func (l *Link) String() string {
	name := string(l.Name())
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		name = quoted // the kernel allows terminal escapes
	}
	return fmt.Sprintf("%d %s %v%s", l.Index, name, l.OperState, ending(l.Deleted))
}

// String returns the address and the number of its link: "10.0.0.1/24 if2", and "deleted" in the event of its
// end.
func (a *Address) String() string {
	return fmt.Sprintf("%v if%d%s", a.Prefix, a.Link, ending(a.Deleted))
}

func ending(deleted bool) string {
	if deleted {
		return " deleted"
	}
	return ""
}
