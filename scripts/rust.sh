#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Everything about the Rust crates; the Python package must be installed (scripts/common.sh does it).
#   scripts/rust.sh          lints, documentation, tests
#   scripts/rust.sh format   rustfmt alone, which changes the files; needs no package
#   scripts/rust.sh clippy   clippy alone
#   scripts/rust.sh bench    criterion benchmarks, then calls beside the C++ rows of the same names
#   scripts/rust.sh asan     the tests under AddressSanitizer (needs a nightly toolchain)
#   scripts/rust.sh miri     what does not cross the language border, under Miri (needs nightly's miri)
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

MANIFEST="$ROOT/rust/Cargo.toml"

# The crates link the library of the installed package.
need_package() {
  make_venv
  command -v tvm-ffi-config >/dev/null || die "the package is not installed in ${VENV##*/}: run scripts/test.sh, or pip install ."
  LD_LIBRARY_PATH="$(tvm-ffi-config --libdir)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export LD_LIBRARY_PATH
}

# Which of cargo's parts a machine has differs: what is missing is skipped, and said to be.
has_component() {
  cargo "$1" --version >/dev/null 2>&1 && return
  say "SKIPPED: cargo $1 is not installed (rustup component add $2)"
  return 1
}

format() {
  has_component fmt rustfmt || return 0
  say "rustfmt"
  cargo fmt --manifest-path "$MANIFEST" --all "$@"
}

lint() {
  has_component clippy clippy || return 0
  say "clippy, where a warning is an error"
  cargo clippy --manifest-path "$MANIFEST" --workspace --all-targets -- -D warnings
}

check() {
  format --check
  lint
  say "Rust documentation, where a warning is an error"
  RUSTDOCFLAGS="-D warnings" cargo doc --manifest-path "$MANIFEST" --workspace --no-deps
  say "Rust tests"
  cargo test --manifest-path "$MANIFEST" --workspace
}

bench() {
  local manifest="$ROOT/rust/benches/Cargo.toml"
  export CARGO_TARGET_DIR="$ROOT/rust/target/benches"
  say "criterion benchmarks"
  cargo bench --manifest-path "$manifest" --bench operations
  say "calls, Rust and C++ in turn (nanoseconds)"
  cargo build --quiet --release --manifest-path "$manifest"
  local flags links native="$CARGO_TARGET_DIR/native_rows"
  flags=$(python -m tvm_ffi.config --cxxflags)
  links=$(python -m tvm_ffi.config --ldflags --libs)
  # shellcheck disable=SC2086
  c++ -O2 $flags "$ROOT"/benchmarks/native/*.cc -o "$native" ${links//$'\n'/ }
  for _ in 1 2 3; do
    printf 'Rust %s\nC++  %s\n' "$("$CARGO_TARGET_DIR/release/call_rows")" "$("$native" call)"
  done
}

# Without leak checks: the library keeps its registries for the life of the process.
asan() {
  cargo +nightly --version >/dev/null 2>&1 || die "a nightly toolchain is missing (rustup toolchain install nightly)"
  RUSTFLAGS=-Zsanitizer=address ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1 \
    cargo +nightly test --manifest-path "$MANIFEST" -p tvm-ffi --target "$(host)" \
    --target-dir "$ROOT/rust/target/asan" --lib --test suite
}

miri() {
  cargo +nightly miri --version >/dev/null 2>&1 ||
    die "Miri is missing (rustup component add miri --toolchain nightly)"
  # Objects, counts, text and bytes; whatever calls the library cannot run here.
  PROPTEST_CASES=8 MIRIFLAGS=-Zmiri-disable-isolation \
    cargo +nightly miri test --manifest-path "$MANIFEST" -p tvm-ffi --test suite \
    --target-dir "$ROOT/rust/target/miri" -- \
    properties::strings properties::bytes properties::shapes \
    soundness::the_only_reference soundness::objects_exchanged
}

host() { rustc -vV | sed -n 's/^host: //p'; }

need_cargo
[ "${1:-}" = format ] || need_package
case "${1:-check}" in
  check) check ;;
  format) format ;;
  clippy) lint ;;
  bench) bench ;;
  asan) asan ;;
  miri) miri ;;
  *) die "unknown argument $1" ;;
esac
