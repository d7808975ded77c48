# SPDX-License-Identifier: Apache-2.0
#
# The two commands of README.md, and a few for contributors.
.PHONY: demo test test-frameworks lint tidy sanitize fuzz bench docs clean

demo: ## build everything and run the main job
	@bash scripts/demo.sh

test: ## run all the tests
	@bash scripts/test.sh

test-frameworks: ## run the tests with torch, jax and ml_dtypes (downloads several GB once)
	@bash scripts/test_frameworks.sh

lint: ## check formatting, types and licence lines of all files, and mend what can be
	@bash scripts/lint.sh

tidy: ## run clang-tidy on the library and the extension
	@bash scripts/lint.sh tidy

sanitize: ## run the C++ tests under the address, undefined-behaviour and thread sanitizers
	@bash scripts/sanitize.sh

bench: ## measure against the published package and the bare-vectorcall floor
	@bash scripts/bench.sh

fuzz: ## run each fuzz target for a minute, or SECONDS=...
	@bash scripts/fuzz.sh $(or $(SECONDS),60)

clean: ## remove everything that the other commands made
	rm -rf build .venv .venv-frameworks .venv-published rust/target

docs: ## render the documentation into docs/_build
	@bash scripts/docs.sh
