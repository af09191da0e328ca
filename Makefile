# What a person and CI run; each target sets up .venv by itself. `make run` and `make test` are all one needs.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint bench clean

run: .venv/run.stamp
	$(BIN)/lda-cli train --config configs/sample.yaml --force
	$(BIN)/lda-cli inspect --config configs/sample.yaml
	@echo
	printf '%s\n' "The keeper of the lighthouse heard a violin while the storm drove our boat past the harbour." \
	| $(BIN)/lda-cli infer --config configs/sample.yaml --markup -

test: .venv/test.stamp
	$(BIN)/python -m pytest

lint: .venv/lint.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/bench.stamp
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf .venv model build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run.stamp: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/%.stamp: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	touch $@ .venv/run.stamp

.venv/bin/python:
	$(PYTHON) -m venv .venv
