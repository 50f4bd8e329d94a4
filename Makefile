# Everything a person types. Needs Python 3.11 or newer, make, and a package registry.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test check run bench bench-field eval coverage diagram test-peers soak soak-postgres scale fuzz-mail fuzz-chats test-mail lock clean

demo: $(VENV)/.ready
	@$(BIN)/python -m bot demo

# All tests, then once more all that say a word, in a language whose every text is ⟦…⟧: a sentence
# that sits in code would show.
test: $(VENV)/.ready
	@$(BIN)/python -m pytest -q -n auto --dist worksteal
	@$(BIN)/python -m tests.pseudo var/pseudo
	@BYP_CONTENT=var/pseudo KILLS=4 $(BIN)/python -m pytest -q -n auto --dist worksteal

check: $(VENV)/.ready
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m bot check

run: $(VENV)/.ready
	@$(BIN)/python -m bot run

bench: $(VENV)/.ready
	@$(BIN)/python -m benchmarks.turns
	@$(BIN)/python -m benchmarks.draft_check
	@$(BIN)/python -m benchmarks.answers
	@$(MAKE) --no-print-directory bench-field

# Ours and what people would use instead, on one workload in one run. ROUNDS=3 SECONDS=5
# PROGRAMS=product,floor SKIP=stored narrow or widen it. Needs npm, a C compiler and the package registries.
bench-field: $(VENV)/.ready
	@test -x $(PEERS)/bench/bin/python || $(PYTHON) -m venv $(PEERS)/bench
	@$(PEERS)/bench/bin/pip install -q -r benchmarks/peers/requirements.txt
	@mkdir -p $(PEERS)/node && cp benchmarks/peers/node/* $(PEERS)/node
	@npm_config_nodedir=$$(dirname $$(dirname $$(command -v node))) npm install --prefix $(PEERS)/node --no-audit --no-fund --silent
	@$(CC) -O2 -w -o $(PEERS)/load benchmarks/peers/load.c
	@PEERS=$(CURDIR)/$(PEERS) $(BIN)/python -m benchmarks.field

# How well the draft check and the safety phrases do on posts they were not written from.
eval: $(VENV)/.ready
	@$(BIN)/python -m benchmarks.draft_eval

coverage: $(VENV)/.ready
	@$(BIN)/python -m pytest -q -n auto --cov --cov-report=term-missing:skip-covered

# After a change of dialogs/flow.yaml.
diagram: $(VENV)/.ready
	@$(BIN)/python -m bot diagram --format svg --out docs/flow.svg
	@$(BIN)/python -m bot diagram --format mermaid --out docs/flow.mmd

# Optional: the stories against servers that others wrote. Needs npm and the package registries.
PEERS ?= .peers
test-peers: $(VENV)/.ready
	@mkdir -p $(PEERS)
	@echo '{"private": true, "overrides": {"spiceflow": "1.19.0"}}' > $(PEERS)/package.json
	@npm install --prefix $(PEERS) --no-audit --no-fund --silent telegram-test-api@4.2.1 discord-digital-twin@0.1.1
	@test -x $(PEERS)/python/bin/python || $(PYTHON) -m venv $(PEERS)/python
	@$(PEERS)/python/bin/pip install -q telemelya==0.2.2 fakeredis==2.40.0
	@PEERS=$(abspath $(PEERS)) $(BIN)/python -m pytest -q tests/peers/peer_telegram.py tests/peers/peer_discord.py

# One virtual environment, from the lock: exact versions, every file checked against its hash.
$(VENV)/.ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=…")'
	@echo "Setting up $(VENV) (once, about half a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The long versions of what `make test` does in short.
soak: $(VENV)/.ready
	@BYP_KILLS=1000 BYP_EVERY=1 $(BIN)/python -m pytest -q tests/test_death_points.py tests/test_deaths.py -k 'killed_at_random or every_step'

# Three processes on one PostgreSQL server, 1,000 parents, one killed every 3 to 5 seconds for five minutes.
soak-postgres: $(VENV)/.ready
	@BYP_PARENTS=1000 BYP_SECONDS=300 BYP_KILL_EVERY=4 $(BIN)/python -m pytest -q tests/test_soak_postgres.py

# What a turn costs of processes and database, and what a council and the country would need; see docs/scale.md.
scale: $(VENV)/.ready
	@$(BIN)/python -m benchmarks.scale

fuzz-mail: $(VENV)/.ready
	@BYP_LETTERS=100000 $(BIN)/python -m pytest -q -n auto tests/test_fuzz_mail.py
	@BYP_GUESSES=100000 BYP_MUTANTS=60 $(BIN)/python -m pytest -q -n auto tests/test_tokens.py tests/test_fuzz_replies.py

fuzz-chats: $(VENV)/.ready
	@BYP_MUTATED=10000 $(BIN)/python -m pytest -q -n auto tests/test_telegram_updates.py tests/test_discord_events.py

# As root on Debian, after: apt-get install --no-install-recommends postfix dovecot-imapd
test-mail: $(VENV)/.ready
	@$(BIN)/python -m pytest -q tests/mailhost/host_mail.py

# Needs uv. Writes versions and hashes, no addresses.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --no-annotate -q pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --no-annotate -q pyproject.toml --extra dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
