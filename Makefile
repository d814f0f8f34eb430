# Every target makes its own .venv; nothing is needed but make and Python 3.11, 3.12, 3.13 or 3.14.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
CORE := $(VENV)/.installed
TEST := $(VENV)/.installed-test
VIZ := $(VENV)/.installed-viz
DOCS := $(VENV)/.installed-docs

.DEFAULT_GOAL := help
.PHONY: help reforms how-sure test quick bounds lowest benchmark app site clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "make PYTHON=python3.12 ... uses another Python; make reforms ARGS='--replicates 4' passes options on"

reforms: $(CORE) ## run the main experiment over draws, some ten minutes on two cores, into results/reforms
	$(RUN) -m experiments run reforms $(ARGS)

how-sure: $(CORE) ## the main reforms over draws of the posterior, some ten minutes on two cores, into results/how-sure
	$(RUN) -m experiments run how-sure $(ARGS)

test: $(TEST) ## check style and types, and run every test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy abm experiments
	$(RUN) -m pytest $(ARGS)

quick: $(TEST) ## run the unit tests, under a minute
	$(RUN) -m pytest tests/unit $(ARGS)

bounds: $(TEST) ## run unit and verification tests with every array index checked, compiled into a cache of their own
	NUMBA_BOUNDSCHECK=1 BRAIN_GAIN_CACHE="$(CURDIR)/$(VENV)/checked" $(RUN) -m pytest tests/unit tests/verification $(ARGS)

lowest: ## run the model's tests with the lowest versions of the libraries that we allow, on Python 3.11
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-lowest.txt \
		--editable . hypothesis pytest
	$(VENV)-lowest/bin/python -m pytest tests/unit tests/verification $(ARGS)

benchmark: $(CORE) ## time the model on this machine
	$(RUN) -m experiments benchmark $(ARGS)

app: $(VIZ) ## open the model in the browser, on this machine alone; ARGS='--host 0.0.0.0' opens it to others, ARGS=--mesa is Mesa's page
	$(RUN) -m experiments app $(ARGS)

site: $(DOCS) ## build the documentation as a site into build/site, to be read from the disk or served by anything
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict $(ARGS)
	@echo "open $(CURDIR)/build/site/index.html"

clean: ## remove the environment and everything tools left behind; results stay
	rm -rf $(VENV) $(VENV)-lowest build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
		{ echo "$(PYTHON) is not Python 3.11, 3.12, 3.13 or 3.14; name one that is: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "$(PYTHON) cannot make an environment; Debian and Ubuntu have it in python3-venv" >&2; exit 2; }

$(CORE): setup.cfg pyproject.toml | $(RUN)
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(TEST): setup.cfg pyproject.toml | $(RUN)
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(CORE) $(VIZ) $(DOCS)

$(VIZ): setup.cfg pyproject.toml | $(RUN)
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[viz]'
	@touch $@ $(CORE)

$(DOCS): setup.cfg pyproject.toml | $(RUN)
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@ $(CORE)
