# Everything runs in `.venv` of this checkout, made when it is missing or when what it is made from has changed.
VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3
WIDESPECTRUM_HOME ?= $(CURDIR)/demo-home
export WIDESPECTRUM_HOME

.PHONY: demo test parity check format clean

demo: $(VENV)/.ready  ## build the demo home and open the terminal (or print the report where there is none)
	@$(BIN)/widespectrum demo

test: check  ## checks, then every test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

parity: $(VENV)/.ready  ## every scorer against its publisher's own code, in environments of their own (needs a package registry)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -rP -o python_files='parity_*.py' tests/parity

check: $(VENV)/.ready  ## lint, format, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("widespectrum needs Python 3.11 or newer, not " + sys.version.split()[0] + ": make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@
