package ss

import (
	"bytes"
	"context"
	"strconv"

	"github.com/nlstat/nlstat/pkg/owner"
)

// owners fills the column Process. The search runs during the first dump.
type owners struct {
	show    bool              // -p
	threads bool              // -T: one entry for each thread
	root    string            // of /proc, "" = the default
	found   chan *owner.Index // receives one value
	index   *owner.Index      // once received
}

// begin starts the search for owners, if they are shown.
func (o *owners) begin() {
	if !o.show {
		return
	}
	found := make(chan *owner.Index, 1)
	o.found = found
	threads, root := o.threads, o.root
	go func() { found <- findOwners(threads, root) }() // the dump and this take a core each
}

// findOwners finds the owners of all sockets. What cannot be read is left out without a message, as in ss.
func findOwners(threads bool, root string) *owner.Index {
	cfg := owner.Config{Root: root}
	if threads {
		cfg.Tasks = owner.TasksEvery
	}
	x, err := owner.Scan(context.Background(), &cfg)
	if err != nil && x == nil {
		x = &owner.Index{}
	}
	return x
}

// append appends the owners of the socket, the one found last first.
func (o *owners) append(b []byte, inode uint32) []byte {
	if !o.show || inode == 0 {
		return b
	}
	if o.index == nil {
		if o.found == nil {
			o.begin()
		}
		o.index = <-o.found
	}
	refs := o.index.Owners(inode)
	sep := " users:("
	for i := len(refs) - 1; i >= 0; i-- {
		b = o.appendRef(append(b, sep...), &refs[i])
		sep = ","
	}
	if len(refs) > 0 {
		b = append(b, ')')
	}
	return b
}

func (o *owners) appendRef(b []byte, r *owner.Ref) []byte {
	b = appendCommand(append(b, "(\""...), command(o.task(r).Stat()))
	b = strconv.AppendInt(append(b, "\",pid="...), int64(r.PID), 10)
	if o.threads {
		b = strconv.AppendInt(append(b, ",tid="...), int64(r.TID), 10)
	}
	b = strconv.AppendInt(append(b, ",fd="...), int64(r.FD), 10)
	return append(b, ')')
}

// task returns the process, or with -T the thread. A replacement of /proc need have threads only where ss
// reads their names.
func (o *owners) task(r *owner.Ref) *owner.Process {
	switch {
	case !o.threads:
		return o.index.Process(r.PID)
	case o.root != "":
		return o.index.Process(r.TID)
	}
	return o.index.Thread(r.PID, r.TID)
}

// maxCommand is the length of a process's name (TASK_COMM_LEN less the zero byte).
const maxCommand = 15

// command parses the name of a process in its stat file as ss does: up to the first closing parenthesis,
// even if that is part of the name.
func command(stat []byte) []byte {
	_, name, _ := bytes.Cut(stat, []byte("("))
	name, _, _ = bytes.Cut(name, []byte(")"))
	return name[:min(len(name), maxCommand)]
}

// appendCommand appends a name, with control characters replaced.
func appendCommand(b, name []byte) []byte {
	for _, c := range name {
		switch {
		case c >= 0x80:
			c = '?'
		case c < 0x20 || c == 0x7f:
			c = '.'
		}
		b = append(b, c)
	}
	return b
}
