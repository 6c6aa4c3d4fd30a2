package cli

import (
	"errors"

	"github.com/spf13/pflag"

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
