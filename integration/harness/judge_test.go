package harness

import "testing"

const (
	probeHeader = "Active Internet connections (only servers)\n"
	plainRow    = "udp        0      0 localhost:9             0.0.0.0:*                          \n"
	namedRow    = "udp6       0      0 localhost:9             [::]:*                             \n"
	numberRow   = "udp6       0      0 127.0.0.1:9             [::]:*                             \n"
)

func TestJudgement(t *testing.T) {
	for _, tt := range []struct {
		name, out string
		want      judge
		fails     bool
	}{
		{"as the pinned one", probeHeader + plainRow + namedRow, judge{}, false},
		{"an older library", probeHeader + plainRow + numberRow, judge{mapped: "localhost"}, false},
		{"a machine without names", "udp 0 0 127.0.0.1:9 0.0.0.0:*\n" + numberRow, judge{}, false},
		{"one row", probeHeader + plainRow, judge{}, true},
		{"nothing", "", judge{}, true},
	} {
		got, err := judgement([]byte(tt.out))
		if got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: %+v, %v; want %+v", tt.name, got, err, tt.want)
		}
	}
}

// TestLeaveOut checks that the rows in question go, from both sides, and no others.
func TestLeaveOut(t *testing.T) {
	old := judge{mapped: "localhost"}
	for _, tt := range []struct {
		name            string
		judge           judge
		want, got       string
		leftWant, leftG string
	}{
		{"goes", old, plainRow + numberRow, plainRow + namedRow, plainRow, plainRow},
		{"equal rows stay", old, numberRow, numberRow, numberRow, numberRow},
		{"IPv4 stays", old, "udp 0 0 127.0.0.1:9 \n", plainRow, "udp 0 0 127.0.0.1:9 \n", plainRow},
		{"another name stays", old, numberRow, "udp6 0 0 elsewhere:9 \n", numberRow, "udp6 0 0 elsewhere:9 \n"},
		{"the other way round stays", old, namedRow, numberRow, namedRow, numberRow},
		{"rows are missing", old, numberRow, plainRow + namedRow, numberRow, plainRow + namedRow},
		{"a good judge", judge{}, numberRow, namedRow, numberRow, namedRow},
	} {
		w, g := tt.judge.leaveOut([]byte(tt.want), []byte(tt.got))
		if string(w) != tt.leftWant || string(g) != tt.leftG {
			t.Errorf("%s: %q and %q, want %q and %q", tt.name, w, g, tt.leftWant, tt.leftG)
		}
	}
}
