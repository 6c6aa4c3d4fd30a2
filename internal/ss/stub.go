package ss

import (
	"context"
	"io"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
)

type filterState struct{ stdin io.Reader }

func (f *filterState) match(*diag.Socket) bool { return true }

type owners struct{}

func (o *owners) append(b []byte, ino uint32) []byte { return b }

type netlinkNames struct{}

func (n *netlinkNames) name(p uint16) string            { return netlinkFamilies[p] }
func (e *environment) command(pid int32) (string, bool) { return "", false }
func (p *program) summary()                             {}
func (p *program) prepareNames() {
	n := &names.Names{}
	p.ports.names, p.hosts.names = n, n
	p.ports.numeric, p.hosts.resolve = p.opt.numeric, p.opt.resolve
	p.ports.rangeOf = p.env.portRange()
}
func (p *program) dumpFile(ctx context.Context) error                      { return nil }
func (p *program) compileFilter(ctx context.Context, words []string) error { return nil }
func (p *program) follow(ctx context.Context) error                        { return nil }
func (p *program) openFilter(name string) error                            { return nil }
func enterNamespace(name string) error                                     { return nil }
func (p *program) allMaps() error                                          { return nil }
func (p *program) oneMap(arg string) error                                 { return nil }
func (p *program) appendStorage(b []byte, s *diag.Socket) []byte           { return b }
func (p *program) appendCgroup(b []byte, id uint64) []byte                 { return b }
