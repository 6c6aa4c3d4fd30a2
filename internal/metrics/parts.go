package metrics

import "slices"

// The collectors, which may be turned on and off.
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

// Parts lists the collectors and what they tell of.
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

// Only switches off the collectors that are not named, unless none is.
func (c *Config) Only(names []string) {
	for _, name := range PartNames() {
		if len(names) > 0 && !slices.Contains(names, name) {
			c.Off = append(slices.Clip(c.Off), name) // the list is the caller's
		}
	}
}

// LabelNames returns the names of the labels that listeners may have besides.
func LabelNames() []string {
	names := make([]string, len(ListenerLabels))
	for i := range ListenerLabels {
		names[i] = ListenerLabels[i].Name
	}
	return names
}

// ListenerLabels are the labels that listeners may have besides, and what they are.
var ListenerLabels = [...]struct{ Name, About string }{
	{"unit", "systemd unit in which the listener was opened"},
	{"container", "container in which it was opened"},
}

// The sources of a sample, which are told apart by the label collector of its duration and success.
const (
	sourceSockets = "sockets"
	sourceHost    = "host" // all that is not of TCP and UDP sockets
)
