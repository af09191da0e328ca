# What a person and CI run; each target sets up .venv by itself. `make run` and `make test` are all one needs.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-oldest lint sanitize sanitized fuzz bench trust soak clean

run: .venv/run.stamp
	$(BIN)/lda-cli train --config configs/sample.yaml --force
	$(BIN)/lda-cli inspect --config configs/sample.yaml
	@echo
	printf '%s\n' "The keeper of the lighthouse heard a violin while the storm drove our boat past the harbour." \
	| $(BIN)/lda-cli infer --config configs/sample.yaml --markup -

test: .venv/test.stamp
	$(BIN)/python -m pytest

# The tests with every dependency at its lower bound in pyproject.toml. For Python 3.11 or 3.12, which the oldest
# NumPy was made for: make test-oldest PYTHON=python3.11
OLDEST := .venv-oldest
test-oldest: $(OLDEST)/test.stamp
	$(OLDEST)/bin/python -m pytest

lint: .venv/lint.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	mkdir -p build && $(BIN)/python -c 'from lda_cli.report.page import script; print(script())' > build/page.js
	$(BIN)/oxlint --deny-warnings build/page.js

# The kernels compiled with the address and undefined-behaviour sanitizers, and their tests run on that. What they
# touch are NumPy's arrays and memory of their own, which malloc gives and the sanitizer guards.
SANITIZED := build/sanitized
SANITIZE = cd $(SANITIZED) && LD_PRELOAD=$$($(CC) -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 \
  LDA_CLI_KERNEL=native ../../$(BIN)/python -m pytest --capture=sys \
  tests/engine/test_kernels.py tests/engine/test_kernels_collapsed.py tests/engine/test_kernels_m_step.py \
  tests/engine/test_kernel_door.py tests/engine/test_estep.py tests/engine/test_left_to_right.py \
  tests/corpus/terms/test_counting.py
sanitize: sanitized
	$(SANITIZE) -q -n 0

sanitized: .venv/test.stamp
	rm -rf $(SANITIZED) && mkdir -p $(SANITIZED) && cp -R lda_cli tests pyproject.toml $(SANITIZED)
	for part in engine corpus/terms; do \
	  $(CC) -g -O1 -Wall -Wextra -Wno-psabi -Werror -fopenmp-simd -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	    -DPy_LIMITED_API=0x030B0000 -I$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))') \
	    -shared -fPIC lda_cli/$$part/_native.c -o $(SANITIZED)/lda_cli/$$part/_native.abi3.so -lm || exit 1; \
	done

# Every test of hypothesis with so many examples, those that train whole models with a tenth; those of the kernels
# under the sanitizers too. Seven hours of a processor, with TMPDIR in memory; less is:
# make fuzz FUZZ_EXAMPLES=1000 FUZZ_TESTS=tests/config
FUZZ_EXAMPLES ?= 100000
FUZZ_TESTS ?= tests
fuzz: sanitized
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest -m hypothesis --durations=0 $(FUZZ_TESTS)
	export FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) && $(SANITIZE) -m hypothesis --durations=0

# All sections, or one with its options, such as make bench BENCH="peers --bench-corpus glosses".
bench: .venv/bench.stamp
	$(BIN)/python -m tests.benchmarks $(BENCH)

# Try every fault and hostile input of tests/trust/FAULTS.md, and write its table. With CORPUS, a folder of text, a
# training on it is killed at 300 random moments too.
FIGURES := tests/trust/figures.jsonl
trust: .venv/test.stamp
	$(BIN)/python -m tests.trust faults >> $(FIGURES)
	$(if $(CORPUS),$(BIN)/python -m tests.trust kills --corpus $(CORPUS) $(KILLS) >> $(FIGURES))
	$(BIN)/python -m tests.trust table

# Trainings, inferences, replacements and readers side by side, in loops: nothing may be lost, nothing may leak.
MINUTES ?= 60
soak: .venv/test.stamp
	$(BIN)/python -m tests.trust soak --minutes $(MINUTES)

clean:
	rm -rf .venv $(OLDEST) model .model.cache build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

KERNELS := $(shell find lda_cli -name "*.[ch]")

.venv/run.stamp: pyproject.toml $(KERNELS) | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/%.stamp: pyproject.toml $(KERNELS) | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	touch $@ .venv/run.stamp

$(OLDEST)/test.stamp: pyproject.toml $(KERNELS) tests/oldest.py
	$(PYTHON) -m venv --clear $(OLDEST)
	$(OLDEST)/bin/python tests/oldest.py > $(OLDEST)/constraints.txt
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(OLDEST)/constraints.txt --editable '.[test]'
	touch $@

.venv/bin/python:
	$(PYTHON) -m venv .venv
