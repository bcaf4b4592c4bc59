# Two commands are enough: `make demo` and `make test`. Both set up everything they need from python3 (3.11 or later), pip and make.
PY     ?= python3
UV      = .uv/bin/uv
VENV    = .venv
BIN     = $(VENV)/bin
ORDERS ?= 20000
SERVE  ?= 1
FLOOR  ?= ../shared/bench/floor.py
JOBS   ?= 2
UV_VERSION = 0.13.9

# uv takes the Python that is here and never fetches another.
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# Where the machine keeps certificates of its own (behind a company's proxy, say) uv trusts them as pip does.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS := 1
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak ci lint format types floors licences papers words bench serve wheel lock clean

help:
	@echo "make demo    set up, run the demo shop and serve it (ORDERS=200 is quick, SERVE=0 ends after the report)"
	@echo "make test    set up and run the tests"
	@echo "make bench   orders per second beside the bare-SQL floor"
	@echo "make papers  write what is made from the code anew: docs/runbooks, docs/policies.md, docs/limits.md, tests/tidy/schema.txt"
	@echo "make words   bring the catalogues of other languages up to the code; lists what is still to be said"
	@echo "make soak    the long runs   make ci  everything that must hold before a change lands"

$(UV):
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Headrace needs Python 3.11 or later; $(PY) is older or missing. Name another: make PY=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PY) -m pip --version >/dev/null || { echo "Headrace needs pip to set itself up: install it (python3-pip on Debian)."; exit 1; }
	@$(PY) -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-warn-script-location --upgrade --target .uv uv==$(UV_VERSION)
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
	@$(BIN)/python -m pytest -n $(JOBS) $(TESTS)

soak: $(VENV)/dev.ok
	@$(BIN)/python -m pytest -m "soak or slow" --timeout 3600 --ignore tests/browser $(TESTS)
	@HEADRACE_LOOK=all $(BIN)/python -m pytest -m "" --timeout 3600 tests/browser

lint: $(VENV)/dev.ok
	@$(BIN)/ruff check src tests conftest.py

format: $(VENV)/dev.ok
	@$(BIN)/ruff check -q --fix-only src tests conftest.py
	@$(BIN)/ruff format src tests conftest.py

types: $(VENV)/dev.ok
	@$(BIN)/mypy src/headrace

floors: $(VENV)/dev.ok
	@$(BIN)/lint-imports --no-cache

licences: $(VENV)/run.ok $(VENV)/dev.ok
	@$(BIN)/python tests/tidy/licences.py

papers: $(VENV)/dev.ok
	@HEADRACE_RENEW_PAPERS=1 $(BIN)/python -m pytest -n0 -k "current or written_down" tests/tidy/test_papers.py tests/tidy/test_schema.py

words: $(VENV)/dev.ok
	@$(BIN)/python tests/tidy/wording.py

bench: $(VENV)/run.ok
	@$(BIN)/python -m headrace bench --floor $(FLOOR) $(BENCH)

ci: lint types floors licences
	@$(BIN)/python -m pytest -n $(JOBS) -m "not soak"
	@$(MAKE) --no-print-directory demo ORDERS=200 SERVE=0
	@$(MAKE) --no-print-directory bench BENCH="--small"

wheel: $(VENV)/dev.ok
	@$(BIN)/python -m build --wheel --no-isolation -o dist

lock: $(UV)
	@$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header requirements.in -o requirements.txt
	@$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) .uv dist build .mypy_cache .ruff_cache
