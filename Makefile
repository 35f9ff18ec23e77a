# Everything a developer or a machine of the project does, by the same words.
LANDING ?= fixtures/landing
PYTHON  ?=
TOPICS  ?=
DATA    ?= .kafka
PORT    ?=
SASL    ?=
BIN     := .venv/bin
CODE    := $(wildcard dlt_local dlt_pipelines jobs dashboards simulator alert_delivery workspace_ops fixtures tests benchmarks scripts)
NOTEBOOKS := $(wildcard docs/*.ipynb)

export PYTHON

.DEFAULT_GOAL := help
.PHONY: help dev fmt lint types test test-connect test-workspace demo live kafka postgres lock clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: .venv/.runtime ## Run the whole pipeline on LANDING (default fixtures/landing) and print what it made
	@$(BIN)/python scripts/demo.py $(LANDING)

live: .venv/.runtime ## Start a broker and the live pipeline, and show its alerts as they come
	@$(BIN)/python scripts/live.py

kafka: .venv/.runtime ## Start a Kafka broker with TOPICS="one two:3" and its data in DATA (default .kafka)
	@$(BIN)/python -m dlt_local.kafka --data $(DATA) $(if $(PORT),--port $(PORT)) $(if $(SASL),--sasl $(SASL)) $(TOPICS)

postgres: .venv/.runtime ## Start a PostgreSQL server with its data in .postgres
	@$(BIN)/python -m dlt_local.postgres $(if $(PORT),--port $(PORT))

dev: .venv/.dev ## Make .venv with everything that development needs

test: lint ## Check style and types, then run all tests
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --durations 30

test-connect: .venv-connect/.installed ## Run the cases through Databricks Connect, where a workspace is named
	@.venv-connect/bin/python -m pytest --confcutdir tests/connect tests/connect

test-workspace: .venv/.dev ## Look at the lakehouse that is deployed in the named workspace
	@$(BIN)/python -m pytest --need-workspace tests/workspace

lint: .venv/.dev types ## Check style and types
	@$(BIN)/ruff check $(CODE) $(NOTEBOOKS)
	@$(BIN)/ruff format --check $(CODE) $(NOTEBOOKS)

types: .venv/.dev
	@$(BIN)/mypy $(CODE)

fmt: .venv/.dev ## Format, and fix what can be fixed
	@$(BIN)/ruff format $(CODE) $(NOTEBOOKS)
	@$(BIN)/ruff check --fix $(CODE) $(NOTEBOOKS)

lock: .venv/.dev ## Pin again what pyproject.toml asks for, for every Python from 3.11 to 3.13
	@scripts/lock.sh

clean: ## Remove the environment, the state of the demo and all caches of the tools
	@rm -rf .venv .venv-connect .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@if [ -e .dlt_local ]; then echo ".dlt_local holds tables; remove it yourself if you no longer want them"; fi

# Each stamp stands for one finished installation; the second call finds it and does nothing.
.venv/.runtime: requirements.txt pyproject.toml scripts/bootstrap.sh
	@scripts/bootstrap.sh requirements.txt
	@$(BIN)/python -m dlt_local.session
	@touch $@

.venv/.dev: requirements-dev.txt pyproject.toml scripts/bootstrap.sh
	@scripts/bootstrap.sh requirements-dev.txt
	@$(BIN)/python -m dlt_local.session
	@touch .venv/.runtime $@

.venv-connect/.installed: requirements-connect.txt scripts/connect.sh
	@scripts/connect.sh
	@touch $@
