# Two commands: `make run` serves everything, `make test` proves it. The rest is for those who build Qiao.
# A Python of one's own choice: make run PYTHON=/path/to/python3.12

PORT ?= 8000
PYTHON ?= $(shell for python in python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null \
	&& command -v $$python && break; done)
BIN := .venv/bin
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/*.po)

.PHONY: run test demo check bench lock clean venv

run: venv
	@PORT=$(PORT) exec $(BIN)/qiao up $(ARGS)

test: venv
	$(BIN)/pytest $(ARGS)

demo: venv
	@exec $(BIN)/qiao demo $(ARGS)

check: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/house $(ARGS)

# `make bench` lists the benchmarks, `make bench inbound` runs one.
BENCHMARK := $(word 2,$(filter bench,$(MAKECMDGOALS)) $(filter-out bench,$(MAKECMDGOALS)))
bench: venv
	@if [ -n "$(BENCHMARK)" ]; then exec $(BIN)/python -m tests.bench.$(BENCHMARK) $(ARGS); \
	else echo "Benchmarks: $(patsubst tests/bench/%.py,%,$(shell grep -l "^def main" tests/bench/*.py))"; fi
ifeq (bench,$(firstword $(MAKECMDGOALS)))
.PHONY: $(BENCHMARK)
$(BENCHMARK): bench
	@:
endif

# Newest versions within pyproject.toml, for CPython 3.11 and 3.12, with hashes and without any address.
lock:
	uv pip compile --universal --python-version 3.11 --upgrade --extra test --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
	rm -f translations/*/LC_MESSAGES/*.mo

venv: .venv/installed $(CATALOGUES:.po=.mo)

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Qiao needs Python 3.11 or 3.12; install one, or name it: make run PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --use-pep517 --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

%.mo: %.po | .venv/installed
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
