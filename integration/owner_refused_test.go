//go:build integration

package integration

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestOwnersRefused walks as a user who may list all tables of descriptors and read none of their links
// (CAP_DAC_READ_SEARCH), over long tables of processes that stop and end meanwhile. Every run ends.
func TestOwnersRefused(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	const sockets, holders, runs = 900, 4, 20 // of a usual limit of 1,024 descriptors
	for range sockets {
		ns.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { // processes with a copy of the table come, stop and end
		defer close(ended)
		for ctx.Err() == nil {
			shortLived(ctx, holders, sockets)
		}
	}()
	defer func() { cancel(); <-ended }()
	for _, line := range []string{"ss -tuanp", "netstat -tuanp"} {
		fields := words(line)
		path := harness.Program(t, fields[0])
		for range runs {
			ns.Exec(&harness.Command{ // which fails the test where the limit is not enough
				Path: path, Args: fields[1:], UID: 65534, Ambient: []uintptr{unix.CAP_DAC_READ_SEARCH},
				Env: []string{"NLSTAT_OWNER=proc"}, Limit: 30 * time.Second,
			})
		}
	}
}

// shortLived runs processes that have a long table for a moment.
func shortLived(ctx context.Context, processes, sockets int) {
	files := make([]*os.File, sockets)
	null, err := os.Open(os.DevNull)
	if err != nil {
		return
	}
	defer func() { _ = null.Close() }() // it was not written to
	for i := range files {
		files[i] = null // each becomes a descriptor of its own
	}
	for range processes {
		cmd := exec.CommandContext(ctx, "sleep", "0.05")
		cmd.ExtraFiles = files
		if cmd.Start() != nil {
			return
		}
		_ = cmd.Process.Signal(unix.SIGSTOP)
		_ = cmd.Process.Signal(unix.SIGCONT)
		_ = cmd.Wait() // however it ends
	}
}
