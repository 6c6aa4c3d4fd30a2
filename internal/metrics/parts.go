package metrics

import "slices"

// The collectors, which can be turned on and off.
const (
	PartSockets   = "sockets"
	PartListeners = "listeners"
	PartProcesses = "processes"
	PartRemotes   = "remotes"
	PartDrops     = "drops"
	PartPorts     = "ports"
	PartConntrack = "conntrack"
	PartNeighbors = "neighbors"
	PartFindings  = "findings"
)

// Parts lists the collectors and their contents.
var Parts = [...]struct{ Name, About string }{
	{PartSockets, "sockets by state, and bytes in their queues"},
	{PartListeners, "queues, drops and connections of TCP listeners"},
	{PartProcesses, "bytes sent and received by processes over TCP"},
	{PartRemotes, "connections, retransmissions and round-trip times by remote address, with --remotes"},
	{PartDrops, "datagrams dropped by sockets"},
	{PartPorts, "source ports in use for one service"},
	{PartConntrack, "use of the connection tracking table"},
	{PartNeighbors, "use of the neighbor tables"},
	{PartFindings, "findings of nlstat doctor"},
}

// PartNames returns the names of all collectors.
func PartNames() []string {
	names := make([]string, len(Parts))
	for i := range Parts {
		names[i] = Parts[i].Name
	}
	return names
}

// Only switches off the collectors that are not named, unless no name is given.
func (c *Config) Only(names []string) {
	for _, name := range PartNames() {
		if len(names) > 0 && !slices.Contains(names, name) {
			c.Off = append(slices.Clip(c.Off), name) // the list is the caller's
		}
	}
}

// LabelNames returns the names of the additional labels of listeners.
func LabelNames() []string {
	names := make([]string, len(ListenerLabels))
	for i := range ListenerLabels {
		names[i] = ListenerLabels[i].Name
	}
	return names
}

// ListenerLabels are the additional labels of listeners, with descriptions.
var ListenerLabels = [...]struct{ Name, About string }{
	{"unit", "systemd unit in which the listener was opened"},
	{"container", "container in which it was opened"},
}

// The sources of a sample: values of the label collector of its duration and success.
const (
	sourceSockets = "sockets"
	sourceHost    = "host" // everything except TCP and UDP sockets
)
