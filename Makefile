# Two commands are enough: `make demo` and `make test`. Both set up everything they need from python3 (3.11 or later), pip and make.
PY     ?= python3
UV      = .uv/bin/uv
VENV    = .venv
BIN     = $(VENV)/bin
ORDERS ?= 20000
SERVE  ?= 1
FLOOR  ?= ../shared/bench/floor.py
UV_VERSION = 0.13.9

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak ci lint types floors licences bench serve wheel lock clean check-migrations runbooks

help:
	@echo "make demo    set up, run the demo shop and serve it (ORDERS=200 is quick, SERVE=0 ends after the report)"
	@echo "make test    set up and run the tests"
	@echo "make bench   orders per second beside the bare-SQL floor"
	@echo "make soak    the long runs   make ci  everything that must hold before a change lands"

$(UV):
	@$(PY) -m pip install -q --disable-pip-version-check --root-user-action=ignore --target .uv uv==$(UV_VERSION) 2>&1 | grep -v "^WARNING: Location" || true
	@test -x $(UV)

$(VENV)/run.ok: requirements.txt pyproject.toml | $(UV)
	@$(UV) venv -q --allow-existing --python $(PY) $(VENV)
	@$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements.txt
	@echo "$(CURDIR)/src" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/headrace.pth"
	@touch $@

$(VENV)/dev.ok: requirements-dev.txt $(VENV)/run.ok
	@$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

setup: $(VENV)/run.ok

demo: $(VENV)/run.ok
	@$(BIN)/python -m headrace demo --orders $(ORDERS) $(if $(filter 0,$(SERVE)),--no-serve,--serve)

serve: $(VENV)/run.ok
	@$(BIN)/python -m headrace serve

test: $(VENV)/dev.ok
	@$(BIN)/python -m pytest

soak: $(VENV)/dev.ok
	@$(BIN)/python -m pytest -m soak --timeout 3600

lint: $(VENV)/dev.ok
	@$(BIN)/ruff check src tests

types: $(VENV)/dev.ok
	@$(BIN)/mypy src/headrace

floors: $(VENV)/dev.ok
	@$(BIN)/lint-imports --no-cache

licences: $(VENV)/run.ok $(VENV)/dev.ok
	@$(BIN)/python tests/tidy/licences.py

check-migrations: $(VENV)/dev.ok
	@$(BIN)/python -m headrace migrate --check

bench: $(VENV)/run.ok
	@$(BIN)/python -m headrace bench --floor $(FLOOR) $(BENCH)

ci: lint types floors licences test
	@$(MAKE) demo ORDERS=200 SERVE=0
	@$(MAKE) bench BENCH="--small"

wheel: $(VENV)/dev.ok
	@$(BIN)/python -m build --wheel --no-isolation -o dist

lock: $(UV)
	@$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header requirements.in -o requirements.txt
	@$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) .uv dist build .mypy_cache .ruff_cache
