//go:build linux

package conntrack

import (
	"slices"
	"strings"
)

// String returns protocol, state, source and destination of the flow's first packet: "tcp ESTABLISHED
// 10.0.0.3:1000 10.0.0.4:80"; after them what they are translated to ("nat_src", "nat_dst"), and the kind of
// event. Protocols without a name are numbers. JSON has all fields.
func (f *Flow) String() string {
	o := &f.Orig
	words := []string{protoName(o.Proto), f.StateName(), f.end(o.Source()), f.end(o.Destination())}
	if f.SrcNAT() {
		words = append(words, "nat_src", f.end(f.Reply.Destination()))
	}
	if f.DstNAT() {
		words = append(words, "nat_dst", f.end(f.Reply.Source()))
	}
	words = append(words, f.Event.String())
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}
