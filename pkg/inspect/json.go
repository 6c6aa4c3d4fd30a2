package inspect

import "encoding/json"

// MarshalJSON writes what [diag.Socket.MarshalJSON] does, and what is joined to the socket, by the names of
// `nlstat sockets`: netns, if namespaces were requested, pid, processes and container.
func (r *Row) MarshalJSON() ([]byte, error) {
	type holder struct {
		Comm string `json:"comm"`
		PID  int32  `json:"pid"`
		FD   int32  `json:"fd"`
	}
	joined := struct {
		Netns     string   `json:"netns,omitzero"`
		PID       int32    `json:"pid,omitzero"`
		Processes []holder `json:"processes,omitempty"`
		Container string   `json:"container,omitzero"`
	}{Netns: r.Netns, Container: r.Container()}
	for i, ref := range r.Holders() {
		if i == 0 {
			joined.PID = ref.PID
		}
		joined.Processes = append(joined.Processes, holder{string(r.Comm(ref.PID)), ref.PID, ref.FD})
	}
	own, err := r.Socket.MarshalJSON()
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(joined)
	if err != nil || len(more) == len("{}") {
		return own, err
	}
	return append(append(own[:len(own)-1], ','), more[1:]...), nil
}
