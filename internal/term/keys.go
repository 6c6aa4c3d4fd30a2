package term

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// keys reads a terminal key by key.
type keys struct {
	in    *os.File
	modes unix.Termios // as they were
	wake  int          // eventfd that ends the reader
	wait  sync.WaitGroup
}

// readKeys makes the terminal give out keys at once, without showing them, and sends them to events. It
// returns nil if that cannot be.
func readKeys(in *os.File, events chan<- Event) *keys {
	fd := int(in.Fd())
	modes, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil
	}
	single := *modes
	single.Lflag &^= unix.ICANON | unix.ECHO
	single.Cc[unix.VMIN], single.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &single); err != nil {
		_ = unix.Close(wake) // nothing was written
		return nil
	}
	k := &keys{in: in, modes: *modes, wake: wake}
	k.wait.Go(func() { k.read(fd, events) })
	return k
}

// read sends keys until close is called or the terminal is gone.
func (k *keys) read(fd int, events chan<- Event) {
	var buf [64]byte
	for {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(k.wake), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return
		}
		if fds[1].Revents != 0 {
			return
		}
		if fds[0].Revents == 0 {
			continue
		}
		n, err := unix.Read(fd, buf[:])
		if err == unix.EINTR {
			continue
		}
		if n <= 0 || err != nil {
			return
		}
		sendKeys(events, buf[:n])
	}
}

// sendKeys sends what was typed, without the escape sequences that arrows and function keys send.
func sendKeys(events chan<- Event, typed []byte) {
	for len(typed) > 0 {
		if n := keySequence(typed); n > 0 {
			typed = typed[n:]
			continue
		}
		select {
		case events <- Event{Key: typed[0]}:
		default: // nobody listens
		}
		typed = typed[1:]
	}
}

// keySequence returns the length of the escape sequence that typed begins with, 0 if it does not. ESC
// alone is a key.
func keySequence(typed []byte) int {
	if len(typed) < 2 || typed[0] != '\x1b' {
		return 0
	}
	switch typed[1] {
	case 'O':
		return min(len(typed), 3)
	case '[':
		for i, c := range typed[2:] {
			if c >= '@' && c <= '~' {
				return i + 3
			}
		}
		return len(typed)
	default:
		return 2 // with Alt
	}
}

// close ends the reader and restores the terminal. What was typed and not read is left for the shell.
func (k *keys) close() {
	_, _ = unix.Write(k.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // cannot fail: the counter is 0
	k.wait.Wait()
	_ = unix.Close(k.wake) // no longer read
	if foreground(k.in) {
		_ = unix.IoctlSetTermios(int(k.in.Fd()), unix.TCSETS, &k.modes) // the terminal may be gone
	}
}
