# `make demo` and `make test` work from a fresh clone with nothing but Python (3.11 or later) and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# What answers within a minute: the front end, the semantics, and every feature file in the interpreter and the plain explorer.
QUICK     := tests/ground tests/language tests/semantics tests/ir tests/result tests/features tests/test_imports.py
NOT_QUICK := not (test_feature and (native or reduced or bmc)) and not nfs_readdir

.PHONY: demo test quick lint install clean

install: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(BIN)/python -m compileall -q modelcheck
	touch $(STAMP)

# Exit code 3 says that cells are undecided, as they may be where there is little time or memory. It is no failure of the demo.
demo: $(STAMP)
	$(BIN)/modelcheck matrix specs/nfs_readdir.mc || test $$? -eq 3

test: $(STAMP)
	$(BIN)/python -m pytest -n auto

# For the minute after an edit. What takes solvers, compiled code, worker processes or a browser is left to `make test`.
quick: $(STAMP)
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/python -m pytest -n auto $(QUICK) -k "$(NOT_QUICK)"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info
