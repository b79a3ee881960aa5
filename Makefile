# Every target sets up what it needs first; nothing is installed outside this folder.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check types journeys parity compat bench faults attack soak lock audit sbom licences reference docs dist package format serve clean

PYTHON := $(shell for candidate in python3.13 python3 python; do \
	$$candidate -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1 && echo $$candidate && break; done)
NPM := $(shell npm --version >/dev/null 2>&1 && echo npm)
BIN := .venv/bin
PIP = $(BIN)/python -m pip install --disable-pip-version-check
AUDIT := .audit/bin
LOCK = $(AUDIT)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links
# Bytecode is kept: the tests start many processes.
unexport PYTHONDONTWRITEBYTECODE
HOST ?= devhost
PORT ?= 7071
STORAGE_PORTS ?=
DATA ?=
LABEL ?=
SECTION ?=
FAULT ?=
JOURNEY ?=
MINUTES ?= 10
WORKERS ?= 3

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/installed node_modules/.installed local.settings.json web/dist/index.html ## install everything the other targets need

.venv/installed: requirements.txt requirements-dev.txt pyproject.toml VERSION
ifeq ($(PYTHON),)
	@echo "Python 3.13 is needed and was not found. Install it with one of:" >&2
	@echo "  sudo apt-get install python3.13 python3.13-venv     (Debian, Ubuntu)" >&2
	@echo "  brew install python@3.13                            (macOS)" >&2
	@echo "  uv python install 3.13  or  pyenv install 3.13      (anywhere)" >&2
	@exit 1
endif
	@echo "Installing Python packages into .venv (a minute, once) ..."
	@$(PYTHON) -m venv .venv
	@{ $(PIP) -r requirements.txt -r requirements-dev.txt && $(PIP) --no-deps -e . ; } >.venv/install.log 2>&1 \
		|| { cat .venv/install.log >&2; exit 1; }
	@touch $@

node_modules/.installed: package.json package-lock.json
ifeq ($(NPM),)
	@echo "Node.js (with npm) is needed for Azurite, the storage emulator, and was not found. Install it with one of:" >&2
	@echo "  sudo apt-get install nodejs npm                     (Debian, Ubuntu)" >&2
	@echo "  brew install node                                   (macOS)" >&2
	@exit 1
endif
	@echo "Installing Azurite into node_modules (half a minute, once) ..."
	@npm ci --silent --no-audit --no-fund
	@touch $@

web/node_modules/.installed: web/package.json web/package-lock.json node_modules/.installed
	@echo "Installing what builds the Studio into web/node_modules (half a minute, once) ..."
	@cd web && npm ci --silent --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.installed web/index.html web/vite.config.ts web/vite.scoring.config.ts web/compress.ts $(shell find web/src web/public web/scoring -type f \
	! -name '*.test.*' ! -name schema.d.ts 2>/dev/null)
	@cd web && npm run --silent build

