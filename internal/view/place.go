package view

import (
	"strconv"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Place is the network namespace of a row: its name, and the names of its links.
type Place struct {
	Netns   string
	Aliases []string // other words for it
	Links   inspect.Links
}

// link is the cell of an interface, absent for index 0.
func (p *Place) link(index uint32) render.Value {
	if index == 0 {
		return render.Value{}
	}
	if p.Links != nil {
		if name := p.Links.Name(index); name != "" {
			return render.Name(name)
		}
	}
	return render.Name("if" + strconv.FormatUint(uint64(index), 10))
}

// netnsColumn is the column that every table of a namespace begins with.
func netnsColumn[T any](place func(*T) *Place) render.Column[T] {
	return render.Column[T]{
		Key: "netns", Title: "NETNS", Kind: render.KindString, Type: render.TypeText, Fit: render.Fit{Min: 8},
		Help:  "Network namespace; absent for the caller's.",
		Value: func(row *T) render.Value { return render.Name(place(row).Netns) },
		Style: func(*T) render.Style { return render.StyleOther },
	}
}

// netnsField is the filter field of the column: any name of the namespace matches.
func netnsField[T any](place func(*T) *Place) Field[T] {
	return Field[T]{
		Name: "netns", Kind: render.KindString,
		Help: "Network namespace, by any of its names; self is the caller's own.",
		Values: func(row *T, dst []render.Value) []render.Value {
			return place(row).appendNames(dst)
		},
	}
}

func (p *Place) appendNames(dst []render.Value) []render.Value {
	dst = append(dst, render.Name(p.Netns))
	for _, name := range p.Aliases {
		dst = append(dst, render.Name(name))
	}
	return dst
}

// guessNetwork interprets a word as a network, else as the name of a link.
func guessNetwork(network, link string) func(string) (Guess, bool) {
	return func(word string) (Guess, bool) {
		if looksLikeAddress(word) {
			return Guess{Field: network, Values: []string{word}}, true
		}
		return Guess{Field: link, Values: []string{word}, Loose: true}, true
	}
}
