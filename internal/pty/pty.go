// Package pty opens pseudo-terminals, for tests of programs.
package pty

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Open returns both sides of a new terminal of a size in cells: the user's, and the program's. The caller
// closes both.
func Open(width, height int) (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = master.Close() // nothing was written
		}
	}()
	// Fd would make the file blocking, and Close would wait for its reader; the raw connection does not.
	raw, err := master.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	n := 0
	var refused error
	err = raw.Control(func(fd uintptr) {
		if n, refused = unix.IoctlGetInt(int(fd), unix.TIOCGPTN); refused == nil {
			refused = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0)
		}
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, nil, fmt.Errorf("unlock the terminal: %w", err)
	}
	if slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	if err = Resize(slave, width, height); err != nil {
		_ = slave.Close() // nothing was written
		return nil, nil, err
	}
	return master, slave, nil
}

// Resize changes the size of a terminal; its programs get a signal.
func Resize(side *os.File, width, height int) error {
	size := unix.Winsize{Row: uint16(height), Col: uint16(width)}
	return unix.IoctlSetWinsize(int(side.Fd()), unix.TIOCSWINSZ, &size)
}

// Modes returns the settings of a terminal.
func Modes(side *os.File) (unix.Termios, error) {
	m, err := unix.IoctlGetTermios(int(side.Fd()), unix.TCGETS)
	if err != nil {
		return unix.Termios{}, err
	}
	return *m, nil
}
