//go:build linux

// Package redact removes identifying data from recordings of sockets, so that they can be published.
//
// A [Redactor] is an argument of diag.NewRecorder. It replaces addresses by others of the same network
// (/24 and /64), names of unix sockets by letters and users by 0, and clears other data of the host:
// link-layer addresses, packet filters, BPF storage. Replacements are consistent within a recording and
// among all recordings made with the same key: the two ends of a connection still match. Ports, inodes,
// cookies, marks, control group numbers, counters and tcp_info remain.
//
// A recording fails if it has data of an unknown format. Tables that the caller adds by Recorder.Chunk
// must be redacted by the caller; see [Redactor.Addr] and [Redactor.Name].
//
// Start reading here; addr.go has the mapping of addresses, layouts.go the replacements in replies,
// proc.go those in files.
package redact

import (
	"crypto/sha3"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// ErrUnknown says that something cannot be redacted because its format is unknown: a protocol, a family or a
// file. The recording then ends with it.
var ErrUnknown = errors.New("it is not known how to redact it")

// A Redactor is a diag.Rewriter: it changes what is recorded in place, and keeps its length. It may be
// used by several goroutines.
//
// It uses only SHA-3 of package crypto: AES, HMAC, crypto/rand and even SHA-2 link 32 MiB of variables
// (crypto/internal/fips140/drbg), so that a program would not start under a low RLIMIT_DATA.
type Redactor struct{ key [32]byte }

// New returns a Redactor with a random secret key.
func New() *Redactor {
	var key [32]byte
	for n := 0; n < len(key); {
		n, _ = unix.Getrandom(key[:], 0) // 32 bytes are never interrupted by a signal
	}
	return WithKey(key)
}

// WithKey returns a Redactor with the given key, for recordings that are to be compared. Keep the key
// secret: with it, addresses can be computed and names guessed.
func WithKey(key [32]byte) *Redactor { return &Redactor{key: key} }

// minSecret is the minimum length of a secret, in bytes.
const minSecret = 16

// ErrWeak says that a secret for [KeyFrom] is too short.
var ErrWeak = fmt.Errorf("a key has %d bytes at least", minSecret)

// KeyFrom derives a key for [WithKey] from a secret of at least 16 bytes, else the error is [ErrWeak].
func KeyFrom(secret []byte) (key [32]byte, err error) {
	if len(secret) < minSecret {
		return key, ErrWeak
	}
	return sha3.Sum256(secret), nil
}

// Token returns the replacement of a text of which nothing may remain, such as a boot id: the same for
// the same text and key.
func (r *Redactor) Token(text string) (token [16]byte) {
	sum := r.sum([]byte("token " + text))
	copy(token[:], sum[:])
	return token
}

// Request replaces the addresses that a request selects by, in its payload. The error is [ErrUnknown].
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

// Reply replaces the identifying data of a socket in the payload of a message. family is that of the
// request. Unknown attributes are cleared; an unknown protocol or family is [ErrUnknown].
func (r *Redactor) Reply(protocol int, family uint8, _ uint16, payload []byte) error {
	if protocol != unix.NETLINK_SOCK_DIAG {
		return unknown(protocol)
	}
	if family != unix.AF_TIPC && len(payload) > 0 { // whose replies begin with an attribute
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
		switch replace := table.replace; {
		case typ > table.last:
			clear(val)
		case int(typ) < len(replace) && replace[typ] != nil:
			replace[typ](r, val)
		}
	}
}

// letters is the alphabet of replaced names: 32 letters that are not easily confused.
const letters = "abcdefghijkmnpqrstuvwxyz23456789"

// Name replaces the name of a unix socket, or any other name, by letters, in place. Its length remains,
// and so does a first byte that marks its kind: NUL or @ of an abstract name, / of a path.
func (r *Redactor) Name(name []byte) {
	sum := r.sum(name)
	for i := range name {
		if i == 0 && (name[0] == 0 || name[0] == '@' || name[0] == '/') {
			continue
		}
		name[i] = letters[(int(sum[i%len(sum)])+i/len(sum))%len(letters)]
	}
}

// sum is SHA-3 of the key and a text, which is a MAC: unlike SHA-2, it does not allow length extension.
func (r *Redactor) sum(text []byte) (sum [32]byte) {
	h := sha3.New256()
	_, _ = h.Write(r.key[:]) // never fails
	_, _ = h.Write(text)
	h.Sum(sum[:0])
	return sum
}
