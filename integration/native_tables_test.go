//go:build integration

package integration

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// nlstatJSON runs nlstat with words and --json and returns its rows.
func nlstatJSON(t *testing.T, ns *harness.NS, words string) (rows []object) {
	t.Helper()
	r := ns.Run("nlstat", append(strings.Fields(words), "--json")...)
	if r.Code != 0 {
		t.Fatalf("nlstat %s: %d: %s", words, r.Code, r.Stderr)
	}
	d := json.NewDecoder(strings.NewReader(string(r.Stdout)))
	d.UseNumber()
	if err := d.Decode(&rows); err != nil {
		t.Fatalf("nlstat %s: %v", words, err)
	}
	return rows
}

// sameRows compares rows as sets of lines, a few times: links come up, and neighbors of multicast groups come and
// go, for a while after a link is made.
func sameRows(t *testing.T, what string, list func() (got, want []string)) {
	t.Helper()
	var got, want []string
	for range 10 {
		got, want = list()
		slices.Sort(got)
		slices.Sort(want)
		if len(want) > 0 && slices.Equal(got, want) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%s: nlstat\n%s\nip\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
}

// lineOf joins the values of keys.
func lineOf(o object, keys string) string {
	var line []string
	for key := range strings.FieldsSeq(keys) {
		line = append(line, strings.ToLower(text(o[key])))
	}
	return strings.Join(line, " ")
}

func linesOf(rows []object, keys string) (lines []string) {
	for _, o := range rows {
		lines = append(lines, lineOf(o, keys))
	}
	return lines
}

// TestNativeTables compares links, addresses, routes and neighbors of nlstat with ip -j.
func TestNativeTables(t *testing.T) {
	ns := harness.New(t)
	routeZoo(t, ns)
	sameRows(t, "links", func() (got, want []string) {
		return linesOf(nlstatJSON(t, ns, "links"), "name index mtu state mac qdisc txqueuelen"),
			linesOf(ipJSON(t, ns, "-d link"), "ifname ifindex mtu operstate address qdisc txqlen")
	})
	sameRows(t, "addresses", func() (got, want []string) {
		for _, o := range ipJSON(t, ns, "addr") {
			for _, a := range o.objects("addr_info") {
				want = append(want, text(o["ifname"])+" "+text(a["local"])+"/"+text(a["prefixlen"])+" "+text(a["scope"]))
			}
		}
		return linesOf(nlstatJSON(t, ns, "addresses"), "iface address scope"), want
	})
	sameRows(t, "routes", func() (got, want []string) { return routesOf(t, ns), routesOfIP(t, ns) })
	sameRows(t, "neighbors", func() (got, want []string) {
		for _, o := range ipJSON(t, ns, "neigh show nud all") {
			state, _ := o["state"].([]any)
			for _, s := range state {
				want = append(want, strings.ToLower(lineOf(o, "dst dev lladdr")+" "+text(s)))
			}
		}
		return linesOf(nlstatJSON(t, ns, "neighbors"), "address iface mac state"), want
	})
}

// routesOfIP lists routes as ip does, without those that it writes in another way.
func routesOfIP(t *testing.T, ns *harness.NS) (lines []string) {
	t.Helper()
	for _, option := range []string{"-4", "-6"} {
		for _, o := range ipJSON(t, ns, option+" -d route show table all") {
			if len(o.objects("nexthops")) > 0 || text(o["encap"]) != "" {
				continue
			}
			gateway := text(o["gateway"]) + text(o.sub("via")["host"])
			lines = append(lines, strings.Join([]string{
				text(o["type"]), text(o["dst"]), gateway, text(o["dev"]), text(o["prefsrc"]), text(o["protocol"]),
			}, " "))
		}
	}
	return lines
}

// routesOf lists the same routes by nlstat.
func routesOf(t *testing.T, ns *harness.NS) (lines []string) {
	t.Helper()
	for _, r := range nlstatJSON(t, ns, "routes -a") {
		if len(r.objects("hops")) > 1 || text(r["encap"]) != "" {
			continue
		}
		to := strings.TrimSuffix(strings.TrimSuffix(text(r["dst"]), "/128"), "/32")
		if strings.HasSuffix(to, "/0") {
			to = "default"
		}
		lines = append(lines, strings.Join([]string{
			text(r["type"]), to, text(r["gateway"]), text(r["iface"]), text(r["prefsrc"]), text(r["protocol"]),
		}, " "))
	}
	return lines
}
