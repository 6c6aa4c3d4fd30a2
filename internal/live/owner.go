package live

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// ownerOf returns the process that a row is shown with.
func ownerOf(row *inspect.Row) Owner {
	holders := row.Holders()
	o := Owner{}
	if g := row.Group(); g != nil {
		o.Unit = g.Unit
	}
	if len(holders) == 0 {
		o.Name = "(" + noOwner(row) + ")"
		return o
	}
	o.PID = holders[0].PID
	last := o.PID
	for _, h := range holders[1:] {
		if h.PID != last {
			o.Others++
			last = h.PID
		}
	}
	o.Name = fmt.Sprintf("%s/%d", row.ProcessName(o.PID), o.PID)
	if o.Others > 0 {
		o.Name += fmt.Sprintf(" +%d", o.Others)
	}
	return o
}

// noOwner says why a socket has no process, or what is not known of that.
func noOwner(row *inspect.Row) string {
	switch {
	case row.State == diag.StateTimeWait:
		return "time-wait"
	case row.State == diag.StateNewSynRecv, row.State == diag.StateSynRecv:
		return "half open"
	case row.HoldersKnown():
		return row.Absence().String()
	default:
		return "not known"
	}
}

// protoName returns the name of a row's protocol.
func protoName(row *inspect.Row) string {
	return cmp.Or(row.Table(), strconv.Itoa(int(row.Protocol)))
}

// processes sums connections and listeners up by what they are shown with.
func processes(conns []Conn, listeners map[inspect.Identity]listenerFacts) []Process {
	index := map[string]int{}
	var list []Process
	of := func(o *Owner) *Process {
		key := fmt.Sprint(o.PID)
		if o.PID == 0 {
			key = o.Name
		}
		i, ok := index[key]
		if !ok {
			i = len(list)
			index[key] = i
			list = append(list, Process{Owner: *o})
		}
		return &list[i]
	}
	for i := range conns {
		c := &conns[i]
		p := of(&c.Owner)
		p.Conns++
		if c.State == diag.StateCloseWait && c.Proto == "tcp" {
			p.CloseWait++
		}
		p.Rated = p.Rated || c.Rated
		p.Send += c.Send
		p.Recv += c.Recv
		p.RTT = max(p.RTT, c.RTT)
		p.Drops += c.Drops
		p.segments += c.segments
		p.resent += c.resent
	}
	for _, f := range listeners {
		of(&f.owner).Listeners++
	}
	return list
}
