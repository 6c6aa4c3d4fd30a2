//go:build linux

package nltest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// An Option refines an expectation.
type Option func(*options)

type options struct {
	within  time.Duration
	process func(*inspect.Row, int32) bool // of an owner
	words   string                         // description, for messages
}

// Within is the time to wait for an expectation; 0 checks once.
func Within(d time.Duration) Option { return func(o *options) { o.within = d } }

// By expects an owner with that name: as in /proc/PID/comm, or the file name of its program if that is
// longer.
func By(name string) Option {
	return func(o *options) {
		o.words = " by " + name
		o.process = func(r *inspect.Row, pid int32) bool {
			return string(r.Comm(pid)) == name || string(r.ProcessName(pid)) == name
		}
	}
}

// ByPID expects an owner with that process id.
func ByPID(pid int) Option {
	return func(o *options) {
		o.words = " by process " + strconv.Itoa(pid)
		o.process = func(_ *inspect.Row, holder int32) bool { return int(holder) == pid }
	}
}

// Listening expects a socket that listens, or receives packets and is not connected, at a local address:
// "127.0.0.1:8080", "[::1]:53", ":8080" for any address, or the name of a unix socket, with @ before
// abstract ones. It returns the socket.
func (ns *NS) Listening(network, address string, o ...Option) *inspect.Row {
	ns.t.Helper()
	n, local := ns.network(network), ns.endpoint(network, address)
	fault := fmt.Sprintf("no %s socket listens on %s", network, address)
	return ns.expect(n, fault, o, func(r *inspect.Row) bool {
		open := r.State == diag.StateListen || n.packets && r.State == diag.StateClose
		return open && local.is(r.Local, r.Name())
	})
}

// Connected expects a connection with these ends; "" is any. It returns the socket.
func (ns *NS) Connected(network, local, remote string, o ...Option) *inspect.Row {
	ns.t.Helper()
	n, from, to := ns.network(network), ns.endpoint(network, local), ns.endpoint(network, remote)
	fault := fmt.Sprintf("no %s connection from %q to %q", network, local, remote)
	return ns.expect(n, fault, o, func(r *inspect.Row) bool {
		return r.State == diag.StateEstablished && from.is(r.Local, r.Name()) && to.is(r.Remote, nil)
	})
}

// Gone expects that no socket is left at a local address, in any state except TIME-WAIT.
func (ns *NS) Gone(network, address string, o ...Option) {
	ns.t.Helper()
	n, local := ns.network(network), ns.endpoint(network, address)
	ns.expectNone("sockets are left at "+network+" "+address, o, func(r *inspect.Row) bool {
		return n.has(r) && local.is(r.Local, r.Name())
	})
}

// NoLeaks expects that the sockets that the test opens from now on are closed when it ends, including those
// of methods of NS. The check runs after the cleanups that are registered later.
func (ns *NS) NoLeaks(o ...Option) {
	ns.t.Helper()
	before := make(map[inspect.Identity]bool)
	for _, r := range ns.list(0) {
		before[inspect.IdentityOf(r.NetNS, r.Socket)] = true
	}
	ns.t.Cleanup(func() {
		ns.t.Helper()
		ns.expectNone("sockets are left behind", o, func(r *inspect.Row) bool {
			return !before[inspect.IdentityOf(r.NetNS, r.Socket)]
		})
	})
}

// Sockets returns the TCP, UDP and unix sockets of the namespace, in any state (what is left of closed
// connections in TIME-WAIT included), with the processes that hold them.
func (ns *NS) Sockets() []*inspect.Row {
	ns.t.Helper()
	return ns.list(inspect.NeedOwner)
}

func (ns *NS) list(needs inspect.Need) []*inspect.Row {
	ns.t.Helper()
	rows, err := ns.sockets(needs)
	if err != nil {
		ns.t.Fatalf("nltest: list sockets: %v", err)
	}
	return rows
}

