package term

import (
	"slices"

	"github.com/nlstat/nlstat/pkg/render"
)

// Cut cuts text, a result of [render.AppendClean], to a number of cells. An ellipsis stands for the rest.
func Cut(text []byte, cells int) []byte {
	switch {
	case cells < 1:
		return nil
	case render.Width(text) <= cells:
		return text
	}
	return append(slices.Clip(text[:render.Fits(text, cells-1)]), "…"...)
}
