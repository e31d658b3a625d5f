# The doors of this repository. `make` alone lists them.
SHELL := bash
.DEFAULT_GOAL := help

GO_BUILD := CGO_ENABLED=0 go build -trimpath
PLATFORMS := linux/amd64 linux/arm64
RELEASED := ./cmd/idplug ./cmd/idplug-provider-...

.PHONY: screenshots help run build test check lint bench bench-verify bench-plugins fuzz soak scoreboard vectors generate dist vendor-journey

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build everything and start the demo: host, plugins, development provider, one tenant
	./bin/demo

build: ## build every program into ./bin
	$(GO_BUILD) -o bin/ ./cmd/... ./testing/demo

test: ## run every test there is, setting up what it needs, fuzz a little, print the security scoreboard in short
	.ci/test

check: test lint ## what CI runs: test and lint

lint: ## format, lint, architecture, docs, protocol, generated code, module file, known vulnerabilities
	.ci/lint

bench: ## print the performance table
	CGO_ENABLED=0 go test -run '^$$' -bench . -benchmem ./...

bench-verify: ## CPU per verified response: ours, crewjam/saml's and the floor, interleaved
	CGO_ENABLED=0 go run ./testing/bench/verify

bench-plugins: ## what plugins cost, and what breaking them costs: install, kill, swap, misbehave; 15 minutes, and sums up what was done
	CGO_ENABLED=0 go run ./testing/scoreboard -count -plugins

vendor-journey: ## time a vendor's way from nothing to a provider in a running host, and weigh the product's providers
	CGO_ENABLED=0 go run ./testing/bench/journey

fuzz: ## fuzz everything that reads what strangers send, FUZZTIME (20s) each, and sum up what was tried
	go run ./testing/scoreboard -count -fuzz $(or $(FUZZTIME),20s)

soak: ## post hostile and good messages for SOAKTIME (15m) to one server, and sum up how many
	go run ./testing/scoreboard -count -soak $(or $(SOAKTIME),15m)

scoreboard: ## measure what is promised about security: every check taken away, every hostile message posted; some minutes
	go run ./testing/scoreboard

vectors: ## write the hostile SAML messages, for other implementations, to ./vectors
	go test ./testing/vectors -run '^TestFiles$$' -count 1 -write $(CURDIR)/vectors

screenshots: ## take the README's pictures anew, and every page in every look into ./screenshots
	mkdir -p screenshots
	IDPLUG_PICTURES=$(CURDIR)/docs/images IDPLUG_SCREENSHOTS=$(CURDIR)/screenshots CGO_ENABLED=0 go test ./testing/browser -run '^TestEveryPageIsSoundInEveryLook$$' -count 1

generate: ## regenerate protocol code, API code and the generated blocks in docs, a vendor's module
	@for tool in buf protoc-gen-go protoc-gen-go-grpc oapi-codegen; do .ci/tool $$tool >/dev/null || exit 1; done
	PATH="$(CURDIR)/.tools/bin:$$PATH" buf generate
	PATH="$(CURDIR)/.tools/bin:$$PATH" go generate ./...
	go test -run 'Page|Surface' $$(grep -rl --include='*_test.go' 'docblock\.Check(' ./testing ./host ./cmd ./core ./sdk | xargs -n 1 dirname | sort -u) -update
	CGO_ENABLED=0 GOFLAGS=-trimpath go test ./testing/journey -run Consumer -update

dist: ## build release binaries with checksums into ./dist
	rm -rf dist
	@set -e; for platform in $(PLATFORMS); do \
	  dir=dist/idplug-$${platform/\//-}; mkdir -p $$dir; echo "build $$dir"; \
	  GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO_BUILD) -ldflags='-s -w' -o $$dir/ $(RELEASED); \
	done
	cd dist && sha256sum */* > SHA256SUMS
