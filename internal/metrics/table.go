package metrics

import "strings"

// A Metric is one line of the table from which the exporter and docs/metrics.md are made.
type Metric struct {
	Name    string
	Counter bool // else it is a gauge
	Labels  []string
	Bound   string // of its series
	Unit    string
	Help    string
}

// An ID is the index of a metric in Table.
type ID int

// The metrics.
const (
	Sockets ID = iota
	SocketQueue
	AcceptQueue
	AcceptLimit
	SynQueue
	ListenConns
	ListenDropped
	ProcessSent
	ProcessReceived
	ProcessRetransmitted
	EventsLost
	SampleDuration
	SampleSuccess
	SeriesLeftOut
	BuildInfo
	numMetrics
)

var listenLabels = []string{"netns", "local", "process"}

// Table describes every metric, by its ID.
var Table = [numMetrics]Metric{
	Sockets: {
		"nlstat_sockets", false,
		[]string{"netns", "proto", "state"},
		"13 a namespace, zeros too", "sockets",
		"Sockets by state.",
	},
	SocketQueue: {
		"nlstat_socket_queue_bytes", false,
		[]string{"netns", "proto", "queue"},
		"4 a namespace", "bytes",
		"Bytes that wait in the queues of sockets; listeners, whose queues hold connections, are not counted.",
	},
	AcceptQueue: {
		"nlstat_listen_accept_queue_connections", false, listenLabels, "200", "connections",
		"Connections that wait for accept(2).",
	},
	AcceptLimit: {
		"nlstat_listen_accept_queue_limit", false, listenLabels, "200", "connections",
		"How many connections may wait for accept(2).",
	},
	SynQueue: {
		"nlstat_listen_syn_queue_connections", false, listenLabels, "200", "connections",
		"Half-open connections.",
	},
	ListenConns: {
		"nlstat_listen_connections", false, append(listenLabels[:3:3], "state"), "600", "connections",
		"Connections that came through a listener: established, close_wait, other.",
	},
	ListenDropped: {
		"nlstat_listen_dropped_total", true, listenLabels, "200", "connections",
		"Connection requests and connections that a listener dropped since it was opened.",
	},
	ProcessSent: {
		"nlstat_process_tcp_sent_bytes_total", true,
		[]string{"netns", "process"},
		"100, later ones are other", "bytes",
		"Bytes sent by TCP since the exporter started, those that were sent again included.",
	},
	ProcessReceived: {
		"nlstat_process_tcp_received_bytes_total", true,
		[]string{"netns", "process"},
		"100, later ones are other", "bytes",
		"Bytes received by TCP since the exporter started; the end of a stream counts as one.",
	},
	ProcessRetransmitted: {
		"nlstat_process_tcp_retransmitted_bytes_total", true,
		[]string{"netns", "process"},
		"100, later ones are other", "bytes",
		"Bytes sent again by TCP since the exporter started.",
	},
	EventsLost: {
		"nlstat_events_lost_total", true, nil, "1", "sockets",
		"Sockets whose end the kernel could not tell: the counters of processes lack what these counted last.",
	},
	SampleDuration: {
		"nlstat_sample_duration_seconds", false, nil, "1", "seconds", "How long the last sample took.",
	},
	SampleSuccess: {
		"nlstat_sample_success", false, nil, "1", "0 or 1", "Whether the last sample is complete; 0 before the first.",
	},
	SeriesLeftOut: {
		"nlstat_series_left_out", false, nil, "1", "series", "Series that a bound left out.",
	},
	BuildInfo: {
		"nlstat_build_info", false, []string{"version"}, "1", "always 1", "The version of the exporter.",
	},
}

// Type returns "counter" or "gauge".
func (m *Metric) Type() string {
	if m.Counter {
		return "counter"
	}
	return "gauge"
}

// Markdown returns the table as docs/metrics.md has it.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| metric | type | labels | series | unit | meaning |\n|---|---|---|---|---|---|\n")
	for i := range Table {
		m := &Table[i]
		cells := []string{"`" + m.Name + "`", m.Type(), strings.Join(m.Labels, ", "), m.Bound, m.Unit, m.Help}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}
