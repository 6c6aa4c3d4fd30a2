package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// namespaces holds the flags that select network namespaces.
type namespaces struct {
	netns    string
	allNetns bool
	flag     *pflag.Flag
}

func (n *namespaces) flags(f *pflag.FlagSet) {
	f.StringVarP(&n.netns, "netns", "N", "",
		"query this network `NAMESPACE`: a name, process id, path, container or self")
	f.BoolVarP(&n.allNetns, "all-netns", "A", false, "query all network namespaces; adds a netns column")
	n.flag = f.Lookup("netns")
}

// named reports whether rows show their namespace.
func (n *namespaces) named() bool { return n.allNetns || n.netns != "" }

// selection converts the flags for a session.
func (n *namespaces) selection() (inspect.Selection, error) {
	switch {
	case n.allNetns && n.netns != "":
		return inspect.Selection{}, errors.New("--netns and --all-netns exclude each other")
	case n.flag != nil && n.flag.Changed && n.netns == "":
		return inspect.Selection{}, errors.New("--netns is empty: expected a name, process id, path or container")
	}
	return inspect.Selection{All: n.allNetns, Name: n.netns}, nil
}

// reached finds the namespace that a path leads to with the caller's rights. Names, process ids and
// containers are looked up with those of the process.
func reached(sel inspect.Selection) (_ inspect.Selection, err error) {
	if strings.Contains(sel.Name, "/") {
		if sel.Name, err = rights.Namespace(sel.Name); err != nil {
			return sel, fmt.Errorf("network namespace: %w", err)
		}
	}
	return sel, nil
}
