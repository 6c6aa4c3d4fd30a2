package doctor

import (
	"strconv"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner"
)

// A holder looks up the processes that hold a socket, on request; the first request waits for the search
// for owners. It is valid as long as the session is open.
type holder struct {
	owners inspect.Owners // nil = owners are not searched
	inode  uint32
}

func holderOf(row *inspect.Row) holder {
	h := holder{inode: row.Inode}
	if row.Owned() {
		h.owners = row.Joins.Owners
	}
	return h
}

// who names the processes that hold a row's socket.
func who(row *inspect.Row) string { return holderOf(row).String() }

// refs returns the descriptors of the socket, a view.
func (h holder) refs() []owner.Ref {
	if h.owners == nil || h.inode == 0 {
		return nil
	}
	return h.owners.Owners(h.inode)
}

// String returns "nginx/812", or "nginx/812 +3" if there are more; "" if none is known.
func (h holder) String() string {
	refs := h.refs()
	if len(refs) == 0 {
		return ""
	}
	return title(refs, h.owners.Name(refs[0].PID))
}

// pid returns the first of the processes, 0 if none is known.
func (h holder) pid() int32 {
	if refs := h.refs(); len(refs) > 0 {
		return refs[0].PID
	}
	return 0
}

// title returns the first process of refs and the number of others. refs are sorted by process, and not
// empty.
func title(refs []owner.Ref, name []byte) string {
	others := 0
	for i := range refs[1:] {
		if refs[i+1].PID != refs[i].PID {
			others++
		}
	}
	text := string(name) + "/" + strconv.Itoa(int(refs[0].PID))
	if others > 0 {
		text += " +" + strconv.Itoa(others)
	}
	return text
}

func utoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
