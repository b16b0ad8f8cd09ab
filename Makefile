# Two commands do everything on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test lint audit format bench services clean

$(STAMP): requirements.txt requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt -e .
	touch $@

# The demo community in a store of its own, at http://localhost:8501
run: $(STAMP)
	GRIDMAP_DEMO=1 $(BIN)/python -m streamlit run app.py

# Chromium, PostGIS and GDAL for the tests that need them; where they can't be had, those tests say so.
services:
	@scripts/test-services.sh

# A file's tests stay together, and so do those of the browser: they share stores and servers.
# What one process has compiled, those that it starts need not compile again. Each core has its worker already.
test: export PYTHONDONTWRITEBYTECODE :=
test: export OMP_NUM_THREADS := 1
test: $(STAMP) services
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/vendor_assets.py --check

# Known vulnerabilities of what is installed; where the public lists can't be had, it says so.
audit: $(STAMP)
	$(BIN)/python scripts/audit_dependencies.py

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) services
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis test-artifacts
