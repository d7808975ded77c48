# SPDX-License-Identifier: Apache-2.0
#
# The two commands of README.md, and a few for contributors.
.PHONY: demo test test-frameworks bench fuzz docs clean

demo: ## build everything and run the main job
	@bash scripts/demo.sh

test: ## run all the tests
	@bash scripts/test.sh

test-frameworks: ## run the tests with torch, jax and ml_dtypes (downloads several GB once)
	@bash scripts/test_frameworks.sh

bench: ## measure against the published package and the bare-vectorcall floor
	@bash scripts/bench.sh

fuzz: ## run each fuzz target for a minute, or SECONDS=...
	@bash scripts/fuzz.sh $(or $(SECONDS),60)

clean: ## remove everything that the other commands made
	rm -rf build .venv .venv-frameworks .venv-published rust/target

docs: ## render the documentation into docs/_build
	@bash scripts/docs.sh
