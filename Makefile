# PIP_ARGS is handed to every pip install, e.g. PIP_ARGS="--find-links /wheels" for a CPU build of torch.
PYTHON ?= python3
PIP_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.PHONY: demo demo-overfit test check bench calibration selftest bench-duplicates bench-train fuzz handoff clean

demo: $(INSTALLED)
	$(BIN)/tuneproof demo demo

demo-overfit: $(INSTALLED)
	$(BIN)/tuneproof demo --overfit demo-overfit

test: $(INSTALLED)
	$(BIN)/python -m pytest

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

bench: $(INSTALLED)
	$(BIN)/python -m tuneproof.tui.bench
	$(BIN)/python -m tuneproof.tui.bench_review --live

calibration: $(INSTALLED)
	$(BIN)/tuneproof calibrate --adjudicated tests/adjudicated.jsonl --markdown CALIBRATION.md

# Hours for the whole plan; what is recorded in selftest/ is never made twice.
selftest: $(INSTALLED)
	$(BIN)/tuneproof selftest selftest

# Beside its peers, which nothing but this needs.
bench-duplicates: $(INSTALLED)
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python tests/bench_duplicates.py

# Predicted against measured memory on random shapes, and the time of a run beside bare TRL. Wants a quiet machine.
bench-train: $(INSTALLED)
	$(BIN)/python -m tuneproof.tui.bench_train

fuzz: $(INSTALLED)
	$(BIN)/python -m tests.fuzz_documents --count 5000

# The other side of every hand-off, each in an environment of its own. llama-cpp-python is compiled: minutes.
handoff: $(INSTALLED)
	$(PYTHON) tests/handoff_environments.py .handoff $(BIN)/python $(PIP_ARGS)
	rm -f .handoff/report.txt
	TUNEPROOF_HANDOFF=$(CURDIR)/.handoff $(BIN)/python -m pytest -m slow tests/test_handoff.py
	cat .handoff/report.txt

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) --constraint constraints.txt --editable '.[offline,documents,test]'
	touch $@

clean:
	rm -rf $(VENV) demo demo-overfit build *.egg-info
