package query

import (
	"testing"
	"time"

	"github.com/nlstat/nlstat/pkg/render"
)

// TestUnits reads values with prefixes: those of bytes are powers of 1024, all others of 1000.
func TestUnits(t *testing.T) {
	for _, tt := range []struct {
		kind render.Kind
		text string
		want render.Value
	}{
		{render.KindByteSize, "512", render.Bytes(512)},
		{render.KindByteSize, "64k", render.Bytes(64 << 10)},
		{render.KindByteSize, "2MiB", render.Bytes(2 << 20)},
		{render.KindByteSize, "1.5k", render.Bytes(1536)},
		{render.KindBitRate, "64k", render.Bits(64_000)},
		{render.KindBitRate, "2Mbit/s", render.Bits(2_000_000)},
		{render.KindBitRate, "2Mbps", render.Bits(2_000_000)},
		{render.KindBitRate, "2mb/s", render.Bits(2_000_000)},
		{render.KindBitRate, "2MB/s", render.Bits(16_000_000)},
		{render.KindBitRate, "1.5kBps", render.Bits(12_000)},
		{render.KindBitRate, "3B/s", render.Bits(24)},
		{render.KindUnsigned, "3k", render.Uint(3000)},
		{render.KindUnsigned, "0x10", render.Uint(16)},
		{render.KindDuration, "1.5ms", render.Dur(1500 * time.Microsecond)},
		{render.KindDuration, "2d", render.Dur(48 * time.Hour)},
	} {
		got, err := parseNumber(tt.kind, tt.text, nil)
		if err != nil || got.Compare(&tt.want) != 0 {
			t.Errorf("%v %q = %s, %v; want %s", tt.kind, tt.text, got.Append(nil), err, tt.want.Append(nil))
		}
	}
	for kind, text := range map[render.Kind]string{
		render.KindByteSize: "64q", render.KindBitRate: "fast", render.KindUnsigned: "-1", render.KindDuration: "5",
	} {
		if got, err := parseNumber(kind, text, nil); err == nil {
			t.Errorf("%v %q = %s, want an error", kind, text, got.Append(nil))
		}
	}
}
