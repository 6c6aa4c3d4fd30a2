//go:build linux

package owner

import "bytes"

// maxProgram is the length of a file's name.
const maxProgram = 255 // NAME_MAX

// Program returns the first argument of the process without its folders: what it was started as, or what
// it says. It is empty for kernel threads and where the argument is longer than a file's name.
func (p *Process) Program() []byte {
	argument, _, _ := bytes.Cut(p.Cmdline(), []byte{0})
	program := argument[bytes.LastIndexByte(argument, '/')+1:]
	if len(program) > maxProgram {
		return nil
	}
	return program
}

// Name returns the name of the process. The kernel keeps 15 bytes of it (Comm); where the program of the
// command line begins with these, it is the name. The command line is read for such names alone.
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

// Called reports whether a process has this name, whole or as the kernel cuts it.
func (p *Process) Called(name string) bool {
	return name != "" && (string(p.Comm()) == name || len(name) >= commLen && string(p.Name()) == name)
}
