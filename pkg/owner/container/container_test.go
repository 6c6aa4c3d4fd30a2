package container_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/pkg/owner/container"
)

// id returns a container's id made of one digit.
func id(digit string) string { return strings.Repeat(digit, 64) }

func TestLookup(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"var/lib/docker/containers/" + id("1") + "/config.v2.json": `{"ID":"x","Name":"/web","Config":{"Image":"nginx:1"}}`,
		"var/lib/docker/containers/" + id("2") + "/config.v2.json": `{"Name":"/k8s_a_b","Config":{"Labels":{
			"io.kubernetes.container.name":"app","io.kubernetes.pod.name":"p-0","io.kubernetes.pod.namespace":"shop"}}}`,
		"run/containerd/io.containerd.runtime.v2.task/k8s.io/" + id("3") + "/config.json": `{"ociVersion":"1.1.0","annotations":{
			"io.kubernetes.cri.container-name":"app","io.kubernetes.cri.image-name":"registry/app:2",
			"io.kubernetes.cri.sandbox-name":"p-1","io.kubernetes.cri.sandbox-namespace":"shop"}}`,
		"run/containers/storage/overlay-containers/" + id("4") + "/userdata/config.json": `{"annotations":{
			"io.kubernetes.container.name":"db","io.kubernetes.pod.name":"p-2","io.kubernetes.pod.namespace":"shop",
			"io.kubernetes.cri-o.ImageName":"registry/db:3"}}`,
		"var/lib/containers/storage/overlay-containers/containers.json":                    `[{"id":"` + id("5") + `","names":["pet"]},{"id":"` + id("6") + `"}]`,
		"var/log/containers/p-3_shop_side-car-" + id("7") + ".log":                         "",
		"var/log/containers/readme":                                                        "",
		"var/lib/docker/containers/" + id("8") + "/config.v2.json":                         `{"Name":`,
		"run/containerd/io.containerd.runtime.v2.task/default/" + id("9") + "/config.json": `{"annotations":{"nerdctl/name":"n"}}`,
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, id string
		want     container.Info
	}{
		{"docker", id("1"), container.Info{Name: "web", Image: "nginx:1"}},
		{"docker under kubernetes", id("2"), container.Info{Name: "app", Pod: "p-0", Namespace: "shop"}},
		{"containerd", id("3"), container.Info{Name: "app", Image: "registry/app:2", Pod: "p-1", Namespace: "shop"}},
		{"cri-o", id("4"), container.Info{Name: "db", Image: "registry/db:3", Pod: "p-2", Namespace: "shop"}},
		{"podman", id("5"), container.Info{Name: "pet"}},
		{"podman without name", id("6"), container.Info{}},
		{"log", id("7"), container.Info{Name: "side-car", Pod: "p-3", Namespace: "shop"}},
		{"half written", id("8"), container.Info{}},
		{"nerdctl", id("9"), container.Info{Name: "n"}},
		{"not there", id("a"), container.Info{}},
		{"not an id", "../../etc", container.Info{}},
	}
	names := container.New(root)
	for range 2 { // the second time from memory
		for _, tt := range tests {
			if diff := cmp.Diff(tt.want, names.Lookup(tt.id)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tt.name, diff)
			}
		}
	}
}
