# MPIJob for OpenShift AI. `make` alone prints what there is.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO      ?= go
SANDBOX := bin/sandbox
ODH     := bin/odh
override CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mpijob-sandbox
# One version of each tool, run from the module cache: nothing to install.
# The linter's cache is the clone's own: it remembers paths, and another clone's would decide for this one.
export GOLANGCI_LINT_CACHE := $(CURDIR)/bin/lint-cache
LINT    := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.2
# The product, its sandbox and its benchmarks; the components' modules only pin upstream parts.
MODULES := . sandbox bench
FUZZTIME ?= 5s

.PHONY: help
help: ## Print this list
	@[[ -t 1 && -z $${NO_COLOR:-} ]] && on=$$(printf '\033[36m') off=$$(printf '\033[0m') || on= off=; \
	awk -F ':.*## ' -v on="$$on" -v off="$$off" '/^[a-z0-9-]+:.*## /{printf "  %s%-14s%s %s\n", on, $$1, off, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: sandbox-up ## Run a real MPIJob on a real Kubernetes, here, and show its result
	@sandbox/demo.sh

.PHONY: tour
tour: sandbox-up ## Two minutes that show why: a rank runs out of memory, the job says so, one command mends it
	@sandbox/tour.sh

.PHONY: up
up: sandbox-up ## Start the sandbox: Kubernetes, Trainer, JobSet and our controller
	@echo "  export KUBECONFIG=$$($(SANDBOX) kubeconfig scientist)"

# Demo and tour say themselves how to go on.
.PHONY: sandbox-up
sandbox-up: build
	@$(SANDBOX) up

.PHONY: down
down: $(SANDBOX) ## Remove the sandbox without a trace (caches stay)
	@$(SANDBOX) down

.PHONY: build
build: $(SANDBOX) $(ODH) ## Build the odh command and the sandbox

.PHONY: dashboard
dashboard: ## Build the dashboard, which the service and odh then carry
	@hack/dashboard.sh build

.PHONY: $(SANDBOX)
$(SANDBOX):
	@cd sandbox && $(GO) build -trimpath -o ../$@ .

.PHONY: $(ODH)
$(ODH): dashboard
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o $@ ./cmd/odh

.PHONY: test
test: verify test-unit test-ui-unit test-e2e test-ui-core ## Verify, unit, end-to-end and browser tests; the long suites are apart

.PHONY: test-unit
test-unit: ## Tests that need no cluster
	@hack/need.sh ssh=openssh-client sshd=openssh-server
	@for m in $(MODULES); do (cd $$m && $(GO) test -count=1 -timeout 10m ./...); done

.PHONY: test-ui-unit
test-ui-unit: ## The dashboard's types, lint and unit tests
	@hack/dashboard.sh check

.PHONY: test-ui
test-ui: build ## The dashboard in Chromium and, its core, in Firefox, on the real service and real jobs
	@hack/dashboard.sh visual
	@$(SANDBOX) up --reset
	@hack/dashboard.sh browser

.PHONY: test-visual
test-visual: dashboard ## Every page's states beside their pictures, in light, dark, high contrast and forced colours, and what axe says of each; needs no sandbox
	@hack/dashboard.sh visual

.PHONY: test-ui-core
test-ui-core: build ## The core of that: the list, a job's page, a failed job and its repair
	@$(SANDBOX) up
	@hack/dashboard.sh browser --project=chromium first-look

.PHONY: test-race
test-race: ## The same with the race detector
	@hack/need.sh ssh=openssh-client sshd=openssh-server gcc=gcc,libc6-dev
	@for m in $(MODULES); do (cd $$m && $(GO) test -race -count=1 -timeout 20m ./...); done

# Each suite has the sandbox as it needs it, whatever ran before: beside the MPI operator ours keeps to a few namespaces.
.PHONY: test-e2e
test-e2e: build ## Tests on the real parts; starts the sandbox if it is not up
	@$(SANDBOX) up --reset --with mpi-images
	$(GO) test -p 1 -count=1 -tags e2e -timeout 30m ./test/e2e/...

.PHONY: test-failures
test-failures: build ## Every failure provoked for real, as a table: reason, provoked by, reported, time
	@$(SANDBOX) up --reset --with mpi-images
	$(GO) test -p 1 -count=1 -tags e2e,failures -timeout 45m -run 'TestEveryReasonHasACase|TestFailure' ./test/e2e/

.PHONY: test-parity
test-parity: build ## Side by side with the released MPI operator and training operator v1, the hand-over from it, Kubeflow's SDK, and code that reports to Kubeflow Trainer
	@hack/need.sh py:ensurepip=python3-venv
	@$(SANDBOX) up --reset --with mpi-operator,training-operator,mpi-images
	$(GO) test -p 1 -count=1 -tags e2e,parity -timeout 20m -run 'TestSideBySide|TestHandOver|TestBesideTheTrainingOperator|TestOldJobsAreListed|TestKubeflowSDK' ./test/e2e/
	$(GO) test -count=1 -tags parity -run TestClients ./internal/agent/progress/

