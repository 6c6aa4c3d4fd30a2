package ss

import (
	"context"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/pkg/diag"
)

// dumpFile writes the kernel's replies about TCP sockets to the file of -D, byte for byte, for
// TCPDIAG_FILE. No filter is applied, and nothing is shown.
func (p *program) dumpFile(ctx context.Context) error {
	if !p.sel.tables.has(tableTCP) {
		return fail(exitOK, "ss: tcpdiag dump requested and no tcp in filter.\n")
	}
	w := p.out.w
	if name := *p.opt.dump; !strings.HasPrefix(name, "-") {
		f, err := rights.Create(name, 0o666)
		if err != nil {
			return fail(exitUsage, "fopen dump file: "+errorText(err)+"\n")
		}
		defer func() { _ = f.Close() }() // ss ends with 0 even on a full disk
		w = f
	}
	c, err := diag.Dial(&diag.Config{Record: diag.NewCapture(w)})
	if err != nil {
		return fail(exitOK, noSocket(err))
	}
	defer func() { _ = c.Close() }() // it was read to its end
	q := diag.Query{Protocol: unix.IPPROTO_TCP, States: p.sel.states, Want: p.inetWant(), Maps: p.chosenMaps()}
	for _, q.Family = range p.inetOrder() {
		for _, err := range c.Sockets(ctx, &q) {
			if err != nil {
				return fail(exitOK, "ss: "+err.Error()+"\n")
			}
		}
	}
	return nil
}
