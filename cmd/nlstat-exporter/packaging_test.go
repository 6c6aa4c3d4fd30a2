package main

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

const top = "../.."

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// takes checks that the program takes a command line.
func takes(t *testing.T, args []string) {
	t.Helper()
	var told bytes.Buffer
	if _, err := parse(args, io.Discard, &told); err != nil {
		t.Errorf("%q: %s", args, &told)
	}
}

// unitCaps are the capabilities of the unit, without CAP_.
func unitCaps(t *testing.T) (caps []string) {
	t.Helper()
	_, line, _ := strings.Cut(read(t, "packaging/nlstat-exporter.service"), "\nAmbientCapabilities=")
	line, _, _ = strings.Cut(line, "\n")
	for name := range strings.FieldsSeq(line) {
		caps = append(caps, strings.TrimPrefix(name, "CAP_"))
	}
	slices.Sort(caps)
	return caps
}

// A daemonSet has the allowed keys of the file, with the names of the Kubernetes API (apps/v1): other keys
// are an error.
type daemonSet struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   metadata
	Spec       struct {
		Selector struct {
			MatchLabels map[string]string `yaml:"matchLabels"`
		}
		Template struct {
			Metadata metadata
			Spec     podSpec
		}
	}
}

type metadata struct {
	Name, Namespace     string
	Labels, Annotations map[string]string
}

type podSpec struct {
	HostNetwork  bool              `yaml:"hostNetwork"`
	HostPID      bool              `yaml:"hostPID"`
	Automount    *bool             `yaml:"automountServiceAccountToken"`
	NodeSelector map[string]string `yaml:"nodeSelector"`
	Tolerations  []map[string]string
	Containers   []container
}

type container struct {
	Name, Image string
	Args        []string
	Ports       []struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	Resources struct{ Requests, Limits map[string]string }
	Liveness  struct {
		HTTPGet       struct{ Path, Port string } `yaml:"httpGet"`
		PeriodSeconds int                         `yaml:"periodSeconds"`
	} `yaml:"livenessProbe"`
	Security struct {
		RunAsUser    *int  `yaml:"runAsUser"`
		ReadOnlyRoot bool  `yaml:"readOnlyRootFilesystem"`
		Escalation   *bool `yaml:"allowPrivilegeEscalation"`
		Capabilities struct{ Drop, Add []string }
	} `yaml:"securityContext"`
}

// TestDaemonSet parses the file strictly and checks that labels select the pods, that the program accepts
// the arguments and listens on the port, and that it has the rights of the unit.
func TestDaemonSet(t *testing.T) {
	var d daemonSet
	if err := yaml.UnmarshalStrict([]byte(read(t, "packaging/kubernetes/daemonset.yaml")), &d); err != nil {
		t.Fatal(err)
	}
	pod := &d.Spec.Template
	if d.APIVersion != "apps/v1" || d.Kind != "DaemonSet" || d.Metadata.Name == "" || len(pod.Spec.Containers) != 1 {
		t.Fatalf("%+v", d)
	}
	for key, value := range d.Spec.Selector.MatchLabels {
		if pod.Metadata.Labels[key] != value {
			t.Errorf("the selector %s=%s finds no pod", key, value)
		}
	}
	if !pod.Spec.HostNetwork || !pod.Spec.HostPID || pod.Spec.Automount == nil || *pod.Spec.Automount {
		t.Errorf("%+v", pod.Spec)
	}
	c := &pod.Spec.Containers[0]
	takes(t, c.Args)
	if len(c.Ports) != 1 || c.Liveness.HTTPGet.Port != c.Ports[0].Name || c.Liveness.HTTPGet.Path != "/" ||
		!slices.Contains(c.Args, "--listen=:"+pod.Metadata.Annotations["prometheus.io/port"]) || c.Ports[0].ContainerPort != 9880 {
		t.Errorf("ports %+v, probe %+v, arguments %q", c.Ports, c.Liveness, c.Args)
	}
	s := &c.Security
	slices.Sort(s.Capabilities.Add)
	if s.RunAsUser == nil || *s.RunAsUser != 0 || !s.ReadOnlyRoot || s.Escalation == nil || *s.Escalation ||
		!slices.Equal(s.Capabilities.Drop, []string{"ALL"}) || !slices.Equal(s.Capabilities.Add, unitCaps(t)) {
		t.Errorf("%+v, the unit has %q", s, unitCaps(t))
	}
}

