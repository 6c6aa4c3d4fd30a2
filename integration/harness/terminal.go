package harness

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"
)

// attach gives a command a pseudo-terminal of so many columns for its output, and returns what reads it: to
// be called once the command has ended, with the bytes that it put there.
func attach(cmd *exec.Cmd, columns int) (read func() []byte, err error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	slave, err := openSlave(master, columns)
	if err != nil {
		_ = master.Close() // nothing was written
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

func openSlave(master *os.File, columns int) (*os.File, error) {
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, err
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, err
	}
	size := unix.Winsize{Row: 24, Col: uint16(columns)}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &size); err != nil {
		return nil, err
	}
	return os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
}