.PHONY: test-matrix
test-matrix: build ## Every MPI × transport × user, on 2 and 4 Workers, as a table
	@$(SANDBOX) up --reset --with mpi-images,mpi-matrix-images
	$(GO) test -p 1 -count=1 -tags e2e,matrix -timeout 30m -run TestMatrix ./test/e2e/ -matrix.page=$(CURDIR)/docs/mpi-matrix.md

.PHONY: test-gang
test-gang: build ## Gang scheduling with Volcano, which is built at the first time
	@$(SANDBOX) up --reset --with volcano
	$(GO) test -p 1 -count=1 -tags e2e,gang -timeout 30m -run 'TestGang' ./test/e2e/

.PHONY: test-metrics
test-metrics: build ## What Workers use, measured by metrics-server, which is built at the first time, and drawn in a browser
	@$(SANDBOX) up --reset --with metrics-server
	$(GO) test -p 1 -count=1 -tags e2e,metrics -timeout 20m -run TestUsage ./test/e2e/
	@METRICS=1 hack/dashboard.sh browser --project=chromium metrics

.PHONY: test-service
test-service: build ## The service keeps its contract, whatever schemathesis sends it
	@hack/need.sh py:ensurepip=python3-venv
	@$(SANDBOX) up --reset
	$(GO) test -p 1 -count=1 -tags e2e,service -timeout 15m -v ./test/service/

.PHONY: test-writes
test-writes: build ## What a job costs the API server in writes, that idle clusters cost none, and a hundred jobs under a quota
	@$(SANDBOX) up --reset --with kwok
	$(GO) test -p 1 -count=1 -tags e2e,writes -timeout 20m -run 'TestWritesBySize|TestIdleCluster|TestHundredJobs' ./test/e2e/ -writes.page=$(CURDIR)/docs/api-writes.md

.PHONY: test-s3
test-s3: ## Results in a real S3 server, which is built at the first time
	cd test/s3 && $(GO) build -o ../../bin/versitygw github.com/versity/versitygw/cmd/versitygw
	$(GO) test -count=1 -tags s3 -run TestOutputsOnARealS3 ./pkg/training

.PHONY: test-fuzz
test-fuzz: ## Every fuzz target for FUZZTIME (default 5s) each
	@for p in $$(grep -rl --include=*_test.go 'func Fuzz' internal pkg | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -ho 'func Fuzz[A-Za-z]*' $$p/*_test.go | cut -c6-); do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) ./$$p; done; done

.PHONY: bench
bench: up ## Job start times beside the MPI operator's, bare Trainer's and plain pods'
	@cd bench && $(GO) run . -out results

.PHONY: bench-scale
bench-scale: up ## Many Workers at once on fake nodes, and the controllers' memory, beside the same peers
	@cd bench && $(GO) run . -scale -out results

.PHONY: bench-service
bench-service: up ## The training service under load, beside the API server, 3 s polling and a kubectl loop
	@cd bench && $(GO) run . -service -out results

.PHONY: bench-logs
bench-logs: ## The logs of 100 Workers, 1,000 lines a second each, merged; needs no sandbox
	@cd bench && $(GO) run . -logs -out results

.PHONY: bench-ui
bench-ui: dashboard ## The list of 1,000 jobs, a change until it is seen, typing in a long manifest, a followed log, and Lighthouse on every page; needs no sandbox
	@hack/dashboard.sh bench
	@hack/dashboard.sh lighthouse

.PHONY: bench-status
bench-status: up ## A change on the cluster until it is on a browser's screen
	@hack/dashboard.sh cluster

.PHONY: pictures
pictures: sandbox-up ## Draw the terminal's pictures of the docs anew, from a demo and a tour that really run
	@UNTIL="Everything stays up" hack/picture.sh "make demo" docs/demo.svg sandbox/demo.sh
	@UNTIL="That was it" hack/picture.sh "make tour" docs/tour.svg sandbox/tour.sh

.PHONY: generate
generate: ## Regenerate every generated file
	@$(GO) generate ./...

.PHONY: verify
verify: ## Formatting, vet, lint, generated files and go.mod are as they should be
	@hack/need.sh shellcheck
	@hack/verify.sh

.PHONY: lint
lint: ## golangci-lint with our configuration
	@for m in $(MODULES); do (cd $$m && $(LINT) run --allow-parallel-runners ./...); done

.PHONY: clean
clean: down ## As down, and delete the caches of downloads and built components
	@rm -rf bin "$(CACHE)"
