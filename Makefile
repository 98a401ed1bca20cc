# `make demo` shows it, `make test` proves it, `make check` is what a commit has to pass.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# One more than there are cores: a good part of the tests waits for processes that were killed.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
TEST_SETTINGS := DJANGO_SETTINGS_MODULE=tests.settings ENV_FILE=tests/test.env

.PHONY: demo demo-reset screenshots test thorough faults bench-webhooks bench-slow-upstream bench-search check lint format types lock messages clean

demo: $(STAMP)
	@$(BIN)/python manage.py demo

demo-reset: $(STAMP)
	@$(BIN)/python manage.py demo --reset

# The pictures of docs/templates.md, anew: a demo of their own, every template in both modes on phone and desk.
screenshots: $(STAMP)
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

# Everything CI runs. Installs what the browser and SQL Server tests need where it may.
test: $(STAMP)
	@sh tools/install-test-packages.sh
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

# What docs/reliability.md promises, in full: processes are killed for about half an hour. ARGS="-k redis" for a part.
faults: $(STAMP)
	@sh tools/install-test-packages.sh
	@FAULTS=long TESTS=long $(BIN)/pytest tests/faults -p no:cacheprovider -v --capture=no $(ARGS)

# Every width in both colour modes, every race on SQLite, too, more random looks: CI takes a part of these.
thorough: $(STAMP)
	@sh tools/install-test-packages.sh
	@TESTS=long $(BIN)/pytest tests/browser tests/store tests/studio -p no:cacheprovider $(ARGS)

bench-webhooks: $(STAMP)
	@$(BIN)/python -m bench.webhooks $(ARGS)

bench-slow-upstream: $(STAMP)
	@$(BIN)/python -m bench.slow_upstream $(ARGS)

bench-search: $(STAMP)
	@$(BIN)/python -m bench.search $(ARGS)

check: lint types test

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djade --check $$(git ls-files 'templates/**/*.html')
	$(BIN)/lint-imports
	$(TEST_SETTINGS) $(BIN)/python manage.py check --fail-level WARNING
	$(TEST_SETTINGS) $(BIN)/python manage.py makemigrations --check --dry-run

types: $(STAMP)
	$(TEST_SETTINGS) $(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djade $$(git ls-files 'templates/**/*.html')

# The words of the German store, after any change of a text. Needs GNU gettext (apt-get install gettext); the
# .mo is Babel's work and committed, so that running the store needs neither. docs/translations.md
messages: $(STAMP)
	$(TEST_SETTINGS) $(BIN)/python manage.py makemessages --all --no-wrap --no-location --no-obsolete \
	  --ignore .venv --ignore sandbox --ignore tests --ignore .demo --ignore var
	@for po in locale/*/LC_MESSAGES/django.po; do \
	  sed 's/^"POT-Creation-Date: .*/"POT-Creation-Date: 2026-01-01 00:00+0000\\n"/' $$po >$$po.new && mv $$po.new $$po; done
	@$(BIN)/pybabel compile -d locale -D django --statistics

# After a change of the dependencies in pyproject.toml. No index address gets into the files.
lock: $(STAMP)
	$(BIN)/uv pip compile -q pyproject.toml --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-header -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml --group dev --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-header -o requirements-dev.txt

# The .pth lets `gunicorn config.wsgi` and `celery -A config` start from any directory.
$(STAMP): requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements-dev.txt names (once)..."
	@test -x $(BIN)/uv || $(BIN)/python -m pip install -q --disable-pip-version-check "uv>=0.9,<1"
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync -q --require-hashes requirements-dev.txt
	@echo "$(CURDIR)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/mango.pth"
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache staticfiles
