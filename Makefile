# The desk in short commands. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help install up test lint bench

BIN := .venv/bin
PIP := $(BIN)/pip install --disable-pip-version-check --quiet --no-compile
PYTHON ?= python3
READY := $(PYTHON) -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

install: .venv/.base ## a Python environment of the desk's own, in .venv
up: .venv/.base ## the whole desk on this machine, with the demo case (PORT=8000, DATA_DIR=var)
	@exec $(BIN)/python manage.py up

test: .venv/.dev ## every test: on SQLite, then those of the database on PostgreSQL and Redis
	@exec $(BIN)/python -m tests.run

lint: .venv/.dev ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DATA_DIR=.test/lint $(BIN)/mypy .

bench: .venv/.dev ## what the desk costs and how well it reads, as tables
	@export OPENBLAS_NUM_THREADS=1; for each in benchmarks/bench_*.py; do $(BIN)/python -m benchmarks.$$(basename $$each .py) || exit 1; done

.venv/bin/pip:
	@$(READY) || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq -y python3-venv; } || true
	@$(READY) || { echo 'Python 3.11 or newer with its venv module is needed (on Debian: python3-venv).' >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.base: .venv/bin/pip requirements.txt
	$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: .venv/.base requirements-postgres.txt requirements-deep.txt requirements-s3.txt requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@
