package collector

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TestCollect finds a listener in the first scrape, and checks the other methods of a collector.
func TestCollect(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // unused
	c, err := Start(t.Context(), &Config{Interval: time.Hour, Without: []string{"findings"}})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "nlstat_") {
			t.Errorf("family %s", f.GetName())
		}
		for _, m := range f.GetMetric() {
			for _, label := range m.GetLabel() {
				found = found || label.GetName() == "local" && label.GetValue() == l.Addr().String()
			}
		}
	}
	if !found {
		t.Errorf("%s is not among %d families", l.Addr(), len(families))
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if again, err := registry.Gather(); err != nil || len(again) == 0 {
		t.Errorf("%d families after Close, %v", len(again), err)
	}
}

// TestRefused checks that invalid configurations are refused.
func TestRefused(t *testing.T) {
	for _, cfg := range []Config{
		{Without: []string{"socket"}},
		{Only: []string{"all"}},
		{Labels: []string{"pid"}},
		{Labels: []string{"unit", "unit"}},
		{Labels: []string{"local"}},
		{Labels: []string{"Unit"}},
		{Labels: []string{""}},
		{Labels: []string{"unit\n"}},
		{Only: []string{"drops", "drops"}},
		{Only: []string{"drops"}, Without: []string{"ports"}},
		{Only: []string{"remotes"}},
		{Interval: -1},
		{Remotes: 5000},
		{MaxSeries: -1},
	} {
		if c, err := Start(t.Context(), &cfg); err == nil {
			t.Errorf("%+v is started", cfg)
			_ = c.Close() // the test has failed already
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	mine := errors.New("enough")
	cancel(mine)
	if _, err := Start(ctx, nil); !errors.Is(err, mine) {
		t.Errorf("%v, want the cause of the end of ctx", err)
	}
}