func (ns *NS) expect(n *network, fault string, list []Option, ok func(*inspect.Row) bool) *inspect.Row {
	ns.t.Helper()
	o := collect(list)
	var found *inspect.Row
	rows := ns.until(&o, func(rows []*inspect.Row) bool {
		i := slices.IndexFunc(rows, func(r *inspect.Row) bool { return n.has(r) && ok(r) && o.heldBy(r) })
		if i >= 0 {
			found = rows[i]
		}
		return i >= 0
	})
	if found == nil {
		rows = slices.DeleteFunc(rows, func(r *inspect.Row) bool { return !n.has(r) })
		ns.t.Fatalf("%s%s; there are:%s", fault, o.words, listed(rows))
	}
	return found
}

func (ns *NS) expectNone(fault string, list []Option, left func(*inspect.Row) bool) {
	ns.t.Helper()
	o := collect(list)
	none := func(r *inspect.Row) bool { return r.State == diag.StateTimeWait || !left(r) || !o.heldBy(r) }
	rows := ns.until(&o, func(rows []*inspect.Row) bool {
		return !slices.ContainsFunc(rows, func(r *inspect.Row) bool { return !none(r) })
	})
	if rows = slices.DeleteFunc(rows, none); len(rows) > 0 {
		ns.t.Errorf("%s%s:%s", fault, o.words, listed(rows))
	}
}

// until lists sockets until ok or a timeout, and returns the last list, with owners. Before, owners are
// looked up only if the expectation needs them, because that takes longer than the list.
func (ns *NS) until(o *options, ok func([]*inspect.Row) bool) []*inspect.Row {
	ns.t.Helper()
	const pause = 10 * time.Millisecond
	for end := time.Now().Add(o.within); ; time.Sleep(pause) {
		late := !time.Now().Before(end)
		if o.process == nil && !late && !ok(ns.list(0)) {
			continue
		}
		if rows := ns.Sockets(); ok(rows) || late {
			return rows
		}
	}
}

func collect(list []Option) options {
	o := options{within: 5 * time.Second}
	for _, set := range list {
		set(&o)
	}
	return o
}

func (o *options) heldBy(r *inspect.Row) bool {
	if o.process == nil {
		return true
	}
	for _, h := range r.Holders() {
		if o.process(r, h.PID) {
			return true
		}
	}
	return false
}

// listed formats sockets for messages, one a line.
func listed(rows []*inspect.Row) string {
	const most = 20
	if len(rows) == 0 {
		return " none"
	}
	var b bytes.Buffer
	for _, r := range rows[:min(len(rows), most)] {
		fmt.Fprintf(&b, "\n\t%s", line(r))
	}
	if n := len(rows) - most; n > 0 {
		fmt.Fprintf(&b, "\n\tand %d more", n)
	}
	return b.String()
}

// line formats a socket for messages. Names are untrusted: control characters are quoted.
func line(r *inspect.Row) string {
	var b bytes.Buffer
	if k, ok := r.Kind(); ok {
		fmt.Fprintf(&b, "%s %s", k.Name, r.State)
	}
	if r.Local.IsValid() {
		fmt.Fprintf(&b, " %s", r.Local)
		if r.Remote.Port() != 0 {
			fmt.Fprintf(&b, " to %s", r.Remote)
		}
	} else if name := readable(r.Name()); len(name) > 0 {
		fmt.Fprintf(&b, " %s", plain(name))
	}
	for i, h := range r.Holders() {
		if i > 0 && h.PID == r.Holders()[i-1].PID {
			continue // another descriptor
		}
		fmt.Fprintf(&b, " %s(%d)", plain(r.Comm(h.PID)), h.PID)
	}
	return b.String()
}

func plain(name []byte) string {
	if quoted := strconv.QuoteToASCII(string(name)); quoted != `"`+string(name)+`"` {
		return quoted
	}
	return string(name)
}
