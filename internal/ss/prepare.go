package ss

import "github.com/nlstat/nlstat/internal/names"

// prepareNames configures the sources of names by options and files.
func (p *program) prepareNames() {
	n := &names.Names{}
	if p.netns != nil {
		n.Dial = p.dialHere
	}
	p.ports = portNames{numeric: p.opt.numeric, names: n, rangeOf: p.env.portRange()}
	p.hosts = hostNames{resolve: p.opt.resolve, names: n}
	p.owners = owners{show: p.opt.processes, threads: p.opt.threads, root: p.env.processes()}
	p.cgroups.complain, p.netlinkNames.complain = p.complain, p.complain
}
