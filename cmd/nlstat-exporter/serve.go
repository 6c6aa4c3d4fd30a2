package main

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/nlstat/nlstat/cmd/nlstat-exporter/internal/prom"
	"github.com/nlstat/nlstat/internal/metrics"
)

// Limits of clients: slow ones and excess connections are closed.
const (
	headTime  = 5 * time.Second
	writeTime = 30 * time.Second
	idleTime  = time.Minute
	maxHead   = 16 << 10
	atOnce    = 16
)

// serve answers scrapes until something fails.
func serve(l net.Listener, o *options, c *metrics.Collector, log *slog.Logger) error {
	server := &http.Server{
		Handler: handler(c), ReadHeaderTimeout: headTime, ReadTimeout: headTime, WriteTimeout: writeTime,
		IdleTimeout: idleTime, MaxHeaderBytes: maxHead,
	}
	return web.Serve(l, server, &web.FlagConfig{WebConfigFile: &o.web}, log)
}

func handler(c *metrics.Collector) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry(c), promhttp.HandlerOpts{
		EnableOpenMetrics: true, MaxRequestsInFlight: atOnce,
	}))
	mux.HandleFunc("GET /{$}", servePage(c))
	return mux
}

func registry(c *metrics.Collector) *prometheus.Registry {
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(prom.New(c))
	return r
}
