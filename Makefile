# make run    a sample community on http://localhost:8501
# make test   everything that must hold
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: run serve test lint format words bench screenshots clean

run: .venv/.installed
	@echo "Starting …"
	@LINLI_DEMO=1 $(BIN)/python server.py --sample

serve: .venv/.installed
	@echo "Starting …"
	@$(BIN)/python server.py

test: .venv/.dev lint
	$(BIN)/python -m pytest -n 3 --dist loadfile

lint: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Collect the texts of the code into the catalogues; tests fail while one is not translated.
words: .venv/.dev
	$(BIN)/python -m locales

bench: .venv/.dev
	$(BIN)/python -m tests.bench server

screenshots: .venv/.dev
	$(BIN)/python -m docs.screenshots

.venv/.installed: requirements.txt
	@echo "Installing what Linli needs. The first time this takes a minute or two."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements.txt
	@touch $@

.venv/.dev: .venv/.installed requirements-dev.txt
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv
