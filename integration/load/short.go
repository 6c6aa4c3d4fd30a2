package load

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// MaxShortSize is the largest number of bytes that a short connection sends.
const MaxShortSize = 200

// Short makes connections that send some bytes and end at once, in the network namespace of the goroutine
// that calls [Short.Run]. Each thread has a listener of its own, in 127/8, and is both ends: on loopback a
// connection is established when connect(2) returns, so that nothing waits. The client does not read, and
// its close resets the connection, so that no TIME-WAIT record keeps its port.
type Short struct {
	Rate    int // connections a second of all threads
	Threads int

	Ports []int                 // of the listeners, by Listen
	Sizes [MaxShortSize + 1]int // connections by the number of bytes that the server sent
	Count int
	Bytes int

	threads []shortThread
}

// A shortThread makes its share of the connections.
type shortThread struct {
	listener int
	to       *unix.SockaddrInet4
	rate     int
	made     int
	sizes    [MaxShortSize + 1]int
	buf      [MaxShortSize]byte
}

// Listen makes the listeners. Close closes them.
func (s *Short) Listen() (err error) {
	for i := range s.Threads {
		t := shortThread{listener: -1, rate: s.Rate / s.Threads}
		if t.listener, err = socket(unix.AF_INET, unix.SOCK_STREAM); err != nil {
			break
		}
		s.threads = append(s.threads, t)
		if err = s.threads[i].listen(byte(i)); err != nil {
			break
		}
		s.Ports = append(s.Ports, s.threads[i].to.Port)
	}
	if err != nil {
		s.Close()
		return fmt.Errorf("listen for short connections: %w", err)
	}
	return nil
}

func (t *shortThread) listen(number byte) error {
	if err := unix.Bind(t.listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 10, 1 + number}}); err != nil {
		return err
	}
	at, err := unix.Getsockname(t.listener)
	if err != nil {
		return err
	}
	t.to = at.(*unix.SockaddrInet4) //nolint:errcheck,forcetypeassert // of an AF_INET socket
	return unix.Listen(t.listener, 16)
}

// Close closes the listeners.
func (s *Short) Close() {
	for i := range s.threads {
		_ = unix.Close(s.threads[i].listener) // no data to lose
	}
	s.threads = nil
}

// Run makes connections at the rate, or as fast as they can be made, and adds what was sent.
func (s *Short) Run(d time.Duration) (took time.Duration, err error) {
	ns, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(ns) //nolint:errcheck // read-only
	var all sync.WaitGroup
	errs := make([]error, len(s.threads))
	begun := time.Now()
	for i := range s.threads {
		all.Go(func() {
			runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
			if errs[i] = unix.Setns(ns, unix.CLONE_NEWNET); errs[i] == nil {
				errs[i] = s.threads[i].run(begun, d)
			}
		})
	}
	all.Wait()
	took = time.Since(begun)
	for i := range s.threads {
		t := &s.threads[i]
		for size, n := range t.sizes {
			s.Sizes[size] += n
			s.Count += n
			s.Bytes += n * size
		}
		t.made, t.sizes = 0, [MaxShortSize + 1]int{}
	}
	return took, errors.Join(errs...)
}

func (t *shortThread) run(begun time.Time, d time.Duration) error {
	last := int(d.Seconds() * float64(t.rate))
	for t.made < last {
		took := time.Since(begun)
		if took >= d+d/50 {
			return nil // the machine is too slow for the rate
		}
		due := min(int(took.Seconds()*float64(t.rate))+1, last)
		if t.made >= due {
			time.Sleep(time.Millisecond)
			continue
		}
		// A clock is read for some connections at once.
		for due = min(due, t.made+32); t.made < due; {
			if err := t.one(); err != nil {
				return err
			}
		}
		runtime.Gosched() // who reads the events has a processor, too
	}
	return nil
}

// one makes a connection and closes both ends, first that of the client: its end needs no more packets.
func (t *shortThread) one() error {
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Connect(client, t.to); err != nil {
		return errors.Join(err, unix.Close(client))
	}
	// unix.Accept4 makes an address of each client.
	server, _, errno := unix.Syscall6(unix.SYS_ACCEPT4, uintptr(t.listener), 0, 0, unix.SOCK_CLOEXEC, 0, 0)
	if errno != 0 {
		return errors.Join(errno, unix.Close(client))
	}
	size := 1 + t.made*7919%MaxShortSize
	if _, err = unix.Write(int(server), t.buf[:size]); err == nil {
		t.made++
		t.sizes[size]++
	}
	return errors.Join(err, unix.Close(client), unix.Close(int(server)))
}
