# Everything that a newcomer runs. Each target does its own set-up.
VENV := .venv
CLIENT := .venv-pyairbyte
MELTANO := .venv-meltano
SBOM := .venv-sbom
PYTHON := $(VENV)/bin/python
STEP := python3 integration_tests/house/step.py
SOURCES := $(patsubst %/pyproject.toml,%,$(wildcard source-*/pyproject.toml))
PACKAGES := shared $(SOURCES)
CODE := $(PACKAGES) integration_tests
SPACE := $() $()
TYPES := MYPYPATH=integration_tests:shared:shared/unit_tests:$(subst $(SPACE),:,$(SOURCES)) $(VENV)/bin/mypy

.PHONY: demo demo-duckdb demo-poll test circles lint types mutants liar deletions columns pages pictures new-source new-stream counts images sbom wheels docker-test pyairbyte-test bench clean

demo: $(VENV)/ready
	$(PYTHON) integration_tests/demo.py

demo-duckdb: $(VENV)/ready $(CLIENT)/ready
	PYTHONPATH=integration_tests $(PYTHON) -m pyairbyte.demo

demo-poll: $(VENV)/ready
	$(PYTHON) integration_tests/demo_poll.py

# Coverage is that of the unit tests, and has a floor (.coveragerc): what only whole-connector tests run is not held by
# much, and measuring those as well would take more than half as long again.
test: lint circles types
	$(VENV)/bin/pytest $(PACKAGES:%=%/unit_tests) --cov
	$(VENV)/bin/pytest integration_tests

lint: $(VENV)/ready
	$(VENV)/bin/ruff check $(CODE)
	$(VENV)/bin/ruff format --check $(CODE)

circles: $(VENV)/ready
	PYTHONPATH=integration_tests $(PYTHON) -m house.imports

# One run for each folder of unit tests: their modules may have the same names.
types: $(VENV)/ready
	$(VENV)/bin/mypy shared/crm_source shared/packing.py $(foreach source,$(SOURCES),$(source)/$(subst -,_,$(source)))
	$(TYPES) integration_tests shared/unit_tests
	set -e; for source in $(SOURCES); do $(TYPES) $$source/unit_tests; done

# How many runs, or which: SEEDS=100 or SEEDS=200-299; VENDOR=closeio; LIE=unsorted,backwards; CASES=1: every lie once.
liar: $(VENV)/ready
	PYTHONPATH=integration_tests $(PYTHON) -m liar $(if $(SEEDS),--seeds $(SEEDS)) $(if $(VENDOR),--vendor $(VENDOR)) \
		$(if $(LIE),--lie $(LIE)) $(if $(CASES),--cases)

# Storms of deletions and kills, read into tables with the destinations' rule. SEEDS=300 or 100-199; VENDOR=closeio;
# POSTGRES=1: into those of a PostgreSQL server.
deletions: $(VENV)/ready
	$(if $(POSTGRES),integration_tests/pyairbyte/install_postgres)
	PYTHONPATH=integration_tests $(PYTHON) -m marked_storm $(if $(SEEDS),--seeds $(SEEDS)) \
		$(if $(VENDOR),--vendor $(VENDOR)) $(if $(POSTGRES),--postgres)

# docs/columns: every stream's columns, and how streams join.
columns: $(VENV)/ready
	PYTHONPATH=integration_tests $(PYTHON) -m house.columns

# All that documents have from the tables: streams, columns, how deletions are found, numbers of streams.
PAGES := set -e; for page in streams columns counts deletions; do PYTHONPATH=integration_tests $(PYTHON) -m house.$$page; done
pages: $(VENV)/ready
	$(PAGES)

# docs/pictures: the forms, and an answer of each source's tables. It needs Chromium: apt-get install chromium fonts-dejavu-core
pictures: $(VENV)/ready
	PYTHONPATH=integration_tests $(PYTHON) -m house.pictures

# Not for CI: it takes as long as it is given. OPTIONS='--help' tells what may be given.
mutants: $(VENV)/ready
	PYTHONPATH=integration_tests $(PYTHON) -m house.mutants $(OPTIONS)

