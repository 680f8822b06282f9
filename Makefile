# make serve   the gateway, from this checkout          make check   every check: style, types, tests, coverage
# make test    the same as check                        make lint / make types   only that one
# make lock    pin the dependencies anew                make clean   remove whatever these commands made
# make docs    write the generated parts of the docs    make bench   measure a crossing (needs gcc and nginx)
# make fuzz    the property tests on new random examples, ROUNDS=5 times
# make faults  everything that can go wrong upstream, in front of every kind of client
# make soak    mixed traffic for SECONDS=600, and whether anything is left behind
#
# PYTHON=python3.12 chooses the interpreter (3.11 or newer); WORKERS=4 the number of parallel test processes.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := check

PYTHON ?=
WORKERS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
COMPILE := $(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --annotation-style=line \
	--no-header --no-emit-options --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.PHONY: serve test check lint types unit docs bench fuzz faults soak lock clean

serve: .venv/runtime.stamp
	@exec $(BIN)/pontage serve

test check: lint types unit

lint: .venv/dev.stamp
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { $(BIN)/ruff format --check . ; exit 1; }
	@echo "lint: clean"

types: .venv/dev.stamp
	@$(BIN)/pyright --pythonpath $(BIN)/python

unit: .venv/dev.stamp
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n $(WORKERS) | tee .venv/pytest.log
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@tail -n 1 .venv/pytest.log
	@echo "coverage: $$($(BIN)/coverage report --format=total) % of lines and branches"

docs: .venv/dev.stamp
	@$(BIN)/python -m pontage.config docs/reference
	@$(BIN)/python -m tests.generated

bench: .venv/runtime.stamp
	@$(BIN)/python bench/crossing.py

faults: .venv/dev.stamp
	@EVERY_CLIENT=1 $(BIN)/python -m pytest -q -n 0 tests/faults/test_matrix.py

soak: .venv/dev.stamp
	@$(BIN)/python -m tests.faults.soak $(or $(SECONDS),600)

fuzz: .venv/dev.stamp
	@for round in $$(seq $(or $(ROUNDS),5)); do \
		HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest -q -n $(WORKERS) -m hypothesis || exit 1; \
	done

lock: .venv/bin/python
	@$(PIP) install pip-tools
	@$(COMPILE) requirements/build.in -o requirements/build.txt
	@$(COMPILE) pyproject.toml -o requirements/runtime.txt
	@$(COMPILE) requirements/dev.in -o requirements/dev.txt

clean:
	rm -rf .venv .coverage .coverage.* .pytest_cache .ruff_cache .hypothesis build dist
	find src tests -type d -name __pycache__ -prune -exec rm -rf {} +

.venv/bin/python:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			"$$python" -m venv .venv; exit; \
		fi; \
		if [ -n "$(PYTHON)" ]; then break; fi; \
	done; \
	echo "No Python 3.11 or newer with its venv module was found; name one: make PYTHON=/path/to/python" >&2; exit 1

.venv/runtime.stamp: requirements/build.txt requirements/runtime.txt pyproject.toml src/pontage/version.py | .venv/bin/python
	@$(PIP) install --require-hashes --requirement requirements/build.txt --requirement requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/runtime.stamp
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@
