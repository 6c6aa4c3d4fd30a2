package inspect

import (
	"context"
	"net/netip"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/link"
)

// links names the interfaces of one network namespace. All are read at the first question.
type links struct{ lookup[uint32] }

func newLinks(netns int, replay *diag.Recording) *links {
	l := &links{lookup[uint32]{file: "nlstat/links"}}
	if replay != nil {
		l.replay(replay)
		return l
	}
	var all *link.Names
	l.ask = func(index uint32) string {
		if all == nil { // while the descriptor of the namespace is open
			all = link.NewNames(&link.Config{NetNS: netns})
			_ = all.Load(context.Background()) // what has no name is shown by its number
			_ = all.Close()                    // names that are known stay
		}
		return all.Known(index)
	}
	return l
}

// Name returns the name of an interface.
func (l *links) Name(index uint32) string { return l.get(index) }

// localAddresses returns the addresses of a network namespace.
func localAddresses(ctx context.Context, netns int) map[netip.Addr]bool {
	all := map[netip.Addr]bool{}
	c, err := link.Dial(&link.Config{NetNS: netns})
	if err != nil {
		return all // peers at such addresses are not known then
	}
	defer c.Close() //nolint:errcheck // nothing is lost with it
	for a, err := range c.Addresses(ctx, &link.AddressQuery{}) {
		if err != nil {
			break
		}
		all[a.Prefix.Addr().Unmap()] = true
	}
	return all
}

// vethPeers returns the links of a network namespace whose other end is in the same one, each with that end.
func vethPeers(ctx context.Context, netns int) map[uint32]uint32 {
	all := map[uint32]uint32{}
	c, err := link.Dial(&link.Config{NetNS: netns})
	if err != nil {
		return all
	}
	defer c.Close() //nolint:errcheck // nothing is lost with it
	for l, err := range c.Links(ctx, &link.Query{Kind: "veth"}) {
		if err != nil {
			break
		}
		if l.Lower != 0 && l.Has&link.HasLowerNetNS == 0 {
			all[l.Index] = l.Lower
		}
	}
	return all
}
