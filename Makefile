# `make run` starts Limner, `make test` checks it. GNU make 3.81 or newer, Linux and macOS.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

# Containers often set it. Python would compile everything anew in each worker of the tests and each process they start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test lint types bench chaos soak clean install install-dev

# Prints the first Python that fits; a pyenv shim that stands for nothing fails here and is passed over.
FIND_PYTHON = for python in $(PYTHON) python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; \
	  then echo $$python; break; fi; done

# Prints a hash of the files given. Python does it, because Linux and macOS have different hashing commands.
HASH = $(BIN)/python -ISc 'import hashlib, sys; \
	  print(hashlib.sha256(b"".join(open(name, "rb").read() for name in sys.argv[1:])).hexdigest()[:16])'

# Makes the virtual environment where there is none, or where its Python is gone.
define make_venv
@if ! $(BIN)/python -ISc '' 2>/dev/null; then \
	  python=$$($(FIND_PYTHON)); \
	  if [ -z "$$python" ]; then \
	    echo "Limner needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$($(PYTHON) --version 2>&1 | head -1)." >&2; \
	    echo "Install one of them, or name it: make run PYTHON=/path/to/python3.12" >&2; exit 1; fi; \
	  $$python -m venv --clear $(VENV) || { \
	    echo "$$python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
	    rm -rf $(VENV); exit 1; }; fi
endef

# Installs the file $(1) unless the stamp of exactly these contents is there. An install takes away the other stamps,
# because it may have changed what they stand for.
define install_requirements
@run=$(VENV)/.requirements-$$($(HASH) requirements.txt); stamp=$(VENV)/.requirements-$$($(HASH) $(2)); \
	if [ ! -f "$$stamp" ]; then \
	  echo "Installing $(1) into $(VENV) (once; it takes a minute)"; \
	  rm -f $(VENV)/.requirements-*; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1) && touch "$$run" "$$stamp"; fi
endef

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1|/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "make %-8s %s\n", $$1, $$2}'

run: install ## Start Limner; without DISCORD_TOKEN it brings a Discord of its own and prints its address
	@exec $(BIN)/python bot.py $(ARGS)

test: lint types ## Check everything: style, types, and every test
	@$(BIN)/pytest -n $(WORKERS) $(ARGS)

lint: install-dev ## Check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install-dev ## Check the types
	@$(BIN)/mypy .

bench: install-dev ## Measure, side by side; BENCH_WRITE=1 also writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks $(ARGS)

chaos: install-dev ## Kill the service at its worst moments, and judge by other people's books; takes hours
	@$(BIN)/python -m tests.chaos $(ARGS)

soak: install-dev ## A quarter of an hour of load and faults: memory, descriptors, lag, and what became of everything
	@$(BIN)/python -m tests.soak $(ARGS)

clean: ## Remove the environment and the caches; never the data folder
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

install:
	$(make_venv)
	$(call install_requirements,requirements.txt,requirements.txt)

install-dev:
	$(make_venv)
	$(call install_requirements,requirements-dev.txt,requirements.txt requirements-dev.txt)
