package ss

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// bothMaps is said when all maps and certain ones are asked for.
const bothMaps = "ss: --bpf-maps and --bpf-map-id cannot be used together\n"

// allMaps takes --bpf-maps.
func (p *program) allMaps() error {
	if p.opt.mapIDs != nil {
		return usageError(bothMaps)
	}
	p.opt.bpfMaps = true
	return nil
}

// oneMap takes the argument of --bpf-map-id.
func (p *program) oneMap(arg string) error {
	if p.opt.bpfMaps && p.opt.mapIDs == nil {
		return fail(exitValue, bothMaps)
	}
	id, err := strconv.ParseUint(arg, 0, 32)
	if err != nil || id == 0 {
		return fail(exitValue, "ss: invalid BPF map ID "+arg+"\n")
	}
	text := "ss: cannot get fd for BPF map ID " + strconv.FormatUint(id, 10)
	return fail(exitValue, text+mapRights(unix.ENOENT)+"\n")
}

// mapRights says which rights are missing.
func mapRights(err error) string {
	if errors.Is(err, unix.EPERM) {
		return ": missing root permissions, CAP_BPF, or CAP_SYS_ADMIN"
	}
	return ""
}

// appendStorage appends what BPF programs keep with a socket.
func (p *program) appendStorage(b []byte, _ *diag.Socket) []byte { return b }
