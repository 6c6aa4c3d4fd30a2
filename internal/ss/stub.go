package ss

import (
	"context"
	"io"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
)

type filterState struct{ stdin io.Reader }

func (f *filterState) match(*diag.Socket) bool { return true }

func (p *program) prepareNames() {
	n := &names.Names{}
	p.ports.names, p.hosts.names = n, n
	p.ports.numeric, p.hosts.resolve = p.opt.numeric, p.opt.resolve
	p.owners.show, p.owners.threads, p.owners.root = p.opt.processes, p.opt.threads, p.env.root
	p.cgroups.complain = p.complain
	p.ports.rangeOf = p.env.portRange()
}
func (p *program) compileFilter(ctx context.Context, words []string) error { return nil }
func (p *program) openFilter(name string) error                            { return nil }
func (p *program) allMaps() error                                          { return nil }
func (p *program) oneMap(arg string) error                                 { return nil }
func (p *program) appendStorage(b []byte, s *diag.Socket) []byte           { return b }
