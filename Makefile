# Needs Python 3.11 or newer and make. Everything else comes from the package registries.
# The environment is .venv; what is installed there is recorded under .make, and a second call
# installs nothing unless pyproject.toml has changed.

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench clean
.DELETE_ON_ERROR:

BIN := .venv/bin
# Records of an environment that was removed by hand are worth nothing.
$(shell test -x $(BIN)/python || rm -rf .make)
# The first Python that is new enough; `make PYTHON=/path/to/python3.12 setup` chooses another.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$name; break; }; done)
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check # -qq: errors only
DEMO := src/ormthesis/demo/headspace/baseline.toml

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

setup: .make/test ## make .venv with all that the tests need

demo: .make/demo ## test the seven models of the demo; known findings are shown
	@$(BIN)/ormthesis run ormthesis.demo.headspace:Base --baseline $(DEMO) $(ARGS)

test: .make/test ## run the tests on two workers; TEST_DATABASE_URL chooses a server
	@$(BIN)/python -m pytest -q -n 2 $(ARGS)

lint: .make/lint ## style, types, layers and the notes about changes
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/towncrier build --draft --version next >/dev/null

bench: .make/bench ## measure, and compare with the limits
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove .venv and all caches
	rm -rf .venv .make .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist

.make/venv:
	@test -n "$(PYTHON)" || { echo "There is no Python 3.11 or newer on the PATH." >&2; exit 2; }
	@echo "Setting up .venv; the first time takes a minute."
	@mkdir -p .make
	@$(PYTHON) -m venv .venv
	@$(PIP) --upgrade 'pip>=25.1' # older ones do not know --group
	@touch $@

.make/demo: .make/venv pyproject.toml
	@$(PIP) -e '.[embedded]'
	@touch $@

.make/test: .make/venv pyproject.toml
	@$(PIP) -e '.[embedded,factories]' --group test
	@touch $@ .make/demo # the larger environment includes the smaller one

.make/lint: .make/test
	@$(PIP) --group lint
	@touch $@

.make/bench: .make/test
	@$(PIP) --group bench
	@touch $@
