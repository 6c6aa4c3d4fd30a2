package harness

import (
	"bytes"
	"io"
	"os/exec"

	"github.com/nlstat/nlstat/internal/pty"
)

// attach gives a command a pseudo-terminal of so many columns for its output, and returns what reads it: to
// be called once the command has ended, with the bytes that it put there.
func attach(cmd *exec.Cmd, columns int) (read func() []byte, err error) {
	master, slave, err := pty.Open(columns, 24)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = slave, slave
	text := make(chan []byte)
	go func() { // a terminal holds a few KB, and whoever fills it waits
		b, _ := io.ReadAll(master) // ends with EIO, when nobody has the other side any more
		_ = master.Close()         // nothing was written
		text <- b
	}()
	return func() []byte {
		_ = slave.Close() // the command had its own
		return bytes.ReplaceAll(<-text, []byte("\r\n"), []byte("\n"))
	}, nil
}
