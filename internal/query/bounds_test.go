package query

import "testing"

// TestBoundsMerge checks which comparisons become a range.
func TestBoundsMerge(t *testing.T) {
	for src, want := range map[string]string{
		"port>=8000 and port<=9000":          "port=8000-9000",
		"port>8000 port<9000":                "port=8001-8999",
		"port<=9000 && port>=8000":           "port=8000-9000",
		"port>=8000 and name=a and port<9":   "port>=8000 and name=a and port<9", // empty
		"port>=80 and name=a and port<90":    "port=80-89 and name=a",
		"port>=80 and not port<90":           "port>=80 and not port<90",
		"port>=80 or port<90":                "port>=80 or port<90",
		"port>=80 and port>=90":              "port>=80 and port>=90",
		"port>=ssh and port<90":              "port>=ssh and port<90",
		"port>=1 and port<=2 and port!=2":    "port=1-2 and not port=2",
		"port>18446744073709551615 port<1":   "port>18446744073709551615 and port<1",
		"port>=0x10 and port<=0x20":          "port>=0x10 and port<=0x20",
		"(port>=10 and port<=20) or port>30": "port=10-20 or port>30",
	} {
		n, err := Parse(things(), []string{src})
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got := n.String(); got != want {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}
