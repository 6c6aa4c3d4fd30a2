//go:build linux

// Package redact hides in recordings of sockets whose they are: a report for strangers.
//
// A [Redactor] goes to diag.NewRecorder. It replaces addresses by others of the same network (/24 and
// /64), names of unix sockets by letters, users by 0, and clears what else tells of a host: link-layer
// addresses, packet filters, BPF storage. The same becomes the same, in all parts of a recording and in
// all recordings made with the same key: both ends of a connection still meet. Ports, inodes, cookies,
// marks, control group numbers, counters and tcp_info remain.
//
// What it does not understand it does not let pass: the recording fails. Tables that the caller adds by
// Recorder.Chunk are the caller's affair; [Redactor.Addr] and [Redactor.Name] help with them.
//
// Start reading here; addr.go has the mapping of addresses, layouts.go what is replaced in which answer,
// proc.go in which file.
package redact

import (
	"crypto/sha3"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// ErrUnknown means that something cannot be redacted because its content is unknown.
var ErrUnknown = errors.New("it is not known how to redact it")

// A Redactor is a diag.Rewriter. It may be used by several goroutines.
//
// SHA-3 is all that it takes of package crypto: AES, HMAC, crypto/rand and even SHA-2 link 32 MiB of
// variables (crypto/internal/fips140/drbg), with which the kernel starts no program under a tight limit
// of data.
type Redactor struct{ key [32]byte }

// New returns a Redactor with a random secret key.
func New() *Redactor {
	var key [32]byte
	for n := 0; n < len(key); {
		n, _ = unix.Getrandom(key[:], 0) // fails only for a signal, of so few bytes
	}
	return WithKey(key)
}

// WithKey returns a Redactor that replaces what others with the same key do, as for two recordings that
// are to be compared. With the key, addresses can be computed and names guessed.
func WithKey(key [32]byte) *Redactor { return &Redactor{key: key} }

// minSecret is how many bytes a secret has at least.
const minSecret = 16

// ErrWeak says that a secret is so short that it could be guessed.
var ErrWeak = fmt.Errorf("a key has %d bytes at least", minSecret)

// KeyFrom makes a key for [WithKey] of a secret of any length.
func KeyFrom(secret []byte) (key [32]byte, err error) {
	if len(secret) < minSecret {
		return key, ErrWeak
	}
	return sha3.Sum256(secret), nil
}

// Token returns what is written in place of a text of which nothing may remain, such as the id of a boot.
func (r *Redactor) Token(text string) (token [16]byte) {
	sum := r.sum([]byte("token " + text))
	copy(token[:], sum[:])
	return token
}

// Request replaces addresses that sockets are selected by.
func (r *Redactor) Request(protocol int, typ uint16, payload []byte) error {
	if protocol != unix.NETLINK_SOCK_DIAG {
		return unknown(protocol)
	}
	if len(payload) == 0 || payload[0] != unix.AF_INET && payload[0] != unix.AF_INET6 {
		return nil // sockets of other families are not selected by addresses
	}
	ids, filter := inetReqIDs, inetReqLen
	if typ == tcpdiagGetSock || typ == dccpdiagGetSock {
		ids, filter = inetLegacyIDs, inetLegacyLen
	}
	r.sockID(payload, ids)
	if len(payload) > filter {
		r.attrs(payload[filter:], &inetRequest)
	}
	return nil
}

// Reply replaces what a socket says of its host.
func (r *Redactor) Reply(protocol int, family uint8, _ uint16, payload []byte) error {
	if protocol != unix.NETLINK_SOCK_DIAG {
		return unknown(protocol)
	}
	if family != unix.AF_TIPC && len(payload) > 0 { // whose answers begin with an attribute
		family = payload[0]
	}
	l := layouts[family]
	if l == nil {
		return fmt.Errorf("answer of address family %d: %w", family, ErrUnknown)
	}
	if len(payload) < l.header {
		clear(payload)
		return nil
	}
	if l.fixed != nil {
		l.fixed(r, payload[:l.header])
	}
	r.attrs(payload[l.header:], &l.attrs)
	return nil
}

func unknown(protocol int) error {
	return fmt.Errorf("netlink protocol %d: %w", protocol, ErrUnknown)
}

// attrs applies a table to attributes. Other bytes are cleared, and so are attributes of newer kernels.
func (r *Redactor) attrs(b []byte, table *attrTable) {
	attrs := nl.Attrs(b)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			clear(attrs)
			return
		}
		switch f := table.replace[typ]; {
		case f != nil:
			f(r, val)
		case typ > table.last:
			clear(val)
		}
	}
}

// letters is the alphabet of replaced names: 32 letters that are not easily confused.
const letters = "abcdefghijkmnpqrstuvwxyz23456789"

// Name replaces the name of a unix socket, or any other that strangers may not read, by letters, in place.
// Its length remains, and a first byte that tells its kind: NUL or @ of an abstract name, / of a path.
func (r *Redactor) Name(name []byte) {
	sum := r.sum(name)
	for i := range name {
		if i == 0 && (name[0] == 0 || name[0] == '@' || name[0] == '/') {
			continue
		}
		name[i] = letters[(int(sum[i%len(sum)])+i/len(sum))%len(letters)]
	}
}

// sum is SHA-3 of the key and a text. Unlike SHA-2 it is a MAC as it is: nothing can be appended.
func (r *Redactor) sum(text []byte) (sum [32]byte) {
	h := sha3.New256()
	_, _ = h.Write(r.key[:]) // never fails
	_, _ = h.Write(text)
	h.Sum(sum[:0])
	return sum
}
