# Every target is a line one could type. `make` alone lists them.
PYTHON ?= python3
# Where CUDA is not wanted, e.g. TORCH_OPTIONS="--index-url ..." with the CPU address that pytorch.org shows.
TORCH ?= torch==2.13.0
TORCH_OPTIONS ?=
# Scene quality: l m h p k are 480p15 720p30 1080p60 1440p60 2160p60.
QUALITY ?= h
WORKERS ?= auto

RUN = .venv/bin/python
# The arrays are small: several BLAS threads to a process only get in each other's way.
export OPENBLAS_NUM_THREADS ?= 1
RENDER_READY = .venv/.ready-render
DEV_READY = .venv/.ready-dev
DOCS_READY = .venv/.ready-docs

.DEFAULT_GOAL := help
.PHONY: help setup video chapter test style check format poster docs train-gpu train-cpu record clean

help: ## show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(DEV_READY) ## install everything: to render, to test and to train
	@echo "Ready: make video, make test"

video: $(RENDER_READY) ## render AttentionPattern at 1080p60 and say where it is
	$(RUN) render.py AttentionPattern -q $(QUALITY)

chapter: $(RENDER_READY) ## render a whole chapter: make chapter N=2
	@test -n "$(N)" || { echo "Which chapter? Type e.g.: make chapter N=2"; exit 2; }
	$(RUN) render.py --chapter $(N) -q $(QUALITY)

test: $(DEV_READY) ## run the tests
	$(RUN) -m pytest -n $(WORKERS) --dist loadfile

style: $(DEV_READY) ## style, types, architecture
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	.venv/bin/lint-imports

check: style test ## all of it: style, types, architecture, tests

format: $(DEV_READY) ## put the code into its usual form
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

poster: $(RENDER_READY) ## draw the trailer and make the poster and the README's animation of it
	$(RUN) render.py Trailer -q m
	$(RUN) -m rendering.poster media/clips/ch09_trailer/Trailer_720p30.mp4

docs: $(DOCS_READY) ## render the gallery and build the documentation into site/, without a network
	STORY_THEME=light $(RUN) -m scenes.pictures docs/pictures & light=$$!; \
	$(RUN) -m scenes.pictures docs/pictures && wait $$light
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict --quiet
	@echo "Open site/index.html"

train-gpu: $(DEV_READY) ## train both networks anew on a CUDA GPU
	$(RUN) -m model.training model/configs/storybook.yaml --device cuda
	$(RUN) -m model.training model/configs/shakespeare.yaml --device cuda
	$(MAKE) record

train-cpu: $(DEV_READY) ## train smaller ones on the CPU, an hour or less each
	$(RUN) -m model.training model/configs/storybook-cpu.yaml --device cpu
	$(RUN) -m model.training model/configs/shakespeare-cpu.yaml --device cpu
	$(MAKE) record

record: $(DEV_READY) ## probe trained networks: picks for the scenes, recordings of the training
	$(RUN) -m model.probing storybook
	$(RUN) -m model.probing shakespeare
	$(RUN) -m model.recording storybook
	$(RUN) -m model.recording shakespeare

clean: ## remove .venv, rendered media and caches (not checkpoints)
	rm -rf .venv media site docs/pictures/dark docs/pictures/light .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RENDER_READY): pyproject.toml tools/system-libraries
	@PYTHON="$(PYTHON)" tools/system-libraries
	test -x $(RUN) || $(PYTHON) -m venv .venv
	$(RUN) -m pip install --editable .
	@touch $@

# torch comes first and by itself, so that TORCH_OPTIONS concern nothing else.
$(DEV_READY): $(RENDER_READY)
	@PYTHON="$(PYTHON)" tools/system-libraries tests
	$(RUN) -m pip install $(TORCH_OPTIONS) "$(TORCH)"
	$(RUN) -m pip install --editable ".[dev,train]"
	@touch $@

$(DOCS_READY): $(RENDER_READY)
	$(RUN) -m pip install --editable ".[docs]"
	@touch $@
