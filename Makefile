# Two commands do all set-up:  make lab  (learn)  and  make test  (run every test).
# Needed: Python 3.11, 3.12 or 3.13, make, git. uv is used when it is there.

SHELL := /bin/bash
BIN := .venv/bin
PY := $(BIN)/python
STAMP := .venv/.made
export OPENBLAS_NUM_THREADS := 1
export UV_COMPILE_BYTECODE := 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

# The first Python that is new enough and not too new.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { command -v $$p; break; }; done)

# Where browser tests stand, so that not all test files are read to find them.
BROWSER_TESTS = $(shell grep -l 'mark\.browser' tests/test_*.py) tests/browser

.PHONY: help env lab teach doctor docs test test-here test-fast pythons pythons-beside lint types build bench lock clean

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

env: $(STAMP) ## make .venv from requirements.lock (instant when nothing changed)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: Python 3.11, 3.12 or 3.13 is needed; install one, or name it: make env PYTHON=…"; exit 2; }
	@echo "Making .venv/; the first time takes some minutes."
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python "$(PYTHON)" .venv && \
		uv pip sync --quiet --python $(PY) --require-hashes requirements.lock && \
		uv pip install --quiet --python $(PY) --no-deps --no-build-isolation -e . ; \
	else \
		{ "$(PYTHON)" -c "import ensurepip, venv" 2>/dev/null || { echo "make: this Python makes no environments; Debian, Ubuntu: sudo apt install python3-venv; or install uv"; exit 2; }; } && \
		{ "$(PYTHON)" -m venv .venv >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear .venv; } && \
		$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock && \
		$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

lab: env ## open JupyterLab on your own copy of the course
	@$(PY) -m autograder.lab learn $(LAB)

teach: env ## open JupyterLab on the instructor's side, with formgrader
	@$(PY) -m autograder.lab teach $(LAB)

doctor: ## say what this machine lacks, and what it is needed for
	@$(or $(PYTHON),python3) autograder/doctor.py || true

docs: env ## make the site, docs/_build/html
	@$(PY) docs/lessons.py
	@$(BIN)/sphinx-build -q -W --keep-going -j auto docs docs/_build/html
	@echo "docs/_build/html/index.html"

test: env lint types ## every test, with lint and types, on every Python that is here
	@$(MAKE) --no-print-directory -j 2 test-here pythons-beside

test-here: env
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not browser" $(TESTS)
	$(PY) -m pytest -n 3 --dist worksteal -m browser $(or $(TESTS),$(BROWSER_TESTS))

# Tests of kernels and pages wait for much; the other Pythons are tested meanwhile, and stand back.
pythons-beside: env
	@nice -n 19 bash tests/pythons.sh > .venv/pythons.txt 2>&1; code=$$?; cat .venv/pythons.txt; exit $$code

test-fast: env ## the tests that start no kernel, server or browser, and train no network
	$(PY) -m pytest -q -n 2 --dist loadfile -m "not kernel and not browser and not trains"

pythons: env ## the fast tests on the other Pythons that are here
	@bash tests/pythons.sh

lint: env
	$(BIN)/ruff check .

types: env
	$(BIN)/mypy

build: env ## make course/ from solutions/
	$(BIN)/autograder build

bench: env ## measure marking, checks, explorers and training; each figure beside its alternative
	$(PY) bench/marking.py $(BENCH)
	$(PY) bench/checking.py
	$(PY) bench/explorers.py
	$(PY) bench/training.py
	$(PY) bench/headlines.py

lock: ## pin every dependency anew (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --quiet \
		--all-extras --group test --group dev --group lint --group docs --custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean: ## remove what was made (never workspace/, gradebook.db or submissions)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache docs/_build
