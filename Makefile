# Moodle Mentorship. `make help` lists what can be done; a fresh machine needs Python 3.11 or newer and make.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# PostgreSQL for the second run of the tests: an address of a server, or "bundled" for the binaries from PyPI.
TEST_POSTGRES ?= bundled

.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: .venv/installed ## .venv with the command `mentorship` and the developers' tools

.venv/installed: requirements-dev.lock pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

translations: install
	@$(BIN)/pybabel -q compile -d moodle_mentorship/translations 2>/dev/null

system: ## browsers, Node.js and PHP for the tests, through apt where we may
	@sh scripts/system-packages.sh

# What drives Firefox: Playwright can't drive one that is not its own.
FIREFOX := tests/e2e/firefox/node_modules/.package-lock.json
$(FIREFOX): tests/e2e/firefox/package-lock.json | system
	@command -v npm >/dev/null 2>&1 || { echo "The Firefox tests are skipped, and say so, until you install npm"; exit 0; }; \
	npm ci --silent --ignore-scripts --no-audit --no-fund --prefix tests/e2e/firefox && touch $@

demo: install translations ## a demonstration school on PORT (8000): the page to open is printed when it is ready
	@$(BIN)/mentorship demo --port $(PORT)

test: install translations system $(FIREFOX) ## all tests on SQLite
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -rsfE

# The same on every database: pure functions, who may open what, refused launches, headers, log lines, what a body may
# look like, and what pages say (that they open on a full school, tests/guards/test_statements.py asks there too; what
# PostgreSQL alone refuses in a value, tests/guards/test_hostile.py).
ON_ANY_DATABASE := tests/matching tests/grammar tests/lti/negative tests/api/test_contract.py \
	tests/lti/test_transports.py $(addprefix tests/guards/test_,$(addsuffix .py,routes headers logs addresses))

test-postgres: install translations system ## the tests that reach a database, on PostgreSQL (TEST_POSTGRES); the browsers' demonstration stays on SQLite
	$(BIN)/python scripts/with_postgres.py "$(TEST_POSTGRES)" $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -rsfE -m "not e2e" $(addprefix --ignore ,$(ON_ANY_DATABASE)) --ignore-glob "*/test_*views.py" --ignore-glob "*/test_pages.py"

check: lint ## style, types, layers, templates, translations, migrations
	$(BIN)/pytest -q -n 2 --dist load -p no:cacheprovider tests/guards

lint: install translations ## the part of `check` that runs nothing: style, types, layers, templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet moodle_mentorship

fuzz: install translations ## schemathesis over the OpenAPI document with many more examples than the tests take, and properties on others
	MENTORSHIP_FUZZ_EXAMPLES=300 $(BIN)/pytest -q tests/api tests/matching tests/school/test_schemas.py tests/documents/test_packs.py --timeout 3600

audit: install ## known vulnerabilities of all that the lock files name; asks PyPI, and stands in no CI: a stranger's new finding blocks no landing
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements.lock -r requirements-dev.lock

faults: install translations ## RUNS (500) seeded runs with faults on each database; SEED=… DB=sqlite|postgres replays one
	$(BIN)/python scripts/with_postgres.py "$(TEST_POSTGRES)" \
	    $(BIN)/python -m tests.faults --db $(or $(DB),both) $(if $(SEED),--seed $(SEED),--runs $(or $(RUNS),500))

bench: install translations ## measurements as ratios within one run (docs/benchmarks.md); ONLY=launch,sync,… and PEOPLE=… narrow them
	$(BIN)/python scripts/with_postgres.py "$(TEST_POSTGRES)" $(BIN)/python -m benchmarks --only "$(ONLY)" --people "$(or $(PEOPLE),0)"

e2e-moodle: install translations system ## the whole way on a running Moodle (MOODLE_URL …, see docs/operations.md)
	$(BIN)/pytest -rsfE -m moodle tests/e2e_moodle --timeout 1800

plugin: ## the plugin as build/local_mentorship.zip
	@$(PYTHON) scripts/plugin_zip.py

lock: ## renew the lock files from pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## what was built and the demonstration's data
	rm -rf .venv build dist var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help install translations system demo test test-postgres check lint fuzz audit faults bench e2e-moodle plugin lock clean
