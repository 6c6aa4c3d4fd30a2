//go:build linux

package owner

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestAncestry(t *testing.T) {
	x, err := Scan(t.Context(), &Config{Wanted: []uint32{}, Method: MethodProc})
	if err != nil {
		t.Fatal(err)
	}
	self := x.Process(int32(os.Getpid()))
	if got, want := self.Parent(), int32(os.Getppid()); got != want {
		t.Errorf("the parent is %d, want %d", got, want)
	}
	chain := self.Ancestry()
	if got, want := chain, fmt.Sprintf("%s/%d", x.Process(self.Parent()).Comm(), os.Getppid()); !strings.HasPrefix(got, want) {
		t.Errorf("the parents are %q, want %q first", got, want)
	}
	if n := strings.Count(chain, " < "); n >= mostParents || n == 0 && !strings.HasSuffix(chain, "/1") {
		t.Errorf("the parents %q do not lead to process 1", chain)
	}
	at, ok := self.Started()
	if age := time.Since(at); !ok || age < -time.Second || age > time.Hour {
		t.Errorf("started %v ago, %v", age, ok)
	}
	for _, stat := range []string{"", "1 (x", "1 (x) S", "1 (x) S y", "1 (a) b) S -7 1"} {
		p := &Process{stat: part{data: []byte(stat), read: true}}
		if got := p.Parent(); got != 0 {
			t.Errorf("%q: parent %d", stat, got)
		}
		if at, ok := p.Started(); ok {
			t.Errorf("%q: started at %v", stat, at)
		}
	}
	p := &Process{stat: part{data: []byte("7 (a) b) (c) S 42 7 7 0"), read: true}}
	if got := p.Parent(); got != 42 {
		t.Errorf("parent %d, want 42", got)
	}
}
