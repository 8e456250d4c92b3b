# Every command sets up what it needs; the second time that takes no time. Options: MBOX PROFILE SEED N PORT SEEDS.
.DEFAULT_GOAL := commands
.NOTPARALLEL:
.PHONY: commands demo emulators smoke test converge bench bench-search check static lock screenshots clean deploy doctor replay dev
PYTHON3 ?= python3
SET_UP := $(PYTHON3) -m infra.local.set_up
IN := .venv/bin
# A file's tests stay together, since they share what they start; files begin in their order, the short ones last.
ON_TWO_CORES := -p no:cacheprovider -n 2 --dist loadfile --no-loadscope-reorder

commands:
	@echo 'make demo         start everything on this machine and open a mailbox of real mail; Ctrl-C ends it'
	@echo 'make emulators    the demo on the Firestore and Pub/Sub emulators'
	@echo 'make smoke        the demo without a person: prints figures, exits 0 only if all of it worked'
	@echo 'make test         every check and test, emulators included'
	@echo 'make converge     random schedules of changes, faults and crashes; prints divergences'
	@echo 'make bench        the tables of docs/performance.md, measured on this machine; MEASURES='"'"'push load'"'"' some of them'
	@echo 'make bench-search how fast search answers among N messages, beside notmuch'
	@echo 'make check        format, lint, types, layering, docs, dangers, secrets'
	@echo 'make dev          real Gmail on this machine: PROJECT=… CLIENT_SECRET=client_secret.json'
	@echo 'make deploy       bring it to Google Cloud, or a new version of it: PROJECT=… CLIENT_SECRET=client_secret.json'
	@echo 'make doctor       look for what goes wrong after a deployment: PROJECT=…'
	@echo 'make replay       send every dead letter back to its topic: PROJECT=…'
	@echo 'make rotate-keys  wrap every key anew under the newest version of its master key: PROJECT=…, or the demo'"'"'s'
	@echo 'make lock         pin and hash the requirements anew'
	@echo 'make screenshots  take the pictures of docs/ anew'
	@echo 'make clean        forget the demo'"'"'s mail and everything downloaded'
	@echo
	@echo 'Options: MBOX=path (mbox or mbox.gz)  PROFILE=embedded|emulators  SEED=number  N=messages  PORT=port'

demo:
	@$(SET_UP) demo
	@exec $(IN)/python -m infra.local.stack

emulators: export PROFILE = emulators
emulators:
	@$(SET_UP) demo
	@exec $(IN)/python -m infra.local.stack

smoke:
	@$(SET_UP) smoke
	@exec $(IN)/python -m infra.local.smoke

bench:
	@$(SET_UP) bench
	@exec $(IN)/python -m tests.bench $(MEASURES)

bench-search:
	@$(SET_UP) bench
	@exec $(IN)/python -m tests.bench.search

check: static
	$(IN)/python -m pytest tests/infra tests/unit/gateway -q -p no:cacheprovider --ignore tests/infra/test_uploaded.py

# What is found without running the code.
static:
	@$(SET_UP) check
	$(IN)/ruff format --check .
	$(IN)/ruff check .
	$(IN)/mypy
	$(IN)/lint-imports
	$(IN)/check-jsonschema --quiet --builtin-schema vendor.cloudbuild cloudbuild.yaml
	$(IN)/python -m infra.local.check_docs
	$(IN)/bandit --quiet --configfile pyproject.toml --recursive main.py functions shared infra
	$(IN)/python -m infra.local.check_secrets

test: static
	@$(SET_UP) test
	@if [ -x .venv-3.13/bin/python ]; then .venv-3.13/bin/python -m pytest tests/unit -q $(ON_TWO_CORES); fi
	$(IN)/python -m pytest tests $(ON_TWO_CORES) --cov --cov-fail-under=95

converge:
	@$(SET_UP) check
	@exec $(IN)/python -m tests.converge

dev:
	@$(SET_UP) dev
	@exec $(IN)/python -m infra.local.dev

deploy:
	@$(SET_UP) check
	@exec $(IN)/python -m infra.deploy

doctor:
	@$(SET_UP) check
	@exec $(IN)/python -m infra.doctor

replay:
	@$(SET_UP) check
	@exec $(IN)/python -m infra.doctor.replay

rotate-keys:
	@$(SET_UP) demo
	@exec $(IN)/python -m infra.local.rotate_keys

lock:
	@$(SET_UP) lock
	$(IN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url -o requirements.txt requirements.in
	$(IN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url -o requirements-dev.txt requirements-dev.in

screenshots:
	@$(SET_UP) screenshots
	@exec $(IN)/python -m infra.local.screenshots

clean:
	rm -rf .data .cache .venv .venv-3.13 .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
