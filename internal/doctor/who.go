package doctor

import (
	"strconv"

	"github.com/nlstat/nlstat/pkg/inspect"
)

// A holder answers which processes hold a socket, on request: the first answer waits for the search
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

// String returns "nginx/812", or "nginx/812 +3" where there are more. It is empty where none is known.
func (h holder) String() string {
	if h.owners == nil || h.inode == 0 {
		return ""
	}
	refs := h.owners.Owners(h.inode)
	if len(refs) == 0 {
		return ""
	}
	pid, others := refs[0].PID, 0
	for i := range refs {
		if i > 0 && refs[i].PID != refs[i-1].PID {
			others++
		}
	}
	text := string(h.owners.Name(pid)) + "/" + strconv.Itoa(int(pid))
	if others > 0 {
		text += " +" + strconv.Itoa(others)
	}
	return text
}

// pid returns the first of the processes, 0 where none is known.
func (h holder) pid() int32 {
	if h.owners == nil || h.inode == 0 {
		return 0
	}
	if refs := h.owners.Owners(h.inode); len(refs) > 0 {
		return refs[0].PID
	}
	return 0
}

func utoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
