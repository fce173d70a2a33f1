# demo and test install what they need by themselves: Debian packages (.ci/apt-packages.txt) and a
# virtual environment in .venv.

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest

# Compiled modules are kept: hundreds of tests start netconf, and guests, where compiling is slow, read them too.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-fast nightly check format bench clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo       plan, apply, break, repair and roll back in a throw-away network namespace'
	@echo 'make test       everything: make check, then the tests on this kernel, in user-mode-linux and in qemu'
	@echo 'make test-fast  the tests that need this kernel only, without the slow ones'
	@echo 'make nightly    new random documents, states and hostile texts, more of them, and every point of every sweep'
	@echo 'make check      format, lint, types, import contract'
	@echo 'make format     format the code'
	@echo 'make bench      benchmarks, as ratios to iproute2 in the same run'

demo:
	@.ci/setup demo
	@examples/quickstart/demo

test: check
	$(PYTEST) -q

test-fast:
	@.ci/setup test
	$(PYTEST) -q -n 4 --dist worksteal --tiers host -m 'not slow'

nightly:
	@.ci/setup test
	NETCONF_RANDOM=1 NETCONF_FUZZ=10000 $(PYTEST) -q tests/core tests/domains/bird/test_render.py tests/cli/test_fuzz.py tests/engine/test_machine.py tests/engine/test_documents.py tests/engine/test_sweep.py tests/engine/test_netns.py tests/engine/test_netns_links.py

check:
	@.ci/setup test
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports --no-logo 2>/dev/null || .venv/bin/lint-imports

format:
	@.ci/setup test
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

bench:
	@.ci/setup test
	$(PYTHON) tests/bench/run.py
	unshare -n $(PYTHON) tests/bench/bird.py
	unshare -n $(PYTHON) tests/bench/firewall.py

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