// TestDockerfile checks the file: each instruction is known, copied files exist in their stage, and the
// program accepts the command line. The command of RUN is run: its program needs no other files.
func TestDockerfile(t *testing.T) {
	stages := map[string]string{} // files of each stage
	stage, image := "", ""
	var entry []string
	for line := range strings.Lines(read(t, "packaging/Dockerfile")) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		fields := strings.Fields(rest)
		switch word {
		case "", "#":
		case "FROM":
			image, stage = fields[0], strings.Join(fields[1:], "")
			if stage != "" && !strings.HasPrefix(stage, "AS") {
				t.Errorf("%s", line)
			}
			stages[strings.TrimPrefix(stage, "AS")] = ""
			if version, ok := strings.CutPrefix(image, "golang:"); ok && !strings.Contains(read(t, "go.mod"), "\ngo "+version) {
				t.Errorf("go.mod needs another version of Go than %s", image)
			}
		case "WORKDIR", "EXPOSE":
		case "RUN":
			stages[strings.TrimPrefix(stage, "AS")] = built(t, rest)
		case "COPY":
			if from, ok := strings.CutPrefix(fields[0], "--from="); ok && (stages[from] == "" || fields[1] != stages[from]) {
				t.Errorf("%s: the stage has %q", line, stages[from])
			}
		case "ENTRYPOINT", "CMD":
			var words []string
			if err := yaml.UnmarshalStrict([]byte(rest), &words); err != nil { // JSON is YAML
				t.Fatalf("%s: %v", line, err)
			}
			entry = append(entry, words...)
		default:
			t.Errorf("unknown instruction %q", line)
		}
	}
	if image != "scratch" || len(entry) < 2 || entry[0] != "/nlstat-exporter" {
		t.Fatalf("image %s, command %q", image, entry)
	}
	takes(t, entry[1:])
}

// built runs the command of a RUN instruction with another output file, and returns its name.
func built(t *testing.T, command string) string {
	t.Helper()
	before, after, ok := strings.Cut(command, " -o ")
	name, after, ok2 := strings.Cut(after, " ")
	if !ok || !ok2 || !strings.Contains(before, "build") {
		t.Fatalf("nothing is built by %q", command)
	}
	out := filepath.Join(t.TempDir(), "program")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", before+" -o "+out+" "+after)
	cmd.Dir = top
	if told, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", command, err, told)
	}
	f, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // read-only
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Error("the program needs a loader, which an empty image has not got")
	}
	return name
}

// TestRecipes parses the examples of the page of recipes: each block of YAML, and each command line of the
// exporter.
func TestRecipes(t *testing.T) {
	blocks, lines := 0, 0
	for _, page := range []string{"docs/metrics.md", "docs/metrics-recipes.md"} {
		parts := strings.Split(read(t, page), "```")
		for i := 1; i < len(parts); i += 2 {
			language, text, _ := strings.Cut(parts[i], "\n")
			if language == "yaml" {
				blocks++
				var parsed map[string]any
				if err := yaml.UnmarshalStrict([]byte(text), &parsed); err != nil || len(parsed) == 0 {
					t.Errorf("%s: %v\n%s", page, err, text)
				}
			}
			for line := range strings.Lines(text) {
				line, _, _ = strings.Cut(line, "#")
				if _, words, ok := strings.Cut(line, "nlstat-exporter "); ok {
					lines++
					takes(t, strings.Fields(words))
				}
			}
		}
	}
	if blocks < 3 || lines < 6 {
		t.Errorf("%d blocks of YAML and %d command lines were found", blocks, lines)
	}
}
