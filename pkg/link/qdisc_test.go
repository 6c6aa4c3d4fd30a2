//go:build linux

package link

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/pkg/nl"
)

// TestQdiscsRecorded reads the disciplines of testdata, which integration/tablestats_test.go recorded after
// the second link had dropped packets.
func TestQdiscsRecorded(t *testing.T) {
	c := replay(t, "qdiscs.rec")
	var got strings.Builder
	for q, err := range c.Qdiscs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s root=%v %d bytes, %d packets, %d dropped, %d over\n", q.Kind(), q.Parent == QdiscRoot,
			q.Bytes, q.Packets, q.Drops, q.Overlimits)
	}
	want := "noqueue root=true 0 bytes, 0 packets, 0 dropped, 0 over\n"
	if !strings.HasPrefix(got.String(), want) || !strings.Contains(got.String(), "tbf root=true") ||
		strings.Contains(got.String(), "tbf root=true 0 bytes") {
		t.Errorf("got\n%s", got.String())
	}
	if bad := c.Stats().Malformed; bad != 0 {
		t.Errorf("%d malformed attributes", bad)
	}
}

// qdiscMessage is the message of a discipline with counters 1 to 7.
func qdiscMessage() []byte {
	e := binary.NativeEndian
	b := make([]byte, tcmsgLen)
	e.PutUint32(b[4:], 2)
	e.PutUint32(b[12:], QdiscRoot)
	basic := e.AppendUint32(e.AppendUint64(nil, 1), 2)
	var queue []byte
	for i := uint32(3); i <= 7; i++ {
		queue = e.AppendUint32(queue, i)
	}
	b = nl.AppendAttr(b, tcaKind, []byte("fq_codel\x00"))
	b, at := nl.OpenAttr(b, tcaStats2)
	b = nl.AppendAttr(b, tcaStatsBasic, basic)
	b = nl.AppendAttr(b, tcaStatsQueue, queue)
	return nl.CloseAttr(b, at)
}

func TestQdisc(t *testing.T) {
	var q Qdisc
	bad, err := q.decode(qdiscMessage())
	want := Qdisc{
		Link: 2, Parent: QdiscRoot, Bytes: 1, Packets: 2, QueueLen: 3, Backlog: 4, Drops: 5, Requeues: 6, Overlimits: 7,
		kind: []byte("fq_codel"),
	}
	if err != nil || bad != 0 || fmt.Sprint(q) != fmt.Sprint(want) {
		t.Errorf("%+v, %d malformed, %v, want %+v", q, bad, err, want)
	}
	for n := range qdiscMessage() {
		_, _ = q.decode(qdiscMessage()[:n]) // must not panic
	}
}

func FuzzQdisc(f *testing.F) {
	f.Add(qdiscMessage())
	f.Fuzz(func(t *testing.T, b []byte) {
		var q Qdisc
		if _, err := q.decode(b); err != nil {
			return
		}
		if got, want := fmt.Sprint(q.Clone()), fmt.Sprint(&q); got != want {
			t.Fatalf("the clone differs: want %s, got %s", want, got)
		}
	})
}
