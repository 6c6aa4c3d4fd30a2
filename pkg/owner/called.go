//go:build linux

package owner

import "bytes"

// maxProgram is the length of a file's name.
const maxProgram = 255 // NAME_MAX

// Program returns the first argument of the process without directories, which the process may have
// changed. It is empty for kernel threads and if it is longer than a file's name can be.
func (p *Process) Program() []byte {
	argument, _, _ := bytes.Cut(p.Cmdline(), []byte{0})
	program := argument[bytes.LastIndexByte(argument, '/')+1:]
	if len(program) > maxProgram {
		return nil
	}
	return program
}

// Name returns the name of the process. The kernel keeps 15 bytes of it (Comm); if the program of the
// command line begins with these, it is the name. The command line is read only for names of 15 bytes.
func (p *Process) Name() []byte {
	comm := p.Comm()
	if len(comm) != commLen-1 {
		return comm
	}
	if program := p.Program(); bytes.HasPrefix(program, comm) {
		return program
	}
	return comm
}

// Called reports whether a process has this name, complete or as truncated by the kernel.
func (p *Process) Called(name string) bool {
	return name != "" && (string(p.Comm()) == name || len(name) >= commLen && string(p.Name()) == name)
}
