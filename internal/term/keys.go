package term

import (
	"errors"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// keys reads a terminal key by key. It waits in the runtime's poller, as sockets do: a goroutine that enters
// a blocking system call while the runtime stops the world delays it for as long as the runtime's monitor
// sleeps, up to a minute (stopTheWorldWithSema, Go 1.26).
type keys struct {
	in    *os.File
	modes unix.Termios // the original ones
	ready *os.File     // epoll of the terminal; closing it ends the reader
	wait  sync.WaitGroup
}

// readKeys makes the terminal return keys at once, without echo, and sends them to events. It returns nil if
// that fails.
func readKeys(in *os.File, events chan<- Event) *keys {
	fd := int(in.Fd())
	modes, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil
	}
	ready, conn := pollable(fd)
	if ready == nil {
		return nil
	}
	single := *modes
	single.Lflag &^= unix.ICANON | unix.ECHO
	single.Cc[unix.VMIN], single.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &single); err != nil {
		_ = ready.Close() // nothing was written
		return nil
	}
	k := &keys{in: in, modes: *modes, ready: ready}
	k.wait.Go(func() { read(fd, conn, events) })
	return k
}

// pollable returns an epoll descriptor in the runtime's poller that is ready when fd is. fd itself stays
// blocking, since other processes share it. It returns nil if that fails.
func pollable(fd int) (*os.File, syscall.RawConn) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, nil
	}
	err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN})
	if err := errors.Join(err, unix.SetNonblock(epoll, true)); err != nil {
		_ = unix.Close(epoll) // nothing was written
		return nil, nil
	}
	ready := os.NewFile(uintptr(epoll), "keys")
	conn, err := ready.SyscallConn()
	if err != nil {
		_ = ready.Close() // nothing was written
		return nil, nil
	}
	return ready, conn
}

// read sends keys until conn is closed or the terminal is gone.
func read(fd int, conn syscall.RawConn, events chan<- Event) {
	var buf [64]byte
	var ready [1]unix.EpollEvent
	_ = conn.Read(func(epoll uintptr) (gone bool) { // it ends with an error when conn is closed
		for {
			n, err := unix.EpollWait(int(epoll), ready[:], 0)
			switch {
			case err == unix.EINTR:
				continue
			case n == 0:
				return false
			}
			n, err = unix.Read(fd, buf[:])
			switch {
			case err == unix.EINTR:
			case n <= 0:
				return true
			default:
				sendKeys(events, buf[:n])
			}
		}
	})
}

// sendKeys sends the typed keys, without the escape sequences of arrows and function keys.
func sendKeys(events chan<- Event, typed []byte) {
	for len(typed) > 0 {
		if n := keySequence(typed); n > 0 {
			typed = typed[n:]
			continue
		}
		select {
		case events <- Event{Key: typed[0]}:
		default: // no receiver
		}
		typed = typed[1:]
	}
}

// keySequence returns the length of the escape sequence at the start of typed, 0 if there is none. ESC alone
// is a key.
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

// close ends the reader and restores the terminal. Unread keys are left for the shell.
func (k *keys) close() {
	_ = k.ready.Close() // nothing was written
	k.wait.Wait()
	if foreground(k.in) {
		_ = unix.IoctlSetTermios(int(k.in.Fd()), unix.TCSETS, &k.modes) // the terminal may be gone
	}
}
