package term

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"

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

	events chan<- Event
	done   chan struct{} // closed when nobody takes events
}

// readKeys makes the terminal give out keys at once, without showing them, and sends them to events. On a
// whole screen they are all keys but ^Z and ^\, which are signals still. It returns nil if that cannot be.
func readKeys(in *os.File, whole bool, events chan<- Event) *keys {
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
	if whole {
		single.Lflag &^= unix.IEXTEN
		single.Iflag &^= unix.IXON | unix.ICRNL | unix.INLCR | unix.IGNCR | unix.ISTRIP
		single.Cc[unix.VINTR] = 0 // none
	}
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &single); err != nil {
		_ = ready.Close() // nothing was written
		return nil
	}
	k := &keys{in: in, modes: *modes, ready: ready, events: events, done: make(chan struct{})}
	k.wait.Go(func() { k.read(fd, conn) })
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

// escTime is how long ESC may be the beginning of a sequence.
const escTime = 25 * time.Millisecond

// read sends what is typed until conn is closed or the terminal is gone.
func (k *keys) read(fd int, conn syscall.RawConn) {
	var d decoder
	for gone := false; !gone; {
		err := conn.Read(func(epoll uintptr) (done bool) {
			var buf [256]byte
			n := readReady(int(epoll), fd, buf[:])
			d.typed = append(d.typed, buf[:max(0, n)]...)
			gone = n < 0
			return n != 0
		})
		late := errors.Is(err, os.ErrDeadlineExceeded)
		if err != nil && !late {
			return // closed
		}
		for e, ok := d.next(late); ok; e, ok = d.next(late) {
			select {
			case k.events <- e:
			case <-k.done:
				return
			}
		}
		deadline := time.Time{}
		if d.waits() {
			deadline = time.Now().Add(escTime)
		}
		if k.ready.SetReadDeadline(deadline) != nil {
			return // closed
		}
	}
}

// readReady reads what there is without waiting. It returns 0 if there is nothing, -1 if the terminal is
// gone.
func readReady(epoll, fd int, buf []byte) int {
	var ready [1]unix.EpollEvent
	for {
		n, err := unix.EpollWait(epoll, ready[:], 0)
		switch {
		case err == unix.EINTR:
			continue
		case n <= 0:
			return 0
		}
		n, err = unix.Read(fd, buf)
		switch {
		case err == unix.EINTR:
		case n <= 0:
			return -1
		default:
			return n
		}
	}
}

// close ends the reader and restores the terminal. Unread keys are left for the shell.
func (k *keys) close() {
	close(k.done)
	_ = k.ready.Close() // nothing was written
	k.wait.Wait()
	if foreground(k.in) {
		_ = unix.IoctlSetTermios(int(k.in.Fd()), unix.TCSETS, &k.modes) // the terminal may be gone
	}
}
