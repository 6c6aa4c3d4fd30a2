package main

import (
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"strings"
	"unicode"

	"github.com/nlstat/nlstat/internal/metrics"
	"github.com/nlstat/nlstat/internal/version"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle string
)

var page = template.Must(template.New("").Funcs(template.FuncMap{
	"clean": clean, "rate": rate,
}).Parse(pageText))

// A view is the data of the page.
type view struct {
	metrics.Status
	Host, Version string
	Style         template.CSS
}

// servePage serves a page with the last sample. Nothing on the page is loaded or run, because its names are
// chosen by programs and users of this host.
func servePage(c *metrics.Collector) http.HandlerFunc {
	host, err := os.Hostname()
	if err != nil {
		host = "this host"
	}
	sum := sha256.Sum256([]byte(pageStyle))
	policy := "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
		"style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	return func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		_ = page.Execute(w, &view{ // the client may have disconnected
			Status: c.Status(), Host: clean(host), Version: version.String(),
			Style: template.CSS(pageStyle), // embedded
		})
	}
}

// clean escapes invisible characters and those that reorder text.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

// rate formats bytes per second with units.
func rate(perSecond float64) string {
	for _, unit := range [...]string{"B/s", "kB/s", "MB/s"} {
		if perSecond < 1000 {
			return fmt.Sprintf("%.3g %s", perSecond, unit)
		}
		perSecond /= 1000
	}
	return fmt.Sprintf("%.4g GB/s", perSecond)
}