# NAME=acme-crm TITLE="Acme CRM": a small source that works, and a list of what is to be made of it.
new-source: $(VENV)/ready
	PYTHONPATH=integration_tests $(PYTHON) -m house.new_source $(NAME) $(if $(TITLE),"$(TITLE)")
	@$(PAGES)

# SOURCE=closeio NAME=tags AT=/tag/ SAMPLE=tags.json; also KIND, PARENT, KEY, MODEL, AFTER: python -m house.new_stream --help
new-stream: $(VENV)/ready
	PYTHONPATH=integration_tests $(PYTHON) -m house.new_stream $(SOURCE) $(NAME) '$(AT)' $(if $(KIND),--kind $(KIND)) \
		$(if $(PARENT),--parent $(PARENT)) $(if $(KEY),--key $(KEY)) $(if $(MODEL),--model $(MODEL)) \
		$(if $(SAMPLE),--sample $(SAMPLE)) $(if $(AFTER),--after $(AFTER))
	@$(PAGES)

# Writes the numbers of streams that documents tell, from the tables.
counts: $(VENV)/ready
	PYTHONPATH=integration_tests $(PYTHON) -m house.counts

# One wheel a source, with the engine inside: pip install dist/crm_sources_closeio-*.whl
wheels: $(VENV)/ready
	@rm -rf dist
	@$(STEP) "Building the wheels into dist" $(VENV)/bin/pip wheel --progress-bar off --no-deps --wheel-dir dist $(SOURCES:%=./%)
	@ls dist

images:
	docker/images

# What each image has installed, into dist, as CycloneDX.
sbom: images $(SBOM)/ready
	docker/sbom

docker-test: images $(VENV)/ready $(SBOM)/ready
	$(VENV)/bin/pytest integration_tests/images

# Into DuckDB, and into a server of Debian's PostgreSQL, which the tests start and stop.
pyairbyte-test: $(VENV)/ready $(CLIENT)/ready
	integration_tests/pyairbyte/install_postgres
	$(VENV)/bin/pytest --dist=load --maxschedchunk=1 --durations=0 --durations-min=1 integration_tests/pyairbyte

bench: $(VENV)/ready
	$(PYTHON) integration_tests/benchmarks/bench.py

# From scratch each time: what was installed under another name would stay.
$(VENV)/ready: constraints.txt integration_tests/requirements.txt shared/requirements.txt $(SOURCES:%=%/pyproject.toml)
	@$(STEP) "Making $(VENV)" python3 -m venv --clear $(VENV)
	@$(STEP) "Installing the sources, the CDK and the tools into $(VENV)" $(VENV)/bin/pip install --progress-bar off \
		-c constraints.txt $(SOURCES:%=-e ./%) -r integration_tests/requirements.txt
	@touch $@

$(CLIENT)/ready: integration_tests/pyairbyte/constraints.txt integration_tests/pyairbyte/requirements.txt
	@python=$$(integration_tests/pyairbyte/fitting_python) && $(STEP) "Making $(CLIENT)" $$python -m venv --clear $(CLIENT)
	@$(STEP) "Installing PyAirbyte into $(CLIENT)" $(CLIENT)/bin/pip install --progress-bar off \
		-c integration_tests/pyairbyte/constraints.txt -r integration_tests/pyairbyte/requirements.txt
	@touch $@

# Meltano installs the wheel, too.
pyairbyte-test: $(MELTANO)/ready
$(MELTANO)/ready $(SBOM)/ready: .venv-%/ready: integration_tests/%/constraints.txt integration_tests/%/requirements.txt
	@$(STEP) "Making $(@D)" python3 -m venv --clear $(@D)
	@$(STEP) "Installing what integration_tests/$* needs into $(@D)" $(@D)/bin/pip install --progress-bar off \
		-c $< -r integration_tests/$*/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) $(CLIENT) $(MELTANO) $(SBOM) demo dist .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
