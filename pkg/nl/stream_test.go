//go:build linux

package nl

import (
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
)

// run collects the first payload byte of every row, and the error.
func run(s *stream) (rows []byte, err error) {
	for m, e := range s.All {
		if e != nil {
			return rows, e
		}
		if len(m.Payload) > 0 {
			rows = append(rows, m.Payload[0])
		}
	}
	return rows, nil
}

func TestStream(t *testing.T) {
	foreign := AppendRequest(nil, unix.SOCK_DIAG_BY_FAMILY, 0, Header{Seq: 6, PID: us.PID}, []byte{99})
	otherPort := AppendRequest(nil, unix.NLMSG_DONE, 0, Header{Seq: us.Seq, PID: 1}, nil)
	cut := row(1, 2, 3, 4)
	long := row(1)
	long[0] = 200
	noMulti := msg(unix.SOCK_DIAG_BY_FAMILY, 0, 2)
	text := datagram(errno(unix.EINVAL), msg(unix.RTM_GETROUTE, 0)[:headerLen])
	text = AppendAttr(text, unix.NLMSGERR_ATTR_MSG, []byte("bad header\x00"))
	doneText := AppendAttr(errno(unix.ENOENT), unix.NLMSGERR_ATTR_MSG, []byte("no such table\x00"))

	tests := []struct {
		name      string
		datagrams [][]byte
		err       error // of the source, after the datagrams
		want      []byte
		wantErr   error
		wantText  string
	}{
		{name: "empty dump", datagrams: [][]byte{done(0)}},
		{name: "rows in two datagrams", datagrams: [][]byte{datagram(row(1), row(2)), row(3), done(0)}, want: []byte{1, 2, 3}},
		{name: "done behind the last row", datagrams: [][]byte{datagram(row(1), done(0))}, want: []byte{1}},
		{name: "done without payload", datagrams: [][]byte{row(1), msg(unix.NLMSG_DONE, 0)}, want: []byte{1}},
		{name: "errno hidden in done", datagrams: [][]byte{done(unix.ENOENT)}, wantErr: unix.ENOENT},
		{name: "late errno in done", datagrams: [][]byte{row(1), done(unix.EMSGSIZE)}, want: []byte{1}, wantErr: unix.EMSGSIZE},
		{name: "done with text", datagrams: [][]byte{msg(unix.NLMSG_DONE, unix.NLM_F_ACK_TLVS, doneText...)}, wantErr: unix.ENOENT, wantText: "dump: no such file or directory: no such table"},
		{name: "error", datagrams: [][]byte{msg(unix.NLMSG_ERROR, 0, errno(unix.EPERM)...)}, wantErr: unix.EPERM, wantText: "dump: operation not permitted"},
		{name: "error with text", datagrams: [][]byte{msg(unix.NLMSG_ERROR, unix.NLM_F_ACK_TLVS|unix.NLM_F_CAPPED, text...)}, wantErr: unix.EINVAL, wantText: "dump: invalid argument: bad header"},
		{name: "error after rows", datagrams: [][]byte{row(1), msg(unix.NLMSG_ERROR, 0, errno(unix.EBUSY)...)}, want: []byte{1}, wantErr: unix.EBUSY},
		{name: "short error", datagrams: [][]byte{msg(unix.NLMSG_ERROR, 0, 1, 2)}},
		{name: "overrun", datagrams: [][]byte{row(1), msg(unix.NLMSG_OVERRUN, 0)}, want: []byte{1}, wantErr: unix.ENOBUFS},
		{name: "noop", datagrams: [][]byte{msg(unix.NLMSG_NOOP, 0), row(1), done(0)}, want: []byte{1}},
		{name: "no multi flag in the middle", datagrams: [][]byte{row(1), noMulti, row(3), done(0)}, want: []byte{1, 2, 3}},
		{name: "foreign sequence", datagrams: [][]byte{datagram(foreign, row(1)), done(0)}, want: []byte{1}},
		{name: "foreign port cannot end it", datagrams: [][]byte{otherPort, row(1), done(0)}, want: []byte{1}},
		{name: "interrupted", datagrams: [][]byte{msg(20, unix.NLM_F_DUMP_INTR, 1), row(2), done(0)}, want: []byte{1, 2}, wantErr: ErrInterrupted},
		{name: "interrupted only in done", datagrams: [][]byte{row(1), msg(unix.NLMSG_DONE, unix.NLM_F_DUMP_INTR)}, want: []byte{1}, wantErr: ErrInterrupted},
		{name: "errno beats interrupted", datagrams: [][]byte{msg(20, unix.NLM_F_DUMP_INTR, 1), done(unix.ENOMEM)}, want: []byte{1}, wantErr: unix.ENOMEM},
		{name: "header cut", datagrams: [][]byte{datagram(row(1), cut[:10])}, want: []byte{1}, wantErr: ErrMalformed},
		{name: "length beyond the datagram", datagrams: [][]byte{long}, wantErr: ErrMalformed},
		{name: "length below the header", datagrams: [][]byte{{15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}, wantErr: ErrMalformed},
		{name: "unpadded last message", datagrams: [][]byte{datagram(row(1), row(2)[:17]), done(0)}, want: []byte{1, 2}},
		{name: "truncated", datagrams: [][]byte{row(1)}, err: ErrTruncated, want: []byte{1}, wantErr: ErrTruncated},
		{name: "enobufs", err: os.NewSyscallError("read", unix.ENOBUFS), wantErr: unix.ENOBUFS, wantText: "dump: no buffer space available: the kernel dropped messages"},
		{name: "empty datagram", datagrams: [][]byte{{}, row(1), done(0)}, want: []byte{1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stream{op: "dump", src: &script{datagrams: tt.datagrams, err: tt.err}, req: us, multi: true}
			got, err := run(&s)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if !errors.Is(err, tt.wantErr) {
				t.Errorf("error = %v, want %v", err, tt.wantErr)
			}
			if tt.wantText != "" && (err == nil || err.Error() != tt.wantText) {
				t.Errorf("error = %v, want text %q", err, tt.wantText)
			}
			if !s.ended {
				t.Error("stream has not ended")
			}
		})
	}
}

// TestStreamHalves reads the same dump with its messages split over datagrams in every way.
func TestStreamHalves(t *testing.T) {
	msgs := [][]byte{row(1), row(2), row(3), done(0)}
	for cuts := range 1 << (len(msgs) - 1) {
		var datagrams [][]byte
		var d []byte
		for i, m := range msgs {
			d = append(d, m...)
			if cuts>>i&1 == 1 || i == len(msgs)-1 {
				datagrams, d = append(datagrams, d), nil
			}
		}
		s := stream{src: &script{datagrams: datagrams}, req: us, multi: true}
		got, err := run(&s)
		if diff := cmp.Diff([]byte{1, 2, 3}, got); diff != "" || err != nil {
			t.Errorf("cuts %03b: %v (-want +got):\n%s", cuts, err, diff)
		}
	}
}

func TestStreamLeftEarly(t *testing.T) {
	s := stream{src: &script{datagrams: [][]byte{datagram(row(1), row(2))}}, req: us, multi: true}
	for _, err := range s.All {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if s.ended {
		t.Error("a stream left early must not count as ended: the kernel's dump still runs")
	}
}

func TestStreamSingleAnswer(t *testing.T) {
	s := stream{src: &script{datagrams: [][]byte{msg(20, 0, 5)}}, req: us}
	got, err := run(&s)
	if diff := cmp.Diff([]byte{5}, got); diff != "" || err != nil || !s.ended {
		t.Errorf("ended %v, %v (-want +got):\n%s", s.ended, err, diff)
	}
}

func TestStreamAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	rows := make([][]byte, 0, 300)
	for range 299 {
		rows = append(rows, row(AppendAttrUint32([]byte{1, 2, 3, 4}, 8, 1)...))
	}
	d := datagram(append(rows, done(0))...)
	src := script{datagrams: [][]byte{d}}
	sum := 0
	allocs := testing.AllocsPerRun(100, func() {
		src.at = 0
		s := stream{src: &src, req: us, multi: true}
		for m, err := range s.All {
			if err != nil {
				t.Fatal(err)
			}
			attrs := Attrs(m.Payload[4:])
			for {
				_, val, ok := attrs.Next()
				if !ok {
					break
				}
				sum += len(val)
			}
		}
	})
	// One for the stream, which escapes through its source; none for the 299 messages.
	if allocs > 2 {
		t.Errorf("%v allocations for a dump of 299 messages, want at most 2", allocs)
	}
}
