package debian

import "testing"

func TestVersionOf(t *testing.T) {
	const madison = "  iproute2 |    7.4.0-1 | http://mirror.example/debian sid/main amd64 Packages\n" +
		"  iproute2 | 7.3.0-1+b2 | http://mirror.example/debian sid/main amd64 Packages\n" +
		"  iproute2 |    7.3.0-1 | http://mirror.example/debian trixie/main amd64 Packages\n" +
		"what is this\n"
	for prefix, want := range map[string]string{"7.3.0-": "7.3.0-1+b2", "7.4": "7.4.0-1", "": "7.4.0-1", "7.3.1": ""} {
		if got := versionOf(madison, prefix); got != want {
			t.Errorf("%q: %q, want %q", prefix, got, want)
		}
	}
	if got := versionOf("", ""); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}
