//go:build linux

package nl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// us is the header of the tests' requests.
var us = Header{Seq: 7, PID: 4711}

// msg builds one message of the reply to us.
func msg(typ, flags uint16, payload ...byte) []byte {
	return AppendRequest(nil, typ, flags, us, payload)
}

// row is a message of a dump.
func row(payload ...byte) []byte { return msg(unix.SOCK_DIAG_BY_FAMILY, unix.NLM_F_MULTI, payload...) }

// errno encodes an errno as NLMSG_ERROR and NLMSG_DONE carry it.
func errno(e unix.Errno) []byte {
	return binary.NativeEndian.AppendUint32(nil, uint32(-int32(e)))
}

// done ends a dump, with an errno if e is not 0.
func done(e unix.Errno) []byte { return msg(unix.NLMSG_DONE, unix.NLM_F_MULTI, errno(e)...) }

// datagram joins messages.
func datagram(msgs ...[]byte) []byte {
	var d []byte
	for _, m := range msgs {
		d = append(d, m...)
	}
	return d
}

// script plays datagrams, then fails with its error.
type script struct {
	datagrams [][]byte
	err       error
	at        int
}

func (s *script) datagram() ([]byte, error) {
	if s.at == len(s.datagrams) {
		if s.err == nil {
			panic("read past the end of the dump: on a socket this blocks for ever")
		}
		return nil, s.err
	}
	s.at++
	return s.datagrams[s.at-1], nil
}
