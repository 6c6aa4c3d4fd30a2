package term

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// A Terminal describes the destination of output. The zero Terminal is a file or a pipe.
type Terminal struct {
	Is     bool // a terminal
	Dumb   bool // a terminal without escape sequences, by TERM
	Width  int  // cells
	Height int  // lines
}

// Default size of a terminal without a size.
const (
	usualWidth  = 80
	usualHeight = 24
)

// Of describes w. The size is the kernel's, else that of COLUMNS and LINES, else 80 by 24.
func Of(w any) Terminal {
	f, ok := w.(*os.File)
	if !ok {
		return Terminal{}
	}
	ws, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || !IsTerminal(f) {
		return Terminal{}
	}
	return Terminal{
		Is: true, Dumb: os.Getenv("TERM") == "dumb",
		Width:  size(int(ws.Col), "COLUMNS", usualWidth),
		Height: size(int(ws.Row), "LINES", usualHeight),
	}
}

// size returns the kernel's value, else that of the variable, else the default.
func size(cells int, variable string, usual int) int {
	if cells > 0 {
		return cells
	}
	if n, err := strconv.ParseUint(os.Getenv(variable), 10, 16); err == nil && n > 0 {
		return int(n)
	}
	return usual
}

// IsTerminal reports whether f, an *os.File or anything else, is a terminal.
func IsTerminal(f any) bool {
	file, ok := f.(*os.File)
	if !ok || file == nil {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// WantColor reports whether to color, by the user's choice (always, never, others are auto), then NO_COLOR,
// CLICOLOR_FORCE and CLICOLOR, then whether t is a terminal with colors.
func (t Terminal) WantColor(flag string) bool {
	force := os.Getenv("CLICOLOR_FORCE")
	switch {
	case flag == "always":
		return true
	case flag == "never", os.Getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	default:
		return t.Is && !t.Dumb && os.Getenv("CLICOLOR") != "0"
	}
}

// Unread reports whether w is a pipe without a reader, which a process that does not write yet would not
// notice.
func Unread(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	fds := []unix.PollFd{{Fd: int32(f.Fd())}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&unix.POLLERR != 0
}
