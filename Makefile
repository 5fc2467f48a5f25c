.DEFAULT_GOAL := help
VERSION ?= $(shell git describe --tags --always 2>/dev/null || echo dev)
TOOL := go tool -modfile=tools/go.mod

.PHONY: help demo test check bench capacity diagnosis dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## the whole story on a simulated endpoint
	go run . demo

test: ## what must always be green
	go test ./...

check: ## vet, format, static analysis and the race detector
	go vet ./... && test -z "$$($(TOOL) gofumpt -l . | tee /dev/stderr)" && $(TOOL) staticcheck ./... && go test -race ./...

bench: ## benchmarks with allocations, then the comparison with other load testers
	go test -run '^$$' -bench . -benchmem ./... && go run ./internal/benchserver/compare

capacity: ## the capacity search on simulated endpoints whose capacity is known: how near it comes, in event time
	go run ./internal/sizing/capacity

diagnosis: ## whether findings are right, on load tests in event time whose limit is known
	go run ./internal/sizing/diagnosis

dist: ## static binaries for Linux on amd64 and arm64, with checksums, in dist/
	for arch in amd64 arm64; do CGO_ENABLED=0 GOOS=linux GOARCH=$$arch go build -trimpath -ldflags '-s -w -X sagetop/internal/cli.version=$(VERSION)' -o dist/sagetop-linux-$$arch . || exit 1; done && cd dist && sha256sum sagetop-linux-* | tee SHA256SUMS
