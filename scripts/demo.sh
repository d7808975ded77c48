#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds everything and runs the main job: a module from bytes in Python, C++ and Rust.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

need_cargo
install_package
say "loading a module from bytes in Python, C++ and Rust"
python examples/load_from_bytes/run.py
