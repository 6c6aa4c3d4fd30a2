//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// procTree writes files into a folder that can take the place of /proc. A name that ends in a slash is a
// folder where the reference looks for a file.
func procTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, "net", name)
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// sctpFiles hold sockets of every form, as kernels with SCTP list them, and lines that make no sense.
var sctpFiles = map[string]string{
	"sctp/eps": " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n" +
		"ffff8880 ffff8881 2   10  29   9001      0 12345 0.0.0.0 \n" +
		"ffff8882 ffff8883 0   7   29   9002   65534 12346 127.0.0.1 10.1.2.3 192.168.100.200 \n" +
		"ffff8882 ffff8883 0   2   29   22   4294967294 12347 fe80:0000:0000:0000:0000:0000:0000:0001 " +
		"2001:0db8:1111:2222:3333:4444:5555:6666 0000:0000:0000:0000:0000:ffff:7f00:0001 \n" +
		"ffff8882 ffff8883 0   99  29   5    0 0 \n" +
		"bogus line\n" +
		"ffff8882 ffff8883 0   12  29   0    0 7 0000:0000:0000:0000:0000:0000:0000:0000 \n",
	"sctp/assocs": " ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS\n" +
		"ffff8880 ffff8881 2 1 3 0 1 5 7 0 12345 9001 40000  *127.0.0.1 <-> *127.0.0.1 \t 7500 10 10\n" +
		"ffff8880 ffff8881 2 2 3 0 1 5 7 1 12346 22 0  *127.0.0.1 10.1.2.3 192.168.100.200 <-> 10.2.3.4 *127.0.0.2 \t 7500\n" +
		"ffff8880 ffff8881 2 3 3 0 1 5 7 1 12346 22 80  10.1.2.3 <-> fe80:0000:0000:0000:0000:0000:0000:0001 " +
		"*2001:0db8:1111:2222:3333:4444:5555:6666 10.9.9.9 \t 7500\n" +
		"bogus\n",
	"sctp/snmp": "SctpCurrEstab\t3\nSctpActiveEstabs\t1\nSctpAborteds\t0\nSctpReasmUsrMsgs\t7\nSctpFuture\t9\n",
	"snmp":      "Ip: Forwarding InReceives\nIp: 2 9\nTcp: RtoMin InSegs\nTcp: 200 5\n",
}

// deadFiles hold sockets of the families that nobody uses any more.
var deadFiles = map[string]string{
	"ax25": "ffff8880 ax0 N0CALL-1 K1ABC,DIGI1,DIGI2 3 1 2 3 0 10 0 3 0 300 0 0 0 10 5 2 256 17 23 4711\n" +
		"ffff8881 ax1 N0CALL-2 * 0 0 0 0 0 10 0 3 0 300 0 0 0 10 5 2 256 * * *\n" +
		"ffff8882 verylongdev N0CALL-12 K1ABC-15,D 4 7 6 5 0 10 0 3 0 300 0 0 0 10 5 2 256 1234567 7654321 4711\n" +
		"bad line here\nffff8882 d s t 2 1 1\n",
	"x25": "dest_addr  src_addr  dev   lci st vs vr va   t  t2 t21 t22 t23 Snd-Q Rcv-Q inode\n" +
		"1234567890 0987654321 x25a  001  3  1  2  3   0   3 200 180 180    11    22 99\n" +
		"*          55555      ???   000  0  0  0  0   0   3 200 180 180     0     0 98\n" +
		"*          55555      ???   010  2  0  0  0   0   3 200 180 180     0     0 98\n",
	"nr": "user_addr dest_node src_node  dev    my  your  st  vs  vr  va    t1     t2     t4      idle   n2  wnd Snd-Q\n" +
		"N0CALL-1  K1ABC-2   W1AW-3    nr0  01/02 03/04  3   1   2   3   0/120  0/05   0/180   0/900  0/03   4    11    22 47\n" +
		"*         *         W1AW-3    ???  00/00 00/00  0   0   0   0   0/120  0/05   0/180   0/900  0/03   4     0     0 47\n",
	"rose": "dest_addr  dest_call src_addr   src_call  dev   lci neigh st vs vr va   t  t1  t2  t3  hb    idle Snd-Q\n" +
		"2080175520 N0CALL-1  2080835201 K1ABC     rose0 001 00001  3  0  0  0   0 200 200   5 180   0/000     0     0 47\n" +
		"*          *         208083520  K1ABC     rose0 000 00000  0  0  0  0   0 200 200   5 180   0/000     0     0 47\n" +
		"1234567890 CALLCALL-15 2080835201 K1ABC longname 0FF 54321  5  0  0  0   0 200 200   5 180   0/000     0     0 47\n",
	"ipx/socket": "Local_Address               Remote_Address              Tx_Queue  Rx_Queue  State  Uid\n" +
		"00000001:0000AABBCCDD:4003  Not_Connected               00000000  00000000  07     000\n" +
		"0000ABCD:112233445566:1234  00000002:665544332211:0451  00000010  000000FF  01     65534\n" +
		"00000000:000000000000:0000  00000002:665544332211:0451  00000010  000000FF  02     1\n",
	"ip_masquerade": "Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta PDelta Expires (free=1,2,3)\n" +
		"TCP C0A80105:04D2 08080808:0050 F001 12345678    5    -3    90012\n" +
		"GRE C0A80105:0000 08080808:0000 0000 00000000    0     0    7654321\n",
}

// emptyFiles are folders and empty files where the reference expects text.
var emptyFiles = map[string]string{"ax25/": "", "x25/": "", "nr/": "", "rose/": "", "ip_masquerade": "", "sctp/snmp": ""}

// TestNetstatProc compares over made-up trees of /proc what this kernel does not have.
func TestNetstatProc(t *testing.T) {
	const (
		sctpLines = "-Sna|-Sa -e --numeric-hosts|-Sl -n|-Sn|-Slan4|-S -4 -n|-San6|-Snaeop|-Sln -N|-s|-sS|-st"
		deadLines = "--ax25|-A x25|-A x25 -a|--netrom|--rose|--ipx -n|--ipx -en|--ipx -p|-A x25,rose,netrom,ax25 -a|" +
			"-Mn|-Mne|-M --numeric-ports"
		emptyLines = "--ax25|--rose|-A x25,netrom|-M|-sS"
	)
	ns := harness.New(t)
	for _, tt := range []struct {
		name  string
		files map[string]string
		lines string
	}{
		{"sctp", sctpFiles, sctpLines},
		{"dead", deadFiles, deadLines},
		{"empty", emptyFiles, emptyLines},
		{"none", map[string]string{"other": ""}, sctpLines + "|" + deadLines + "|-A inet6,unix|-x -4 -n|-an"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := procTree(t, tt.files)
			for line := range strings.SplitSeq(tt.lines, "|") {
				c := harness.Compare{Program: "netstat", Args: strings.Fields(line), Env: strict, Proc: root}
				c.Run(ns.With(t))
			}
		})
	}
}
