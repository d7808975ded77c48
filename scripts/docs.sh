#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Renders the documentation; a warning is an error.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

make_venv
pip_install sphinx furo myst-parser
python -m sphinx -W -q -b html docs docs/_build
say "documentation in docs/_build/index.html"
