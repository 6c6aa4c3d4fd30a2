package ss

import (
	"context"
	"errors"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// follow shows sockets when they are closed, each row at once, until a signal ends it. Sockets are selected
// by filter and families, not by state.
func (p *program) follow(ctx context.Context) error {
	groups := p.eventGroups()
	if groups == 0 {
		return exit{code: exitUsage}
	}
	c, err := diag.Dial(&diag.Config{Events: groups})
	if err != nil {
		return fail(exitUsage, noSocket(err))
	}
	defer func() { _ = c.Close() }() // the program ends
	for s, err := range c.Events(ctx) {
		if err != nil {
			return fail(exitUsage, receiveError(err))
		}
		_ = p.inetSocket(ctx, s) // the error was printed
		p.sheet.flush()
		p.out.flush()
		if p.out.dead {
			return nil
		}
	}
	return exit{code: exitUsage}
}

// eventGroups returns the multicast groups of the selected tables and families.
func (p *program) eventGroups() (groups diag.EventGroups) {
	for _, g := range [...]struct {
		family uint8
		table  table
		group  diag.EventGroups
	}{
		{unix.AF_INET, tableTCP, diag.GroupTCPDestroyed},
		{unix.AF_INET, tableUDP, diag.GroupUDPDestroyed},
		{unix.AF_INET6, tableTCP, diag.GroupTCP6Destroyed},
		{unix.AF_INET6, tableUDP, diag.GroupUDP6Destroyed},
	} {
		if p.sel.families.has(g.family) && p.sel.tables.has(g.table) {
			groups |= g.group
		}
	}
	return groups
}

// receiveError is the message of ss for a netlink socket that fails.
func receiveError(err error) string {
	errno, ok := errors.AsType[unix.Errno](err)
	if !ok {
		return "ss: " + err.Error() + "\n"
	}
	return "netlink receive error " + strerror(errno) + " (" + strconv.Itoa(int(errno)) + ")\n"
}
