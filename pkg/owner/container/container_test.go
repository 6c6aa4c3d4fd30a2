//go:build linux

package container_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/owner/container"
)

// id returns a container's id made of one digit.
func id(digit string) string { return strings.Repeat(digit, 64) }

// files are paths to texts.
type files map[string]string

func (f files) make(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range f {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const lists = "var/lib/containers/storage/overlay-containers/"

func TestLookup(t *testing.T) {
	root := files{
		"var/lib/docker/containers/" + id("1") + "/config.v2.json": `{"ID":"x","Name":"/web","Config":{"Image":"nginx:1"}}`,
		"var/lib/docker/containers/" + id("2") + "/config.v2.json": `{"Name":"/k8s_a_b","Config":{"Labels":{
			"io.kubernetes.container.name":"app","io.kubernetes.pod.name":"p-0","io.kubernetes.pod.namespace":"shop"}}}`,
		"run/containerd/io.containerd.runtime.v2.task/k8s.io/" + id("3") + "/config.json": `{"ociVersion":"1.1.0","annotations":{
			"io.kubernetes.cri.container-name":"app","io.kubernetes.cri.image-name":"registry/app:2",
			"io.kubernetes.cri.sandbox-name":"p-1","io.kubernetes.cri.sandbox-namespace":"shop"}}`,
		"run/containers/storage/overlay-containers/" + id("4") + "/userdata/config.json": `{"annotations":{
			"io.kubernetes.container.name":"db","io.kubernetes.pod.name":"p-2","io.kubernetes.pod.namespace":"shop",
			"io.kubernetes.cri-o.ImageName":"registry/db:3"}}`,
		lists + "containers.json":                                                          `[{"id":"` + id("5") + `","names":["pet"]},{"id":"` + id("6") + `"}]`,
		"var/log/containers/p-3_shop_side-car-" + id("7") + ".log":                         "",
		"var/log/containers/readme":                                                        "",
		"var/lib/docker/containers/" + id("8") + "/config.v2.json":                         `{"Name":`,
		"run/containerd/io.containerd.runtime.v2.task/default/" + id("9") + "/config.json": `{"annotations":{"nerdctl/name":"n"}}`,
		lists + "volatile-containers.json":                                                 `[{"id":"` + id("b") + `","names":["brief","other"]}]`,
		"home/ann/.local/share/containers/storage/overlay-containers/containers.json":      `[{"id":"` + id("c") + `","names":["anns"]}]`,
		"home/ann/.local/share/docker/containers/" + id("d") + "/config.v2.json":           `{"Name":"/anns-too"}`,
		"home/bob/.local/share/containers/storage/overlay-containers/containers.json":      `[{"id":"` + id("e") + `","names":["bobs"]}]`,
	}.make(t)
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
		{"podman --rm", id("b"), container.Info{Name: "brief"}},
		{"podman without root", id("c"), container.Info{Name: "anns"}},
		{"docker without root", id("d"), container.Info{Name: "anns-too"}},
		{"somebody else's", id("e"), container.Info{}},
		{"not there", id("a"), container.Info{}},
		{"not an id", "../../etc", container.Info{}},
	}
	names := container.New(container.Config{Root: root, Homes: []string{root + "/home/ann", root + "/home/none"}})
	for range 2 { // the second time from memory
		for _, tt := range tests {
			if diff := cmp.Diff(tt.want, names.Lookup(tt.id)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tt.name, diff)
			}
		}
	}
}

// TestLists has a list that changes.
func TestLists(t *testing.T) {
	root := files{lists + "containers.json": `[{"id":"` + id("1") + `","names":["one"]}]`}.make(t)
	names := container.New(container.Config{Root: root})
	look := func(digit, want string) {
		t.Helper()
		if got := names.Lookup(id(digit)).Name; got != want {
			t.Errorf("%s: %q, want %q", digit, got, want)
		}
	}
	look("1", "one")
	write := func(text string, when time.Time) {
		t.Helper()
		path := filepath.Join(root, lists, "containers.json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	when := time.Unix(1_000_000_000, 0)
	write(`[{"id":"`+id("2")+`","names":["two"]}]`, when)
	look("2", "two")
	write(`[{"id":"`+id("3")+`","names":["xxx"]}]`, when) // the same length as before
	look("3", "")
	write(`[{"id":"`+id("4")+`","names":["four"]}]`, when)
	look("4", "four")
	write(`[{"id":`, when.Add(time.Second))
	look("5", "")
}

// TestHostile has other kinds of files in place of state files.
func TestHostile(t *testing.T) {
	const dir = "var/lib/docker/containers/"
	const text = `{"Name":"/secret"}`
	home := "home/ann/.local/share/"
	root := files{
		dir + id("0") + "/config.v2.json":           text,
		dir + id("1") + "/x":                        text,
		dir + id("2") + "/x":                        text,
		dir + id("3") + "/config.v2.json/x":         text,
		dir + id("4") + "/config.v2.json":           text,
		home + "docker/x":                           "",
		"secret/" + id("5") + "/config.v2.json":     text,
		home + "other/containers/x":                 "",
		"home/eve/.local/share/docker/containers/x": "",
	}.make(t)
	at := func(name string) string { return filepath.Join(root, name) }
	for _, err := range []error{
		unix.Mkfifo(at(dir+id("1")+"/config.v2.json"), 0o644),
		os.Symlink("x", at(dir+id("2")+"/config.v2.json")),
		os.Truncate(at(dir+id("4")+"/config.v2.json"), 1<<30),
		os.Symlink(at("secret"), at(home+"docker/containers")),
		os.Symlink(at("secret")+"/"+id("5"), at("home/eve/.local/share/docker/containers/"+id("5"))),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	names := container.New(container.Config{Root: root, Homes: []string{at("home/ann"), at("home/eve")}})
	if got := names.Lookup(id("0")).Name; got != "secret" {
		t.Errorf("a file: %q", got)
	}
	for digit, what := range map[string]string{
		"1": "a pipe", "2": "a link", "3": "a folder", "4": "a gigabyte", "5": "a link in a home",
	} {
		if got := names.Lookup(id(digit)); got != (container.Info{}) {
			t.Errorf("%s: %+v", what, got)
		}
	}
}
