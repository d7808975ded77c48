#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Renders the documentation; a warning is an error, and so is a link within the site that leads
# nowhere. BUILD_CPP_DOCS=0 and BUILD_RUST_DOCS=0 leave out the references that take longest, and then
# links are not checked.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

: "${BUILD_CPP_DOCS:=1}" "${BUILD_RUST_DOCS:=1}"
export BUILD_CPP_DOCS BUILD_RUST_DOCS
[ "$BUILD_CPP_DOCS" = 0 ] || need_command doxygen doxygen
[ "$BUILD_RUST_DOCS" = 0 ] || need_cargo
make_venv
# The Python reference is read from the installed package.
command -v tvm-ffi-config >/dev/null || install_package
pip_install -r docs/requirements.txt
rm -rf docs/_build # pages that are gone would stay there, and their links be checked
python -m sphinx -W --keep-going -q -j auto -b html docs docs/_build
[ "$BUILD_CPP_DOCS$BUILD_RUST_DOCS" != 11 ] || python tests/docs/check_site_links.py docs/_build
say "documentation in docs/_build/index.html"
