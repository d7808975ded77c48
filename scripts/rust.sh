#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Everything about the Rust crates; the Python package must be installed (scripts/common.sh does it).
#   scripts/rust.sh          lints, documentation, tests
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

need_cargo
make_venv
command -v tvm-ffi-config >/dev/null || die "the package is not installed in ${VENV##*/}: run scripts/test.sh, or pip install ."
export LD_LIBRARY_PATH="$(tvm-ffi-config --libdir)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
MANIFEST="$ROOT/rust/Cargo.toml"

# Which of cargo's parts a machine has differs: what is missing is skipped, and said to be.
has_component() {
  cargo "$1" --version >/dev/null 2>&1 && return
  say "SKIPPED: cargo $1 is not installed (rustup component add $2)"
  return 1
}

check() {
  if has_component fmt rustfmt; then
    say "rustfmt"
    cargo fmt --manifest-path "$MANIFEST" --all --check
  fi
  if has_component clippy clippy; then
    say "clippy, where a warning is an error"
    cargo clippy --manifest-path "$MANIFEST" --workspace --all-targets -- -D warnings
  fi
  say "Rust documentation, where a warning is an error"
  RUSTDOCFLAGS="-D warnings" cargo doc --manifest-path "$MANIFEST" --workspace --no-deps
  say "Rust tests"
  cargo test --manifest-path "$MANIFEST" --workspace
}

case "${1:-check}" in
  check) check ;;
  *) die "unknown argument $1" ;;
esac
