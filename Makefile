# nlstat: every target here is safe to run twice. `make help` lists them.

GO        ?= go
PREFIX    ?= /usr/local
DESTDIR   ?=
BIN       ?= bin
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
MODULE    := github.com/nlstat/nlstat
COMMANDS  := $(notdir $(wildcard cmd/*))
# Static, stripped and the same bytes wherever they are built.
LDFLAGS   := -s -w -buildid= -X $(MODULE)/internal/version.stamp=$(VERSION)
GOBUILD   := CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)'
# The tools that ours are compared with; integration/reference says where they come from.
NLSTAT_REFERENCE ?= $(firstword $(wildcard $(CURDIR)/../shared/reference $(CURDIR)/.cache/reference))
REFERENCE := $(if $(NLSTAT_REFERENCE),-reference $(NLSTAT_REFERENCE))
# Where `make bench` writes, and its options: BENCHFLAGS='-quick -runs 3'.
BENCHOUT  ?= docs/benchmarks
BENCHFLAGS ?=
SOAK      ?= 10m
TOOLS     := $(CURDIR)/.cache/tools

.DEFAULT_GOAL := build
.PHONY: other bigendian libraries recordings uninstall mutants reference transcripts packages soak help growth build run unit test lint fmt fuzz bench microbench kernels install clean tools deps

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

build: ## static binaries in bin/
	@mkdir -p $(BIN)
	@for c in $(COMMANDS); do (cd cmd/$$c && $(GOBUILD) -o $(abspath $(BIN))/$$c .) || exit 1; done

run: build ## build and show every TCP and UDP socket of this machine
	@bin/nlstat

unit: ## the tests that need no rights
	$(GO) test ./...
	$(GO) -C integration test ./...
	$(GO) -C cmd/nlstat-exporter test ./...
	$(GO) -C compat/gopsutil test ./...

test: ## install what the tests need, then run all of them
	.ci/test

lint: tools ## golangci-lint with the pinned version
	$(TOOLS)/golangci-lint run --allow-parallel-runners ./...
	cd integration && $(TOOLS)/golangci-lint run --allow-parallel-runners ./...
	cd cmd/nlstat-exporter && $(TOOLS)/golangci-lint run --allow-parallel-runners ./...
	cd compat/gopsutil && $(TOOLS)/golangci-lint run --allow-parallel-runners ./...

fmt: tools ## rewrite the source as the linters want it
	$(TOOLS)/golangci-lint fmt ./... ./integration/... ./cmd/nlstat-exporter/... ./compat/gopsutil/...

recordings: build ## make the recordings of internal/cli and what nlstat says of them anew (root)
	NLSTAT_BIN='$(abspath $(BIN))' $(GO) -C integration test -count=1 -tags integration . -run '^TestRecordings$$' -update
	$(GO) test -count=1 ./internal/cli -run 'Golden|Scripts' -update
	$(GO) -C integration test -count=1 ./screens -update

bigendian: ## the tests of decoders as programs of a big-endian machine, in qemu
	.ci/bigendian

fuzz: ## every fuzz target for a few seconds
	.ci/fuzz

other: ## rewrite what other systems see of pkg/
	cd internal/tools && $(GO) run ./other ../..

microbench: ## the Go benchmarks, with allocations
	$(GO) test -run '^$$' -bench . -benchmem ./...
	$(GO) -C integration test -run '^$$' -bench . -benchmem ./...

kernels: ## the integration tests on stock Debian kernels, in virtual machines (KERNELS="6.1 newest")
	$(GO) -C integration run ./kernels $(KERNELS)

bench: .cache/bench/bench ## measure beside the peers (root); rewrites docs/benchmarks
	.cache/bench/bench -bin .cache/bench $(REFERENCE) -out '$(BENCHOUT)' -page docs/performance.md $(BENCHFLAGS)
	cd internal/tools && $(GO) run ./chart $(abspath $(BENCHOUT))
	NLSTAT_BIN=$(CURDIR)/bin EVENTS=60s $(GO) -C integration test -tags integration -run '^$$' \
		-bench 'Events|ListenerHealth|Doctor|Why' -benchtime 1x .

libraries: build ## what a socket costs with other Go libraries and with ours (root); rewrites docs/benchmarks/libraries.md
	@mkdir -p .cache/bench
	cd integration/bench/peers && $(GOBUILD) -o ../../../.cache/bench/peers .
	$(GO) -C integration run ./cmd/load -tcp 200000 -- $(CURDIR)/.cache/bench/peers costs >.cache/bench/libraries.md
	mv .cache/bench/libraries.md docs/benchmarks/libraries.md

growth: build ## does the cost of a command grow faster than what it lists? (root)
	$(GO) -C integration run ./cmd/bench -bin $(abspath $(BIN)) -growth

.PHONY: .cache/bench/bench
.cache/bench/bench: build
	@mkdir -p .cache/bench
	cp bin/* .cache/bench/
	cd integration && $(GOBUILD) -o ../$@ ./cmd/bench
	cd integration/bench/peers && $(GOBUILD) -o ../../../.cache/bench/peers . || echo 'peers are left out'
	$(CC) -O2 -o .cache/bench/recvloop integration/bench/recvloop/recvloop.c || echo 'the bare loop is left out'

soak: ## the tests that take long: 1,000,000 sockets in 64 MiB, churn (SOAK=1h)
	SOAK=$(SOAK) .ci/test soak

packages: ## .deb and .rpm for five architectures in dist/ (ARCHES="amd64 arm64")
	packaging/build $(ARCHES)

install: build ## programs, man pages and completions into PREFIX; ss and netstat as nlstat-ss and nlstat-netstat
	DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' BIN='$(BIN)' packaging/install

uninstall: build ## take away what install has put there
	DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' BIN='$(BIN)' packaging/install -u

mutants: ## break each program in ten ways: do the tests notice?
	$(GO) -C integration run ./cmd/mutation

reference: ## get the ss and netstat that ours are compared with, from Debian, into .cache
	$(GO) -C integration run ./cmd/reference

transcripts: ## ask them again for what integration/transcript compares with
	$(GO) -C integration run ./cmd/transcripts

deps: ## packages that the tests use, by the machine's own package manager
	integration/setup

tools: $(TOOLS)/.stamp

# The linters have a module of their own, so that users of pkg/ do not inherit their requirements.
$(TOOLS)/.stamp: internal/tools/go.mod internal/tools/go.sum
	@mkdir -p $(TOOLS)
	cd internal/tools && GOBIN=$(TOOLS) GOFLAGS=-buildvcs=false $(GO) install tool
	@touch $@

clean: ## remove what was built
	rm -rf bin dist .cache
