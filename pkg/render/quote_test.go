package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestHuman(t *testing.T) {
	for _, tt := range []struct {
		v           Value
		human, json string
	}{
		{Value{}, "-", "null"},
		{Uint(0), "0", "0"},
		{Int(-5), "-5", "-5"},
		{Bytes(1023), "1023", "1023"},
		{Bytes(1024), "1K", "1024"},
		{Bytes(1536), "1.5K", "1536"},
		{Bytes(2047), "1.9K", "2047"},
		{Bytes(1<<64 - 1), "15.9E", "18446744073709551615"},
		{Bits(999), "999bps", "999"},
		{Bits(12_345_678), "12.3Mbps", "12345678"},
		{Dur(0), "0", "0"},
		{Dur(999), "999ns", "0.999"},
		{Dur(-500), "-500ns", "-0.5"},
		{Dur(-1500), "-1us", "-1.5"},
		{Dur(250 * time.Microsecond), "250us", "250"},
		{Dur(12345 * time.Microsecond), "12.3ms", "12345"},
		{Dur(200 * time.Millisecond), "200ms", "200000"},
		{Dur(1500 * time.Millisecond), "1.5s", "1500000"},
		{Dur(5*time.Minute + 3*time.Second), "5m03s", "303000000"},
		{Dur(27 * time.Hour), "1d03h", "97200000000"},
		{Dur(-1 << 63), "-106751d23h", "-9223372036854775.808"},
		{Float(1.25), "1.2", "1.25"},
		{Float(1e30), "1000000000000000019884624838656.0", "1e+30"},
		{Bool(true), "yes", "true"},
		{Bool(false), "no", "false"},
		{Text([]byte(`a"b`)), `a"b`, `"a\"b"`},
		{At(time.Date(2026, 2, 3, 4, 5, 6, 7000, time.UTC)), "", `"2026-02-03T04:05:06.000007Z"`},
	} {
		if got := string(tt.v.AppendHuman(nil)); got != tt.human && tt.human != "" {
			t.Errorf("human form of %v %d = %q, want %q", tt.v.kind, tt.v.num, got, tt.human)
		}
		if got := string(tt.v.AppendJSON(nil)); got != tt.json {
			t.Errorf("JSON of %v %d = %q, want %q", tt.v.kind, tt.v.num, got, tt.json)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		text string
		room int
		how  Cut
		want string
	}{
		{"process-name", 8, CutEnd, "process…"},
		{"/system.slice/ssh", 8, CutStart, "…ice/ssh"},
		{"2001:db8::1:443", 10, CutMiddle, "200…:1:443"},
		{"日本語テキスト", 8, CutEnd, "日本語… "},
		{"日本語テキスト", 8, CutStart, "…キスト "},
		{"日本語テキスト", 7, CutStart, "…キスト"},
		{"192.0.2.1:54321", 10, CutMiddle, "192…:54321"},
		{"192.0.2.1:54321", 8, CutMiddle, "1…:54321"},
		{"32768-60999, most to 10.0.0.1:80", 25, CutWords, "32768-60999, most to…    "},
		{"unbroken", 5, CutWords, "unbr…"},
		{"/root/.pyenv/versions/bin/python3 server.py -p 80", 26, CutCommand, "…/python3 server.py -p 80"},
		{"python3 /opt/a/long/way/app.py --port 80", 27, CutCommand, "python3 …/app.py --port 80"},
		{"/opt/jdk/bin/java -Xmx4g -Dlong=value -jar /srv/app.jar", 22, CutCommand, "…/java -Xmx4g -Dlong=…"},
		{"ab", 1, CutEnd, "…"},
		{"ab", 0, CutEnd, ""},
	} {
		_, width := AppendClean(nil, []byte(tt.text))
		if got := string(appendCut(nil, []byte(tt.text), width, tt.room, tt.how)); got != tt.want {
			t.Errorf("cut %q to %d (%d) = %q, want %q", tt.text, tt.room, tt.how, got, tt.want)
		}
	}
}

func FuzzJSONString(f *testing.F) {
	f.Add([]byte("plain"))
	f.Add([]byte("\x00\x1b\xff\"\\\n\u2028\u202e\U000e0041"))
	f.Fuzz(func(t *testing.T, s []byte) {
		got := AppendJSONString(nil, s)
		var back string
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatalf("%q is encoded as %q: %v", s, got, err)
		}
		std, err := json.Marshal(string(s))
		if err != nil {
			t.Fatal(err)
		}
		var want string
		if err := json.Unmarshal(std, &want); err != nil {
			t.Fatal(err)
		}
		if back != want {
			t.Fatalf("%q comes back as %q, want %q", s, back, want)
		}
	})
}

func FuzzClean(f *testing.F) {
	f.Add([]byte("plain"))
	f.Add([]byte("\x00\x1b\xff\"\\\n\u2028\u202e\U000e0041日本"))
	f.Fuzz(func(t *testing.T, s []byte) {
		got, width := AppendClean(nil, s)
		if !utf8.Valid(got) {
			t.Fatalf("%q is cleaned to %q, not UTF-8", s, got)
		}
		for _, r := range string(got) {
			if r < ' ' || r == 0x7f || invisible(r) {
				t.Fatalf("%q is cleaned to %q, which holds %U", s, got, r)
			}
		}
		again, w := AppendClean(nil, got)
		if !bytes.Equal(again, got) || w != width {
			t.Fatalf("cleaning %q twice gives %q (%d), then %q (%d)", s, got, width, again, w)
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,b"), []byte(`"`))
	f.Add([]byte(" x\n"), []byte(""))
	f.Add([]byte("=cmd|calc"), []byte("-5"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		cleanA, _ := AppendClean(nil, a)
		cleanB, _ := AppendClean(nil, b)
		line := appendCSV(nil, cleanA)
		line = appendCSV(append(line, ','), cleanB)
		rec, err := csv.NewReader(bytes.NewReader(line)).Read()
		if err != nil {
			t.Fatalf("%q, %q is encoded as %q: %v", a, b, line, err)
		}
		for i, clean := range [][]byte{cleanA, cleanB} {
			want := string(clean)
			if formula(clean) {
				want = "'" + want
			}
			if len(rec) != 2 || rec[i] != want {
				t.Fatalf("%q, %q comes back as %q", cleanA, cleanB, rec)
			}
			if want != "" && strings.ContainsRune("=@＝＋－＠\t\r", []rune(want)[0]) {
				t.Fatalf("%q runs in a spreadsheet", want)
			}
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("name"), []byte("owner"), 20)
	f.Add([]byte("\x1b[2J日本語"), []byte("x"), 7)
	f.Fuzz(func(t *testing.T, name, owner []byte, width int) {
		rows := []flow{{name: string(name), owners: owners{string(owner)}}, {}}
		for _, o := range []Options{{Width: width}, {Human: true, Page: 1}} {
			out := encode(t, o, rows)
			if strings.Count(out, "\n") != 3 || !utf8.ValidString(out) {
				t.Fatalf("%q, %q at width %d: %q", name, owner, width, out)
			}
		}
		if out := encode(t, Options{Format: FormatJSON}, rows); !json.Valid([]byte(out)) {
			t.Fatalf("%q, %q: invalid JSON %q", name, owner, out)
		}
	})
}
