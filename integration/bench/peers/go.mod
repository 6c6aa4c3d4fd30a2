module github.com/nlstat/nlstat/integration/bench/peers

go 1.26.0

require (
	github.com/elastic/gosigar v0.14.4
	github.com/florianl/go-diag v0.0.3
	github.com/jsimonetti/rtnetlink/v2 v2.3.0
	github.com/nlstat/nlstat v0.1.0
	github.com/nlstat/nlstat/compat/gopsutil v0.1.0
	github.com/prometheus/procfs v0.23.0
	github.com/shirou/gopsutil/v4 v4.26.10
	github.com/vishvananda/netlink v1.3.1
	golang.org/x/sys v0.49.0
)

require (
	github.com/ebitengine/purego v0.11.2 // indirect
	github.com/go-ole/go-ole v1.2.6 // indirect
	github.com/google/go-cmp v0.7.0 // indirect
	github.com/josharian/native v1.1.0 // indirect
	github.com/mdlayher/netlink v1.11.2 // indirect
	github.com/mdlayher/socket v0.8.0 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/power-devops/perfstat v0.0.0-20260805114148-88456608a4f6 // indirect
	github.com/vishvananda/netns v0.0.5 // indirect
	github.com/yusufpapurcu/wmi v1.2.4 // indirect
	golang.org/x/net v0.61.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
)

replace (
	github.com/nlstat/nlstat => ../../../
	github.com/nlstat/nlstat/compat/gopsutil => ../../../compat/gopsutil
)
