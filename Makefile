# `make demo` and `make test` do all the set-up themselves, and again only when what is to be installed has changed.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet -c constraints.txt
WANTED := pyproject.toml constraints.txt

# One thread for each worker, and none that spins while it waits: on two cores anything else is slower.
QUIET := OMP_WAIT_POLICY=PASSIVE OMP_NUM_THREADS=1
WORKERS ?= 2

.PHONY: help demo test lint help-text docs models clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.installed ## Install into .venv, and make a melody, a picture, a walk and a contact sheet in works/.
	$(BIN)/artengine render --plugin melody-rnn --seed 7 --bars 16 --format mid,musicxml,png --output works
	$(BIN)/artengine render --plugin image-cppn --seed 7 --size 1600x1000 --output works/picture.png
	$(BIN)/artengine interpolate --plugin image-cppn --from 7 --via 12 --to 3 --loop --frames 60 --size 320x200 \
	  --output works/walk.webp
	$(BIN)/artengine render --plugin image-gan --seed 1 --grid 10x5 --truncation 0.8 --size 64x64 --enlarge pixels \
	  --output works/sheet.png

test: $(VENV)/.installed-dev ## Install into .venv with what the tests need, and run them.
	$(QUIET) $(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/.installed-dev ## Check style and types.
	$(BIN)/ruff check
	$(BIN)/mypy

help-text: $(VENV)/.installed ## Write the text of `artengine --help` anew, after a change to a verb.
	$(BIN)/python -m artengine.cli.helptext

docs: $(VENV)/.installed ## Write the pages of docs/ that are made from the source and from --help anew.
	$(BIN)/python docs/generate.py

models: $(VENV)/.installed ## Train the models that ship anew (two hours or so), into build/models/models/.
	mkdir -p build/models
	$(BIN)/artengine --studio build/models train --plugin melody-rnn --corpus folk --model folk --precision bf16
	$(BIN)/artengine --studio build/models train --plugin melody-transformer --corpus folk --model melody-transformer-folk \
	  --precision bf16 --set fall=2000 --set batch_size=16 --set rate=0.004 --set layers=3 --set dropout=0.1 --set blind=0
	$(BIN)/artengine --studio build/models train --plugin melody-transformer --corpus bach-chorales \
	  --model melody-transformer-chorales --precision bf16 --set voices=4 --set fall=1000 --set batch_size=64 --set rate=0.003 \
	  --set layers=2 --set dropout=0.3 --set blind=0.15 --set context=64
	$(BIN)/artengine --studio build/models train --plugin poetry-rnn --corpus english-verse --model english --precision bf16 \
	  --steps 2700 --set fall=2700 --set dropout=0.05 --set pieces=2000 --set memory=2 --set embedding=96 --set language=en
	$(BIN)/artengine --studio build/models train --plugin poetry-rnn --corpus tang --model tang --precision bf16 \
	  --steps 1300 --set fall=1300 --set dropout=0.25 --set units=160 --set embedding=40 --set memory=1 --set batch_size=32 \
	  --set language=zh
	$(BIN)/artengine --studio build/models train --plugin poetry-transformer --corpus english-verse \
	  --model english-transformer --precision bf16 --steps 1800 --set fall=1800 --set dropout=0.05 --set pieces=1000 \
	  --set memory=2 --set width=112 --set heads=4 --set language=en
	$(BIN)/python -m artengine_image.recipe_eye --out build/models/eye.safetensors
	$(BIN)/artengine --studio build/models train --plugin image-gan --corpus atelier --pictures 10000 --model gan-atelier \
	  --set label=school --set fall=7500 --set rate=0.001 --set penalty=0.05
	$(BIN)/artengine --studio build/models train --plugin image-gan --corpus crawl-tiles --only monster --model creatures \
	  --set label=none --set fall=9000 --set flip=true
	$(BIN)/artengine --studio build/models train --plugin image-vae --corpus atelier --pictures 3000 --model vae-atelier \
	  --precision bf16 --set label=school --set likelihood=laplace --set colours=8 --set width=16 --set rate=0.005 \
	  --set fall=1000
	$(BIN)/artengine --studio build/models train --plugin image-cppn --corpus atelier --pictures 3000 --model cppn-atelier \
	  --precision bf16 --set label=school --set likelihood=laplace --set colours=8 --set width=16 --set rate=0.005 \
	  --set fall=1800

clean: ## Remove .venv and what was built.
	rm -rf $(VENV) build dist

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Editable, so that a change to the source needs no other install; a new entry point in pyproject.toml does.
$(VENV)/.installed: $(WANTED) | $(VENV)/bin/python
	$(PIP) -e .
	@touch $@

$(VENV)/.installed-dev: $(WANTED) | $(VENV)/bin/python
	$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.installed
