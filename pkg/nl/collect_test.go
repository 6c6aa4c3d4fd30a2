//go:build linux

package nl

import (
	"errors"
	"testing"
)

func TestCollect(t *testing.T) {
	refused := errors.New("refused")
	for _, tt := range []struct {
		name  string
		ends  []error // of one dump after the other
		rows  int
		want  error
		dumps int
	}{
		{"at once", []error{nil}, 2, nil, 1},
		{"settles", []error{ErrInterrupted, ErrInterrupted, nil}, 2, nil, 3},
		{"never settles", []error{ErrInterrupted, ErrInterrupted, ErrInterrupted, ErrInterrupted}, 2, ErrInterrupted, 4},
		{"fails", []error{refused}, 2, refused, 1},
		{"fails the second time", []error{ErrInterrupted, refused}, 2, refused, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dumps := 0
			rows, err := Collect(func(yield func(*int, error) bool) {
				end := tt.ends[dumps]
				dumps++
				for i := range 2 {
					if !yield(&i, nil) {
						t.Fatal("left early")
					}
				}
				if end != nil {
					yield(nil, end)
				}
			}, func(i *int) *int { n := *i; return &n })
			if len(rows) != tt.rows || !errors.Is(err, tt.want) || dumps != tt.dumps {
				t.Errorf("%d rows, %v, %d dumps, want %d, %v, %d", len(rows), err, dumps, tt.rows, tt.want, tt.dumps)
			}
		})
	}
}
