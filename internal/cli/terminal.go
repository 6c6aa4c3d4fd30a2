package cli

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// A terminal is what is known of where the output goes.
type terminal struct {
	is     bool
	width  int // cells
	height int
}

// terminalOf asks whether w is a terminal and how large it is: the kernel first, then COLUMNS, then 80.
func terminalOf(w io.Writer) terminal {
	f, ok := w.(*os.File)
	if !ok {
		return terminal{}
	}
	ws, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return terminal{}
	}
	t := terminal{is: true, width: int(ws.Col), height: int(ws.Row)}
	if t.width == 0 {
		t.width, _ = strconv.Atoi(os.Getenv("COLUMNS"))
	}
	if t.width <= 0 {
		t.width = 80
	}
	if t.height <= 0 {
		t.height = 24
	}
	return t
}

// wantColor decides about color: what the user said, then NO_COLOR and its kin, then whether w is a terminal.
func (t terminal) wantColor(flag string) bool {
	switch {
	case flag == "always":
		return true
	case flag == "never", os.Getenv("NO_COLOR") != "":
		return false
	case os.Getenv("CLICOLOR_FORCE") != "" && os.Getenv("CLICOLOR_FORCE") != "0":
		return true
	default:
		return t.is && os.Getenv("TERM") != "dumb" && os.Getenv("CLICOLOR") != "0"
	}
}
