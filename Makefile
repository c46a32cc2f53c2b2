# Filière: every command a newcomer, a developer or an operator needs.
# `make help` lists them. Nothing has to be installed first but python3, python3-venv and make.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help setup demo test test-quick check format docs serve bench conformance secrets verifier lock clean

help: ## List the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Build .venv with the pinned dependencies and the three distributions

$(READY): requirements.lock schemas/pyproject.toml connectors/pyproject.toml platform/pyproject.toml
	@echo "setting up .venv ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation \
		-e schemas -e connectors -e platform
	@touch $(READY)

demo: $(READY) ## Run a dairy chain end to end: connect, sign, trace both ways, verify; serves it to a terminal
	@$(BIN)/filiere demo

serve: $(READY) ## Serve the embedded instance of ./var on http://127.0.0.1:8000
	@$(BIN)/filiere serve

test: $(READY) ## Run every suite; finds, starts or installs PostgreSQL and RabbitMQ
	@$(BIN)/python tests/run.py all

test-quick: $(READY) ## Run units and the SQLite contracts, under three minutes
	@$(BIN)/python tests/run.py quick

check: $(READY) ## Lint, types, import contracts, dependencies: under a minute
	@$(BIN)/python tests/run.py check

conformance: $(READY) ## Run the official EPCIS examples (FILIERE_CONFORMANCE_DIR names their folder)
	@$(BIN)/python tests/run.py conformance

bench: $(READY) ## Measure capture, trace, visibility, relay and the log, each beside a baseline (ONLY=log: one of them)
	@$(BIN)/python benchmarks/run.py $(foreach scenario,$(ONLY),--only $(scenario))

format: $(READY) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet .

docs: $(READY) ## Write the pages that are made from the code (docs/errors.md)
	@$(BIN)/python docs/errors_page.py

verifier: $(READY) ## Build dist/filiere-verify.pyz: the verifier as one file, for a Python and nothing else
	@$(BIN)/python schemas/make_verifier.py dist/filiere-verify.pyz

secrets: ## Make the secret files that docker-compose.yml reads, where they are absent
	@$(PYTHON) platform/make_secrets.py secrets

lock: ## Compile requirements.lock again (hashes, no index address)
	@test -x $(BIN)/uv || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet uv; }
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-package filiere-schemas --no-emit-package filiere-connectors \
		schemas/pyproject.toml connectors/pyproject.toml platform/pyproject.toml requirements-dev.in \
		--output-file requirements.lock

clean: ## Remove what the commands above made, but not ./var
	@rm -rf .venv .work .mypy_cache .ruff_cache .hypothesis
