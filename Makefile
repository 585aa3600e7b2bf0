# The commands of the house. `make help` lists them; scripts/ holds what they do.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ARGS ?=

.PHONY: help demo test bench fmt assets bootstrap

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## build what is missing and run the product with a simulated city (ARGS="--listen 127.0.0.1:8080")
	@scripts/bootstrap.sh demo
	@scripts/assets.sh
	@cargo build --profile demo --locked --package huying
	@exec target/demo/huying demo $(ARGS)

test: ## run every test: formatting, clippy, tsc, Rust, browser
	@scripts/bootstrap.sh test
	@scripts/test.sh $(ARGS)

bench: ## measure: decide, locate, lifecycle, divan, pages, watching; ARGS="watching --seconds 20" runs one (times are never asserted)
	@scripts/bootstrap.sh demo
	@scripts/assets.sh
	@scripts/bench.sh $(ARGS)

fmt: ## format the Rust sources
	@cargo fmt --all

assets: ## build the web assets into web/dist
	@scripts/bootstrap.sh demo
	@scripts/assets.sh

bootstrap: ## install or name everything that `make test` needs
	@scripts/bootstrap.sh test
	@echo "Everything that make test needs is here."
