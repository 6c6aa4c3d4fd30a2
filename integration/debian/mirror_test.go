package debian

import "testing"

func TestMirrorOf(t *testing.T) {
	for _, tt := range []struct{ name, list, want string }{
		{"empty", "", ""},
		{"one line", "deb http://mirror.example/debian sid main\n", "http://mirror.example/debian"},
		{"options", "deb [signed-by=/k.gpg arch=amd64] https://m.example/debian/ sid main\n", "https://m.example/debian/"},
		{"security alone", "deb http://mirror.example/debian-security sid main\n", ""},
		{"another system", "deb http://mirror.example/ubuntu noble main\n", ""},
		{"sources", "deb-src http://mirror.example/debian sid main\n", ""},
		{"comment", "# deb http://mirror.example/debian sid main\n", ""},
		{"fields", "Types: deb\n# from somewhere\nURIs: http://a.example/debian\nSuites: sid\n", "http://a.example/debian"},
		{"two fields", "URIs: http://a.example/other http://b.example/debian\n", "http://b.example/debian"},
		{"no value", "URIs:\n", ""},
	} {
		if got := mirrorOf([]byte(tt.list)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
