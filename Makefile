# The commands of the project; `make help` lists them. What a machine needs for them is set up by image/setup.sh.
SHELL = /bin/sh
MAKEFLAGS += --no-print-directory
PYTHON = .venv/bin/python
FAST = not slow and not browser and not crash and not bench
# Wires, simulators, plays of the sync protocol and random input take their time; they have their place in `make test`.
UNHURRIED = $(addprefix --ignore=tests/,cli cloud fuzz hw hw_sim matrix sim)
# As many processes as there are cores, four at most: the tests wait for browsers and wires more than they compute.
SHARED = -n auto --maxprocesses 4 --dist worksteal
# The same number of processes for quick tests, each with its own part of the files.
PARTS := $(addprefix check-tests-,$(shell seq 4 | head -n "$$(nproc)"))
# Tests wait for disks longer than they compute, so their files lie in memory where there are some gigabytes of it. A
# process that is killed loses nothing there that it would keep on a disk; `make test-all` has its files on the disk.
IN_MEMORY = $(shell [ -w /dev/shm ] && [ "$$(df --output=avail -k /dev/shm | tail -n 1)" -gt 4000000 ] && \
	echo PYTEST_DEBUG_TEMPROOT=/dev/shm)
LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --no-emit-find-links

# What Python compiled is kept, whatever the caller's shell says: compiling 900 modules takes longer than many tests.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL = help
.PHONY: help run sim test test-all check check-types check-tests $(PARTS) bench coverage fuzz clean-data lock mutants image vm-test test-device

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

run: ## set up this machine and start the whole shop with simulated devices
	@image/setup.sh run
	@exec $(PYTHON) -m tests.hw_sim.shop

sim: ## start only the simulators and their bench page; SEEDS=1000: play stories of the sync protocol; SEED=n: tell one
	@image/setup.sh $(if $(SEED)$(SEEDS),test,run)
	@exec $(PYTHON) -m $(if $(SEED),tests.sim --seed $(SEED) $(ARGS),$(if $(SEEDS),tests.sim --seeds $(SEEDS) $(ARGS),\
		tests.hw_sim.shop --only-simulators))

test: ## set up this machine and run everything that must pass
	@image/setup.sh test
	@$(IN_MEMORY) $(PYTHON) -m pytest $(SHARED) -o tmp_path_retention_policy=failed --all-faults

test-all: ## the same, complete where `make test` takes a sample (kills and power cuts at every step, every screen in every language)
	@image/setup.sh test
	@$(PYTHON) -m pytest $(SHARED) --all-faults --crash-cuts=all --matrix=all --cases=all

check: ## format, lint, types, floors and the tests that need no wires
	@image/setup.sh test
	@$(PYTHON) -m ruff format --check --quiet . || { echo "Run: .venv/bin/ruff format"; exit 1; }
	@$(PYTHON) -m ruff check --quiet .
	@$(MAKE) --jobs --output-sync check-types $(PARTS)

check-types:
	@$(PYTHON) -m mypy

# Plug-ins that no quick test uses are left out, and one that hangs is ended by a signal: a thread that watches over
# each test takes longer than many of them.
check-tests: $(PARTS)

$(PARTS): check-tests-%:
	@$(IN_MEMORY) $(PYTHON) -m pytest -q -p no:xdist -p no:anyio -o timeout_method=signal -o tmp_path_retention_policy=failed --part=$*/$(words $(PARTS)) -m "$(FAST)" $(UNHURRIED)

bench: ## measure the running product (ten minutes and more) and print each figure beside its limit
	@image/setup.sh test
	@$(PYTHON) -m bench

coverage: ## which branches of rules, ledger and sync's core the tests take; fails below 98 %
	@image/setup.sh test
	@$(PYTHON) -m coverage run -m pytest -q tests/cloud tests/sync tests/ledger tests/prices tests/rules $(wildcard tests/services/test_*.py)
	@$(PYTHON) -m coverage report

fuzz: ## fuzz every parser, MINUTES=10 each (of processor time); a run that was ended goes on where it was
	@image/setup.sh test
	@mkdir -p .data
	@$(PYTHON) -m tests.fuzz --minutes "$(or $(MINUTES),10)" --done .data/fuzz-done
	@rm -f .data/fuzz-done

clean-data: ## remove the demo shop's data
	@# An open shop holds .data/lock.
	@[ ! -d .data ] || flock --nonblock --conflict-exit-code 75 .data/lock rm -rf .data || { [ $$? -ne 75 ] || \
		echo "The shop is running, so nothing was removed: press Ctrl-C there first." >&2; exit 1; }

lock: ## write the lock files anew from pyproject.toml (needs uv; add UPGRADE=--upgrade for newer versions)
	@$(LOCK) $(UPGRADE) pyproject.toml -o requirements.lock
	@$(LOCK) $(UPGRADE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	@$(LOCK) $(UPGRADE) --group build -c requirements.lock -o requirements-build.lock

mutants: ## change the engine of prices and the ledger in one place at a time and see a test fail, for MINUTES=60
	@image/setup.sh test
	@mkdir -p .data
	@$(PYTHON) -m tests.mutants --minutes "$(or $(MINUTES),60)" --done .data/mutants-done $(ARGS)

image: ## (later) build the box's system image
	@echo "The system image comes with a later release; nothing was built." >&2; exit 2

vm-test: ## (later) try the system image in a virtual machine
	@echo "The virtual-machine test comes with a later release; nothing was run." >&2; exit 2

test-device: ## try real devices by hand, question by question: CONFIG=FILE names the till's configuration
	@image/setup.sh run
	@exec $(PYTHON) -m tests.device_walk --config "$(or $(CONFIG),/etc/counterfoil/till.toml)"
