package load

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// portsPerAddr is how many clients share one source address, on ports from firstPort on.
const (
	portsPerAddr = 40_000
	firstPort    = 20_000
	serverPort   = 4000
)

// loopback returns the n-th address of 127.0.0.0/8 from 127.1.0.1 on.
func loopback(n int) [4]byte {
	return [4]byte{127, byte(1 + n>>16), byte(n >> 8), byte(1 + n&0xfe)}
}

// numbered returns the n-th address and port of 127.0.NET.0/24.
func numbered(subnet byte, n int) *unix.SockaddrInet4 {
	return &unix.SockaddrInet4{
		Port: firstPort + n%portsPerAddr,
		Addr: [4]byte{127, 0, subnet, byte(1 + n/portsPerAddr)},
	}
}

// holdTCP makes count/2 connections to itself. Clients choose their port themselves: the kernel's own
// search gets slow when a range is nearly full.
func holdTCP(first, count int) error {
	addr := loopback(2 * (first / 2)) // one listener per child
	listener, err := socket(unix.AF_INET, unix.SOCK_STREAM)
	if err != nil {
		return err
	}
	if err := unix.SetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return fmt.Errorf("let others listen there later: %w", err)
	}
	server := &unix.SockaddrInet4{Port: serverPort + first%10_000, Addr: addr}
	if err := unix.Bind(listener, server); err != nil {
		return fmt.Errorf("bind listener to %v:%d: %w", addr, server.Port, err)
	}
	if err := unix.Listen(listener, 16); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for i := range count / 2 {
		n := first/2 + i
		client, err := socket(unix.AF_INET, unix.SOCK_STREAM)
		if err != nil {
			return err
		}
		from := numbered(1, n)
		if err := unix.Bind(client, from); err != nil {
			return fmt.Errorf("bind client to %v:%d: %w", from.Addr, from.Port, err)
		}
		if err := unix.Connect(client, server); err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		if _, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC); err != nil {
			return fmt.Errorf("accept: %w", err)
		}
	}
	return unix.Close(listener)
}

func holdUDP(first, count int) error {
	for i := range count {
		n := first + i
		s, err := socket(unix.AF_INET, unix.SOCK_DGRAM)
		if err != nil {
			return err
		}
		to := numbered(2, n)
		if err := unix.Bind(s, to); err != nil {
			return fmt.Errorf("bind to %v:%d: %w", to.Addr, to.Port, err)
		}
	}
	return nil
}

// holdUnix makes pairs; the first of every tenth pair gets a name in the abstract space.
func holdUnix(first, count int) error {
	for i := range count / 2 {
		if i%10 != 0 {
			if _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
				return fmt.Errorf("open socket pair: %w", err)
			}
			continue
		}
		for j := range 2 {
			s, err := socket(unix.AF_UNIX, unix.SOCK_STREAM)
			if err != nil {
				return err
			}
			name := fmt.Sprintf("@nlstat/load/%d", first+2*i+j)
			if err := unix.Bind(s, &unix.SockaddrUnix{Name: name}); err != nil {
				return fmt.Errorf("bind to %s: %w", name, err)
			}
			if err := unix.Listen(s, 1); err != nil {
				return fmt.Errorf("listen on %s: %w", name, err)
			}
		}
	}
	return nil
}

func socket(family, typ int) (int, error) {
	fd, err := unix.Socket(family, typ|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open socket: %w", err)
	}
	return fd, nil
}
