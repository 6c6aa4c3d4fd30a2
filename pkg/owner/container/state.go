//go:build linux

package container

import (
	"encoding/json"
	"strings"
)

// docker reads config.v2.json of dockerd.
func docker(b []byte) Info {
	var c struct {
		Name   string
		Config struct {
			Image  string
			Labels map[string]string
		}
	}
	if json.Unmarshal(b, &c) != nil {
		return Info{} // being written, or of an unknown version
	}
	info := annotated(c.Config.Labels)
	info.fill(Info{Name: strings.TrimPrefix(c.Name, "/"), Image: c.Config.Image})
	return info
}

// spec reads config.json of the Open Container Initiative's runtime specification.
func spec(b []byte) Info {
	var c struct {
		Annotations map[string]string `json:"annotations"`
	}
	if json.Unmarshal(b, &c) != nil {
		return Info{} // as above
	}
	return annotated(c.Annotations)
}

// annotations are the keys of annotations and labels, by the field that they set.
var annotations = []struct{ name, image, pod, namespace string }{
	{ // containerd
		"io.kubernetes.cri.container-name", "io.kubernetes.cri.image-name",
		"io.kubernetes.cri.sandbox-name", "io.kubernetes.cri.sandbox-namespace",
	},
	{ // CRI-O, and dockerd under Kubernetes
		"io.kubernetes.container.name", "io.kubernetes.cri-o.ImageName",
		"io.kubernetes.pod.name", "io.kubernetes.pod.namespace",
	},
	{name: "nerdctl/name"},
}

func annotated(m map[string]string) Info {
	var info Info
	for _, a := range annotations {
		info.fill(Info{Name: m[a.name], Image: m[a.image], Pod: m[a.pod], Namespace: m[a.namespace]})
	}
	return info
}
