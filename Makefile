# Everything that a newcomer runs. Each target does its own set-up.
VENV := .venv
PYTHON := $(VENV)/bin/python
SOURCES := shared source-closeio
CODE := $(SOURCES) integration_tests

.PHONY: demo test lint types bench clean

demo: $(VENV)/ready
	$(PYTHON) integration_tests/demo.py

test: lint types
	$(VENV)/bin/pytest

lint: $(VENV)/ready
	$(VENV)/bin/ruff check $(CODE)
	$(VENV)/bin/ruff format --check $(CODE)

types: $(VENV)/ready
	$(VENV)/bin/mypy shared/crm_source source-closeio/source_closeio
	MYPYPATH=integration_tests:shared:shared/unit_tests:source-closeio $(VENV)/bin/mypy integration_tests shared/unit_tests source-closeio/unit_tests

bench: $(VENV)/ready
	$(PYTHON) integration_tests/benchmarks/bench.py

$(VENV)/ready: constraints.txt integration_tests/requirements.txt $(SOURCES:%=%/pyproject.toml)
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -c constraints.txt $(SOURCES:%=-e ./%) -r integration_tests/requirements.txt
	touch $@

clean:
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
