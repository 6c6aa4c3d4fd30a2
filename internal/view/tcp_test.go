package view

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// TestAccurateECN checks that each column shows its part of tcp_info, and nothing on an older kernel.
func TestAccurateECN(t *testing.T) {
	s := &diag.Socket{
		Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, State: diag.StateEstablished, Has: diag.HasTCPInfo,
		TCP: diag.TCPInfo{
			Len: uint16(diag.TCPFieldAccECNOptSeen), TotalRTORecoveries: 1, ReceivedCE: 2, DeliveredE1Bytes: 3, DeliveredE0Bytes: 4, DeliveredCEBytes: 5,
			ReceivedE1Bytes: 6, ReceivedE0Bytes: 7, ReceivedCEBytes: 8, AccECNFailMode: 9, AccECNOptSeen: 10,
		},
	}
	row := &Socket{Row: &inspect.Row{Socket: s}}
	table := Sockets(nil)
	keys := []string{
		"rto_recoveries", "received_ce", "delivered_e1_bytes", "delivered_e0_bytes", "delivered_ce_bytes", "received_e1_bytes",
		"received_e0_bytes", "received_ce_bytes", "accecn_fail_mode", "accecn_opt_seen",
	}
	cell := func(key string) render.Value { return table.Columns[render.Find(table.Columns, key)].Value(row) }
	for i, key := range keys {
		if v := cell(key); v.Uint() != uint64(i+1) {
			t.Errorf("%s is %d, want %d", key, v.Uint(), i+1)
		}
	}
	s.TCP.Len = uint16(diag.TCPFieldRehash)
	for _, key := range keys {
		if v := cell(key); v.Kind() != render.KindNone {
			t.Errorf("%s has a value on a kernel without it", key)
		}
	}
}
