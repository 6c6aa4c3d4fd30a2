package render_test

import (
	"log"
	"os"

	"github.com/nlstat/nlstat/pkg/render"
)

type host struct {
	name  string
	bytes uint64
}

// One description of the columns for every format.
func Example() {
	columns := []render.Column[host]{
		{Key: "name", Title: "NAME", Kind: render.KindString, Value: func(h *host) render.Value { return render.Name(h.name) }},
		{
			Key: "bytes", Title: "BYTES", Kind: render.KindByteSize, Right: true,
			Value: func(h *host) render.Value { return render.Bytes(h.bytes) },
		},
	}
	for _, format := range []render.Format{render.FormatTable, render.FormatJSONL, render.FormatCSV} {
		e := render.New(os.Stdout, columns, render.Options{Format: format})
		for _, h := range []host{{"db1", 4711}, {"web, old", 12}} {
			if err := e.Row(&h); err != nil {
				log.Print(err)
				return
			}
		}
		if err := e.Close(); err != nil {
			log.Print(err)
			return
		}
	}
	// Output:
	// NAME      BYTES
	// db1        4711
	// web, old     12
	// {"name":"db1","bytes":4711}
	// {"name":"web, old","bytes":12}
	// name,bytes
	// db1,4711
	// "web, old",12
}