# What the Studio's types are made from; stays as it is while the app's routes do.
build/openapi.json: $(wildcard functions/*.py functions/http/*.py) tools/openapi.py studio/graph/json_schema.py .venv/installed
	@$(BIN)/python -m tools.openapi $@
	@touch $@

web/src/api/schema.d.ts: build/openapi.json web/node_modules/.installed
	@if [ ! -e $@ ] || ! cmp --silent build/openapi.json build/openapi.typed.json; then \
		cd web && npm run --silent types >/dev/null && cp ../build/openapi.json ../build/openapi.typed.json; fi
	@touch $@

local.settings.json: .venv/installed
	@$(BIN)/python -m devhost settings

demo: setup ## run the whole retraining loop over HTTP; DATA=file.csv LABEL=column runs it on your own CSV
	@$(BIN)/python -m examples.retraining.demo $(if $(DATA),--data "$(DATA)") $(if $(LABEL),--label "$(LABEL)")

test: setup ## run the tests, on WORKERS=3 processes
	@$(BIN)/python -m pytest -n $(WORKERS)

test-all: setup ## run the tests, old clients and long trials; checks the floor of branch coverage
	@$(BIN)/python -m pytest tests/compat -rs -m old_client
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest -n $(WORKERS) -m "not old_client"
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/python -m tests.trials.faults
	@$(BIN)/python -m tests.trials.soak $(MINUTES)

check: setup ## check format, lint, types and import contracts, and run the fast tests
	@$(BIN)/ruff format --check --quiet . || { echo "Run 'make format'." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-cache
	@mkdir -p build
	@$(MAKE) --no-print-directory types >build/types.log 2>&1 & \
	$(BIN)/python -m pytest -n $(WORKERS) -m "not storage and not e2e and not old_client and not slow and not long"; tests=$$?; \
	wait $$! || { cat build/types.log >&2; exit 1; }; exit $$tests

types: setup ## check the types of Python and TypeScript, and run the Studio's tests
	@$(BIN)/mypy
	@$(BIN)/mypy --python-version 3.10 perennial
	@$(MAKE) --no-print-directory web/src/api/schema.d.ts
	@cd web && npm run --silent check && npm test --silent -- --reporter=dot

journeys: setup ## use the Studio in a browser as people do, and take its pictures; JOURNEY=swap runs one
	@[ -x /usr/bin/chromium ] || { echo "Installing Chromium for the journeys ..."; \
		apt-get install -y --no-install-recommends chromium >/dev/null 2>&1 || echo "It could not be installed."; }
	@cd web && node run.mjs journeys/run.ts $(JOURNEY)

parity: setup ## train every learner through the app and with scikit-learn alone, and compare their scores
	@$(BIN)/python -m examples.parity

compat: setup ## run classic clients against the app
	@$(BIN)/python -m pytest tests/compat -rs -m e2e

bench: setup ## benchmark against other model servers, for half an hour or more; SECTION=starts runs one part
	@$(BIN)/python -m bench $(SECTION)

faults: setup ## make processes, storage, queues, clocks and disks fail, for a quarter of an hour; FAULT=hang tries one
	@$(BIN)/python -m tests.trials.faults $(FAULT)

attack: setup ## run everything that attacks the app, and count what was held off
	@$(BIN)/python -m tests.trials.attack

soak: setup ## load 50 endpoints with requests, jobs and swaps for MINUTES=10, and watch errors and memory
	@$(BIN)/python -m tests.trials.soak $(MINUTES)

lock: .audit/installed ## update requirements*.txt, with the version and hash of every package
	@mkdir -p build
	@$(LOCK) --upgrade -o build/lock.txt requirements.in
	@{ echo '# Written by "make lock" from requirements.in; what Azure Functions installs.'; cat build/lock.txt; } >requirements.txt
	@$(LOCK) --upgrade -c requirements.txt -o build/lock-postgresql.txt requirements-postgresql.in
	@{ echo '# Written by "make lock" from requirements-postgresql.in; append it to requirements.txt to use PostgreSQL.'; \
		cat build/lock-postgresql.txt; } >requirements-postgresql.txt
	@$(LOCK) --upgrade -c requirements.txt -o build/lock-dev.txt requirements-dev.in pyproject.toml
	@{ echo '# Written by "make lock" from requirements-dev.in and pyproject.toml; what developers install as well.'; \
		cat build/lock-dev.txt; } >requirements-dev.txt

audit: setup .audit/installed ## look up known vulnerabilities of every package, and scan infra/
	@$(AUDIT)/checkov -d infra --framework bicep --compact --quiet --skip-download
	@$(AUDIT)/pip-audit --disable-pip --require-hashes -r requirements.txt -r requirements-dev.txt
	@npm audit

sbom: setup .audit/installed ## write bills of materials (CycloneDX) to build/sbom/
	@mkdir -p build/sbom
	@$(AUDIT)/cyclonedx-py requirements --output-reproducible -o build/sbom/python.json requirements.txt
	@npm sbom --sbom-format cyclonedx >build/sbom/npm.json
	@echo "Written to build/sbom/."

licences: setup .audit/installed ## list the licence of every Python package that is deployed
	@$(AUDIT)/pip-licenses --python $(BIN)/python --order license --with-system --packages $$(sed -n 's/^\([^ #]*\)==.*/\1/p' requirements.txt)

.audit/installed: requirements-audit.txt
	@echo "Installing the tools of 'make audit' into .audit (a minute, once) ..."
	@$(PYTHON) -m venv .audit
	@$(AUDIT)/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	@touch $@

reference: setup ## regenerate the reference pages that are made from code
	@$(BIN)/python -m studio.graph docs/reference
	@$(BIN)/python -m tools.cli_page docs/reference/cli.md
	@$(BIN)/python -m tools.palette_builder perennial/palette.py
	@$(BIN)/python -m tools.async_client perennial

docs: setup ## build the documentation site in build/site; fails on a broken link
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

dist: setup .audit/installed ## build the client's wheel and source distribution in build/dist
	@rm -rf build/dist
	@$(AUDIT)/python -m build --outdir build/dist .

package: setup ## package what Azure Functions runs as build/app.zip
	@$(BIN)/python -m tools.package build/app.zip

format: setup ## rewrite the code in the project's format
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

serve: setup ## run the app on PORT=7071 with its data in .azurite/; STORAGE_PORTS=1,2,3 sets Azurite's, HOST=func uses Core Tools
	@$(BIN)/python -m devhost serve --host $(HOST) --port $(PORT) $(if $(STORAGE_PORTS),--storage-ports $(STORAGE_PORTS))

clean: ## remove what setup made (data in .azurite/ stays)
	rm -rf .venv .audit bench/peers/*/.venv node_modules web/node_modules web/dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
