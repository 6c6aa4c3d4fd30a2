//go:build linux

package container

import (
	"strings"
	"testing"

	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// FuzzState parses hostile state files, which may not cause a panic.
func FuzzState(f *testing.F) {
	id := strings.Repeat("1", 64)
	f.Add([]byte(`{"ID":"x","Name":"/web","Config":{"Image":"nginx:1","Labels":{"nerdctl/name":"n"}}}`))
	f.Add([]byte(`{"annotations":{"io.kubernetes.cri.container-name":"app"}}`))
	f.Add([]byte(`[{"id":"` + id + `","names":["pet"]},{"id":null,"names":null},{}]`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, info := range []Info{docker(b), spec(b)} {
			if len(info.Name) > 3*len(b) { // an invalid byte becomes three
				t.Errorf("%q of %q", info.Name, b)
			}
		}
		if n := len(storedNames(b)); n > len(b) {
			t.Errorf("%d names of %q", n, b)
		}
	})
}

func FuzzParseLog(f *testing.F) {
	f.Add("p-3_shop_side-car-" + strings.Repeat("7", 64) + ".log")
	f.Add("-.log")
	f.Fuzz(func(t *testing.T, name string) {
		id, info, ok := parseLog(name)
		if ok && (!cgroup.IsID(id) || info.Pod+"_"+info.Namespace+"_"+info.Name+"-"+id+".log" != name) {
			t.Errorf("%q: %q, %+v", name, id, info)
		}
	})
}
