#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Formats and lints.
#
#   scripts/lint.sh              all hooks of .pre-commit-config.yaml on all files of the repository
#   scripts/lint.sh HOOK...      these hooks only, e.g. `clang-format ruff-format`
#   scripts/lint.sh tidy [FILE...]  clang-tidy (.clang-tidy) on the sources of the library, or on FILEs
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

tidy() {
  pip_install "cmake>=3.20" ninja "nanobind>=2.4" "clang-tidy==23.1.4"
  cmake -S . -B "$BUILD/tidy" -G Ninja -DTVM_FFI_BUILD_PYTHON_MODULE=ON >/dev/null
  # shellcheck disable=SC2046
  [ $# -gt 0 ] || set -- $(git ls-files 'src/*.cc' 'python/tvm_ffi/nanobind/*.cc')
  say "clang-tidy"
  printf "%s\n" "$@" | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p "$BUILD/tidy"
}

hooks() {
  git rev-parse --git-dir >/dev/null 2>&1 || { say "SKIPPED: no git checkout, nothing to lint"; return; }
  pip_install "pre-commit>=4,<5"
  [ $# -gt 0 ] || { pre-commit run --all-files --show-diff-on-failure; return; }
  for hook in "$@"; do pre-commit run "$hook" --all-files; done
}

make_venv
if [ "${1:-}" = tidy ]; then
  tidy "${@:2}"
else
  hooks "$@"
fi
