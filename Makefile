# Bare `make` says what each target does.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export VENV ?= .venv
BIN := $(VENV)/bin
PACKAGES := domain spatialstats profiles segmentation hotspots maps db sources redzones
CODE := $(PACKAGES) tests benchmarks
# Tests run in this many processes; 0 is one after the other, as a debugger needs it.
WORKERS ?= 2
PYTEST_ARGS ?=
# Folder of the synthetic county and its site.
DEMO_WORK ?= demo-work
# Damaged files for each test of the readers: over half a million in all, with millions of damaged rows, each accounted for
# or its file refused; about half an hour on two quiet cores. What was done is counted and printed at the end.
FUZZ_EXAMPLES ?= 18000

.PHONY: help setup setup-dev demo test check format lint types contract doctest fuzz bench cheshire lock reformat clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.run ## Install what running needs: PostGIS, the virtual environment
	@scripts/setup.sh postgis

setup-dev: setup $(VENV)/.dev ## Install what checking needs besides: Chromium, test and lint tools
	@scripts/setup.sh chromium

$(VENV)/.run: requirements.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh venv requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@scripts/setup.sh venv requirements-dev.lock
	@touch $@

demo: setup ## Make the synthetic county, run a refresh, say where the pages and the shapefile are
	@$(BIN)/redzones demo --work $(DEMO_WORK)

test: setup-dev ## Run every test; the core packages must be covered to 80 per cent
	@$(BIN)/python -m pytest --cov --cov-report=term $(if $(filter-out 0,$(WORKERS)),-n $(WORKERS)) $(PYTEST_ARGS)

check: setup-dev format lint types contract doctest ## Do everything that continuous integration does
	@$(MAKE) test

format: setup-dev ## Check that the code is formatted
	@$(BIN)/ruff format --check $(CODE)

lint: setup-dev ## Check the code with ruff, and its docstrings with numpydoc
	@$(BIN)/ruff check $(CODE)
	@git ls-files '*.py' | grep -E '^($(subst $() ,|,$(PACKAGES)))/' | grep -v '^db/migrations/' \
	  | xargs $(BIN)/python -m numpydoc lint

types: setup-dev ## Check types with mypy, strictly
	@$(BIN)/mypy

contract: setup-dev ## Check that the packages keep to their floors
	@$(BIN)/lint-imports

doctest: setup-dev ## Run the examples of the docstrings
	@$(BIN)/python -m pytest --quiet --doctest-modules --ignore=db/migrations $(PACKAGES)

fuzz: setup-dev ## Damage over half a million files, see that no reader loses a row, print the count
	@REDZONES_FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest --quiet tests/sources/test_*lose_no_row.py \
	  $(if $(filter-out 0,$(WORKERS)),-n $(WORKERS)) $(PYTEST_ARGS)

bench: setup-dev ## Run the measured comparisons of benchmarks/
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

cheshire: setup ## Run the Cheshire example: make cheshire DATA=folder WORK=folder
	@: $${DATA:?say where the data is: make cheshire DATA=folder WORK=folder} $${WORK:?say where to work}
	@PATH="$(abspath $(BIN)):$$PATH" examples/cheshire/run.sh "$(DATA)" "$(WORK)"

LOCK := uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --no-emit-index-url
lock: setup ## Choose the newest allowed version of every package anew
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/$(LOCK) --upgrade pyproject.toml --output-file requirements.lock
	@$(BIN)/$(LOCK) --upgrade --extra dev --constraints requirements.lock pyproject.toml \
	  --output-file requirements-dev.lock

reformat: setup-dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

clean: ## Remove caches and the virtual environment; databases and the demo stay
	@rm -rf $(VENV) build dist htmlcov .coverage .coverage.* \
	  .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
