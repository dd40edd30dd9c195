# Everything that a newcomer runs. Each target does its own set-up.
VENV := .venv
PYTHON := $(VENV)/bin/python
SOURCES := $(patsubst %/pyproject.toml,%,$(wildcard source-*/pyproject.toml))
PACKAGES := shared $(SOURCES)
CODE := $(PACKAGES) integration_tests

.PHONY: demo test lint types images docker-test bench clean

demo: $(VENV)/ready
	$(PYTHON) integration_tests/demo.py

test: lint types
	$(VENV)/bin/pytest

lint: $(VENV)/ready
	$(VENV)/bin/ruff check $(CODE)
	$(VENV)/bin/ruff format --check $(CODE)

types: $(VENV)/ready
	$(VENV)/bin/mypy shared/crm_source $(foreach source,$(SOURCES),$(source)/$(subst -,_,$(source)))
	MYPYPATH=integration_tests:shared:shared/unit_tests:$(subst $() ,:,$(SOURCES)) \
	    $(VENV)/bin/mypy integration_tests $(PACKAGES:%=%/unit_tests)

images:
	docker/images

docker-test: images $(VENV)/ready
	$(VENV)/bin/pytest integration_tests/images

bench: $(VENV)/ready
	$(PYTHON) integration_tests/benchmarks/bench.py

$(VENV)/ready: constraints.txt integration_tests/requirements.txt $(PACKAGES:%=%/pyproject.toml)
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -c constraints.txt $(PACKAGES:%=-e ./%) -r integration_tests/requirements.txt
	touch $@

clean:
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
