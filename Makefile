# The two commands of the README are `make demo` and `make test`; each sets up what it needs.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
NODE_SERVERS := tests/emulators/node_modules/.package-lock.json
MINISTACK := tests/emulators/.ministack

.PHONY: demo test test-slow test-versions lint types contracts docs bench simulate soak fuzz mutants clean

## Send 200,000 real records through a local, throttled Kinesis, and read them back; with
## FORMAT=msgpack COMPRESSION=zstd, say, in another format.
demo: $(VENV)/.demo
	$(BIN)/kinesis-producer demo $(if $(FORMAT),--format $(FORMAT)) \
		$(if $(COMPRESSION),--compression $(COMPRESSION))

## The test suite, two parts at a time, with coverage: every core branch, and 90 % of the rest.
test: $(VENV)/.test node-servers ministack
	rm -f .coverage .coverage.*
	$(BIN)/python -m tests --measure
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --include='kinesis_producer/core/*' --fail-under=100
	$(BIN)/coverage report --fail-under=90

## What takes long, or needs PostgreSQL, Redis or Java: fleets of processes, the KCL, other servers.
test-slow: $(VENV)/.test node-servers
	$(BIN)/pytest -m slow

## The suite on every other CPython from 3.11 on that is here, and with the lowest dependencies.
test-versions: $(VENV)/.dev node-servers ministack
	$(BIN)/nox

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

docs: $(VENV)/.dev
	$(BIN)/sphinx-build -n -W -q docs docs/_build

ROUNDS ?= 5
ONLY ?=
## What records cost here and in every other library, half an hour; `make bench ONLY=latency ROUNDS=1`
## is a part of it. Sets up each library in an environment of its own; compiles a sink (OpenSSL, gcc).
bench: $(VENV)/.test
	$(BIN)/python -m benchmarks --rounds $(ROUNDS) --only "$(ONLY)"

SEEDS ?= 100000
FLEETS ?= 10000
## Play so many interleavings of the producer with a service that fails, and so many fleets of
## consumers; the first wrong one ends it.
simulate: $(VENV)/.test
	$(BIN)/python -m tests.simulation --seeds $(SEEDS)
	$(BIN)/python -m tests.fleet --seeds $(FLEETS)

RECORDS ?= 1000000
## So many records through faults of every kind, judged by the oracle; prints figures.
soak: $(VENV)/.test
	$(BIN)/python -m tests.soak --records $(RECORDS)

TARGET ?= kpl
SECONDS ?= 600
## Look for bytes that a decoder cannot bear: TARGET is any, kpl, msgpack, gzip, zstd, delimiter ...
fuzz: $(VENV)/.fuzz
	$(BIN)/python -m tests.fuzz $(TARGET) --seconds $(SECONDS)

## Seed one bug after the other: the tests have to catch each.
mutants: $(VENV)/.test
	$(BIN)/python -m tests.mutants

clean:
	rm -rf $(VENV) .nox docs/_build tests/emulators/node_modules $(MINISTACK)
	rm -rf benchmarks/.peers benchmarks/results benchmarks/sink/build

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.demo: $(VENV)/.made setup.cfg
	$(BIN)/pip install -q -e '.[progress,zstd]'
	touch $@

$(VENV)/.test: $(VENV)/.made setup.cfg
	$(BIN)/pip install -q -e '.[test,progress]'
	touch $@

$(VENV)/.fuzz: $(VENV)/.test
	$(BIN)/pip install -q -e '.[fuzz]'
	touch $@

$(VENV)/.dev: $(VENV)/.made setup.cfg
	$(BIN)/pip install -q -e '.[dev]'
	touch $@

.PHONY: node-servers
ifeq ($(shell command -v npm),)
node-servers:
	@echo "npm is not here: the tests of node-based servers will be skipped"
else
node-servers: $(NODE_SERVERS)
endif

## A DynamoDB by other people, for the tests. It pins a botocore: it has an environment of its own.
.PHONY: ministack
ministack: $(MINISTACK)/.made

$(MINISTACK)/.made: tests/emulators/ministack.txt
	$(PYTHON) -m venv $(MINISTACK)
	$(MINISTACK)/bin/pip install -q -r tests/emulators/ministack.txt
	touch $@

$(NODE_SERVERS): tests/emulators/package-lock.json
	npm ci --silent --no-audit --no-fund --prefix tests/emulators
	touch $@
