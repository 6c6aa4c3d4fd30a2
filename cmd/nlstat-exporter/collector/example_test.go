package collector_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/nlstat/nlstat/cmd/nlstat-exporter/collector"
)

// A program that serves the sockets of its host together with its own metrics.
func ExampleStart() {
	c, err := collector.Start(context.Background(), &collector.Config{Only: []string{"sockets", "listeners"}})
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // read-only
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	defer server.Close()

	answer, err := http.Get(server.URL)
	if err != nil {
		log.Print(err)
		return
	}
	defer answer.Body.Close() //nolint:errcheck // not read to its end
	fmt.Println(answer.Status)
	// Output: 200 OK
}
