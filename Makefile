# Everything a contributor types. `make demo` and `make test` set up what they need: Python 3.10+, a Rust toolchain and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH_VENV := .venv-bench
# Whatever environment is active in the shell, ours is meant.
export VIRTUAL_ENV := $(abspath $(VENV))
unexport CONDA_PREFIX
SOURCES := Cargo.toml Cargo.lock pyproject.toml $(shell find build src catalog -type f)

.PHONY: demo test test-all unit check fmt lint types generate bench docs wheel clean

demo: $(VENV)/.built
	$(BIN)/python examples/user_operations.py

# The contract, the scripts and the rooms of the sandbox are half of it all, and run beside the rest.
BESIDE := tests/contract tests/examples tests/sandbox

test: $(VENV)/.built $(VENV)/.tools unit check
	@$(BIN)/python -m pytest $(BESIDE) > target/beside.txt 2>&1 & beside=$$!; \
	$(BIN)/python -m pytest $(addprefix --ignore ,$(BESIDE)); rest=$$?; \
	wait $$beside; beside=$$?; cat target/beside.txt; exit $$((rest | beside))

# The engine, the documents and the sandbox need no Python.
unit:
	cargo test --quiet
	cargo test --quiet --package atlassian-cloud-benches

check: lint

fmt: $(VENV)/.tools
	cargo fmt --all
	$(BIN)/ruff format python tests examples tools benches
	$(BIN)/ruff check --fix-only --quiet python tests examples tools benches

lint: $(VENV)/.tools
	cargo fmt --all --check
	cargo clippy --quiet --all-targets --features python -- -D warnings
	cargo clippy --quiet --all-targets --package atlassian-cloud-benches -- -D warnings
	$(BIN)/ruff format --check --quiet python tests examples tools benches
	$(BIN)/ruff check --quiet python tests examples tools benches

types: $(VENV)/.built $(VENV)/.tools
	$(BIN)/python -m pytest tests/test_stubs.py

# Stubs, reference pages and the coverage table, from the catalog.
generate docs: $(VENV)/.built
	$(BIN)/python tools/generate.py

# Against the peers, in an environment of their own; BENCH="--only issues --rounds 3" for a part. Go is measured where it is installed.
bench: wheel $(BENCH_VENV)/.peers
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-index --force-reinstall --no-deps --find-links dist atlassian-cloud
	cargo build --quiet --release --package atlassian-cloud-benches
	if command -v go > /dev/null; then cd benches/go && go build -o ../../target/release/go-atlassian .; fi
	$(BENCH_VENV)/bin/python benches/run.py $(BENCH)

$(BENCH_VENV)/.peers: benches/requirements.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r benches/requirements.txt
	touch $@

# The wheel as it is published, tested on every CPython from 3.10 that the machine has.
wheel: $(VENV)/.tools
	$(BIN)/maturin build --release --out dist

test-all: wheel
	$(BIN)/python tools/test_all.py dist

clean:
	rm -rf $(VENV) dist target

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or later is needed; name one with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "maturin==$$(sed -n 's/^maturin==//p' requirements-dev.txt)"

$(VENV)/.tools: requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

$(VENV)/.built: $(SOURCES) | $(VENV)/bin/python
	@command -v cargo > /dev/null || { echo "A Rust toolchain is needed: https://rustup.rs"; exit 1; }
	$(BIN)/maturin develop --quiet
	touch $@
