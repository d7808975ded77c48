#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the tests with torch, jax, paddle and ml_dtypes, which are too large for the ordinary test
# run: the package is installed beside them in a virtual environment of its own, .venv-frameworks.
# TORCH and JAX choose other versions, for example TORCH='torch<2.10'.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

VENV="$ROOT/.venv-frameworks"
install_package
say "installing torch, jax and paddle (several GB, once)"
pip_install "${TORCH:-torch}" "${JAX:-jax}" paddlepaddle ml_dtypes pytest pytest-timeout "markdown-it-py>=3"

say "frameworks"
python -m pytest -q -p no:cacheprovider tests/frameworks
