//go:build linux

package container

import (
	"encoding/json"
	"os"
	"time"
)

// A storage is a list of containers/storage, read again after changes.
type storage struct {
	changed time.Time
	size    int64
	names   map[string]string // by id
}

// stored returns the name of a container in a list, and closes its file.
func (n *Names) stored(id, name string, file *os.File) Info {
	if file == nil {
		return Info{}
	}
	s := n.lists[name]
	st, err := file.Stat()
	if s != nil && err == nil && s.changed.Equal(st.ModTime()) && s.size == st.Size() {
		_ = file.Close() // read-only
		return Info{Name: s.names[id]}
	}
	s = &storage{names: storedNames(readFile(file))}
	if err == nil {
		s.changed, s.size = st.ModTime(), st.Size()
	}
	n.lists[name] = s
	return Info{Name: s.names[id]}
}

// storedNames parses a list.
func storedNames(b []byte) map[string]string {
	var list []struct {
		ID    string   `json:"id"`
		Names []string `json:"names"`
	}
	if json.Unmarshal(b, &list) != nil {
		return nil // being written, or of an unknown version
	}
	names := make(map[string]string, min(len(list), maxKnown))
	for _, c := range list {
		if len(c.Names) > 0 && len(names) < maxKnown {
			names[c.ID] = c.Names[0]
		}
	}
	return names
}
