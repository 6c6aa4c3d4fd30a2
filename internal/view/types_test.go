package view

import (
	"slices"
	"testing"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/render"
)

// everyField describes the fields of all tables, by table.
func everyField() map[string][]FieldInfo {
	all := map[string][]FieldInfo{}
	describe(all, Sockets(&names.Names{}))
	describe(all, Routes())
	describe(all, Rules())
	describe(all, LinkTable())
	describe(all, Addresses())
	describe(all, Neighbors())
	describe(all, Groups())
	describe(all, Flows(nil))
	describe(all, Stats())
	describe(all, Summary())
	describe(all, Fields())
	result, change := ResultColumn(), ChangeColumn(func(*Socket) string { return "" })
	describe(all, Table[Socket]{Name: "added", Columns: []render.Column[Socket]{result, change, TimeColumn[Socket](nil)}})
	return all
}

func describe[T any](all map[string][]FieldInfo, t Table[T]) { all[t.Name] = Describe(&t) }

// TestTypes checks that every field of every table has a type that its kind of values can tell.
func TestTypes(t *testing.T) {
	for table, fields := range everyField() {
		for i := range fields {
			if f := &fields[i]; !f.Type.Holds(f.Kind) {
				t.Errorf("%s.%s: type %s does not hold values of kind %s", table, f.Key, f.Type, f.Kind)
			}
		}
	}
}

// TestQuantities checks which fields of sockets are sorted largest first and summed: what counts or measures
// something is, what names something is not.
func TestQuantities(t *testing.T) {
	var sums []string
	for _, f := range everyField()["sockets"] {
		if f.Type.Quantity() {
			sums = append(sums, f.Key)
		}
	}
	for _, key := range []string{
		"drops", "segs_out", "segs_in", "data_segs_out", "data_segs_in", "bytes_sent", "retrans", "rtos", "delivered_ce", "dsack_dups",
		"recvq", "sendq", "accept_queue", "accept_limit", "rtt", "cwnd", "unacked", "mem_recv", "send_rate", "segs_in_rate", "age", "busy",
	} {
		if !slices.Contains(sums, key) {
			t.Errorf("%s is no quantity", key)
		}
	}
	for _, key := range []string{
		"port", "local_port", "remote_port", "pid", "uid", "inode", "peer_inode", "cookie", "mark", "cgroup_id", "tos", "tclass",
		"class_id", "state", "proto", "process", "local", "v6only",
	} {
		if slices.Contains(sums, key) {
			t.Errorf("%s is a quantity", key)
		}
	}
}

// TestCounters checks that what the kernel only ever adds to is declared so.
func TestCounters(t *testing.T) {
	counters := map[string][]string{
		"sockets": {
			"drops", "retrans", "bytes_sent", "bytes_acked", "bytes_received", "bytes_retrans", "segs_out", "segs_in", "data_segs_out",
			"data_segs_in", "delivered", "delivered_ce", "dsack_dups", "reord_seen", "rcv_ooo", "rehash", "rtos", "rto_time", "busy",
			"rwnd_limited", "sndbuf_limited",
		},
		"links": {"rx_bytes", "tx_bytes", "rx_packets", "tx_dropped", "collisions", "carrier_ups", "carrier_downs", "carrier_changes"},
		"nat":   {"orig_packets", "orig_bytes", "reply_packets", "reply_bytes"},
	}
	all := everyField()
	for table, keys := range counters {
		for _, key := range keys {
			i := slices.IndexFunc(all[table], func(f FieldInfo) bool { return f.Key == key })
			if i < 0 || all[table][i].Type != render.TypeCounter {
				t.Errorf("%s.%s is no counter", table, key)
			}
		}
	}
}
