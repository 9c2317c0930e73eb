# Two commands do everything on a fresh machine with Python, git and make: `make demo` and `make test`.

# the tests start thousands of processes: without it, each would compile what it imports
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest --dist loadscope --no-loadscope-reorder
# pip and the same command line take four times as long; uv does not read pip's configuration: for an index of
# your own say UV_DEFAULT_INDEX
INSTALL := $(BIN)/python -m uv pip install --quiet --python
OLDEST := .venv-oldest
# what builds and checks the viewer's JavaScript, where npm is there to install it
NODE   := $(if $(shell command -v npm),.node)

.PHONY: demo notebook notebooks pictures docs dist test newest oldest quick soak check audit coverage mutants viewer bench bench-compare system clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      real Metaflow runs that trigger each other, and an HTML report of them"
	@echo "make notebook  the quickstart notebook on the same runs, in JupyterLab"
	@echo "make test      everything that must hold, browser and database included"
	@echo "make quick     the tests that need nothing but Python, under half a minute"
	@echo "make soak      thousands of random lineages compared with what is true of them, and hundreds of faults"
	@echo "make check     formatting, lint and types only"
	@echo "make audit     known vulnerabilities of what is installed"
	@echo "make coverage  all tests, and which lines and branches of the code they reach"
	@echo "make mutants   small changes to the code that no test notices; ROOMS=selection for one room"
	@echo "make viewer    lineage/viewer/dist, from lineage/viewer/src; needs npm"
	@echo "make docs      the documentation's site, in build/docs/site"
	@echo "make notebooks the results that are kept in notebooks/, from new runs"
	@echo "make pictures  those of the README and the docs, taken again"
	@echo "make dist      wheel and sdist, tried on each Python that is there, and with the oldest packages"
	@echo "make bench     the benchmarks; writes benchmarks/RESULTS.md; REV=… adds an earlier commit beside"
	@echo "make bench-compare REV=…   this checkout beside an earlier commit"

demo: $(VENV)/.installed
	@$(BIN)/lineage demo

notebook: $(VENV)/.notebook
	@$(BIN)/lineage demo > /dev/null
	$(BIN)/jupyter lab notebooks/quickstart.ipynb

# what both runs need is installed at once, in three jobs: most of that is waiting
test:
	@$(MAKE) --no-print-directory --jobs=3 check $(OLDEST)/.installed system
	@$(MAKE) --no-print-directory --jobs=2 newest oldest

# a worker more than there are processors: tests wait for browsers, servers and Metaflow's runtime
newest:
	$(PYTEST) -n 3

# with the oldest Metaflow that pyproject.toml declares, in an environment of its own; told when it has ended.
# Bad input is refused by code of ours, with any Metaflow: OLDEST_TESTS=tests/extension tries that, too
OLDEST_TESTS := $(addprefix tests/extension/test_,$(addsuffix .py,seed recording events parameters resume_and_spin \
	deployment argo_trigger beside_metaflow lazy_data broken_records))
oldest:
	@mkdir -p build
	@LINEAGE_TEST_PYTHON=$(OLDEST)/bin/python $(PYTEST) -n 1 -m oldest $(OLDEST_TESTS) > build/oldest.log 2>&1; \
	status=$$?; echo "With the oldest Metaflow:"; \
	if [ $$status -eq 0 ]; then tail -n 1 build/oldest.log; else cat build/oldest.log; exit $$status; fi

quick: $(VENV)/.test
	$(PYTEST) -n 2 -m quick --ignore tests/browser --ignore tests/package

# thousands of random lineages in every kind of source: SEEDS=from-to
SEEDS := 200-5000
FAULTS ?= 20-320
soak: $(VENV)/.test system
	LINEAGE_SEEDS=$(SEEDS) $(PYTEST) -n 2 --timeout 1800 tests/sources/test_differential.py
	LINEAGE_SEEDS=$(FAULTS) $(PYTEST) -n 2 --timeout 1800 tests/faults

check: $(VENV)/.test $(NODE:%=%/.installed)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@.ci/audit $(BIN)/pip-audit || echo "That does not fail the build; 'make audit' does"
	$(if $(NODE),$(NODE)/node_modules/.bin/biome check --error-on-warnings,@echo "npm is not there: the viewer's sources are not checked")

# not a part of what must hold: a vulnerability that is published tonight is no fault of tomorrow's change
audit: $(VENV)/.test
	.ci/audit $(BIN)/pip-audit

# pytest's own workers and all processes that tests start are measured: see [tool.coverage.run]
coverage: $(VENV)/.test system
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n 2 --dist loadscope --no-loadscope-reorder
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# on two processors half a minute for selection, ten and more for simulation or comparing
mutants: $(VENV)/.test
	$(INSTALL) $(VENV) --group mutants
	$(BIN)/python tools/mutants.py $(ROOMS)

viewer: .node/.installed
	node tools/build_viewer.mjs

docs: $(VENV)/.test
	$(BIN)/python tools/build_docs.py

notebooks: $(VENV)/.test system
	$(BIN)/python tools/fill_notebooks.py

pictures: $(VENV)/.test system
	$(BIN)/python tools/take_pictures.py

dist: $(VENV)/.test
	$(INSTALL) $(VENV) --group release
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python tools/try_dist.py dist

bench: $(VENV)/.test system
	$(BIN)/python -m benchmarks $(if $(REV),--against $(REV))

bench-compare: $(VENV)/.test
	$(BIN)/python -m benchmarks.compare $(REV)

# Chromium and PostgreSQL come from the system's packages, where there is apt
system:
	@.ci/system-packages

# setuptools warns of folders named like the package, at each editable install
EDITABLE := PYTHONWARNINGS=ignore

$(BIN)/python:
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing lineage and what it needs"
	@$(EDITABLE) $(INSTALL) $(VENV) --editable .
	@touch $@

$(VENV)/.notebook: $(VENV)/.installed
	@echo "Installing JupyterLab"
	@$(INSTALL) $(VENV) --group notebook
	@touch $@

$(VENV)/.test: $(VENV)/.installed
	@echo "Installing what the tests need"
	@$(EDITABLE) $(INSTALL) $(VENV) --editable ".[postgres]" --group dev
	@touch $@

.node/.installed: tools/package.json
	@echo "Installing what builds and checks the viewer"
	@mkdir -p .node && cp tools/package.json .node/
	@cd .node && npm install --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

$(OLDEST)/.installed: pyproject.toml | $(BIN)/python
	@echo "Making $(OLDEST) with the oldest Metaflow"
	@$(BIN)/python -m uv venv --quiet --clear --seed --python $(BIN)/python $(OLDEST)
	@# with dateutil 3, the first boto3 ever made would be chosen: it names no bound
	@$(INSTALL) $(OLDEST) metaflow==2.19.10 networkx msgspec kubernetes "python-dateutil<3"
	@$(EDITABLE) $(INSTALL) $(OLDEST) --no-deps --editable .
	@touch $@

clean:
	rm -rf $(VENV) $(OLDEST) .node demo screenshots build *.egg-info
