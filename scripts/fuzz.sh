#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds and runs the fuzz targets of tests/fuzz.
#
#   scripts/fuzz.sh --short [TARGET...]    a fixed number of inputs each, the same every time
#   scripts/fuzz.sh SECONDS [TARGET...]    for a time each; keeps what it learns in build/fuzz/corpus
#
# An input that a target fails on is kept in build/fuzz/failures; run it again alone with
# `build/fuzz/build/tests/fuzz/TARGET FILE`.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -ge 1 ] || die "usage: scripts/fuzz.sh --short|SECONDS [TARGET...]"
mode=$1
shift
case "$mode" in
  --short) limit="-runs=20000 -seed=1" ;;
  *[!0-9]*) die "$mode is not a number of seconds" ;;
  *) limit="-max_total_time=$mode" ;;
esac

need_clang
make_venv
pip_install "cmake>=3.20" ninja
work="$BUILD/fuzz"

say "building the fuzz targets with $CLANGXX"
# CMake drops its options when the compiler changes, so another one starts afresh.
grep -qs "^CMAKE_CXX_COMPILER:.*=$CLANGXX\$" "$work/build/CMakeCache.txt" || rm -rf "$work/build"
cmake -S . -B "$work/build" -G Ninja -DTVM_FFI_BUILD_FUZZERS=ON -DCMAKE_C_COMPILER="$CLANG" \
  -DCMAKE_CXX_COMPILER="$CLANGXX" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 >/dev/null
cmake --build "$work/build" --target fuzzers

if [ $# -eq 0 ]; then
  for source in tests/fuzz/fuzz_*.cc; do set -- "$@" "$(basename "$source" .cc)"; done
fi
mkdir -p "$work/corpus" "$work/failures"

# fuzz TARGET: one run. New inputs go into the first folder; a short run starts from the seeds alone.
fuzz() {
  local target=$1 corpus="$work/corpus/$1" log="$work/$1.log"
  [ "$mode" != --short ] || { corpus="$work/short/$target" && rm -rf "$corpus"; }
  mkdir -p "$corpus"
  # Bounds for one input: 20 seconds, 2 GiB. $limit is two options.
  # shellcheck disable=SC2086
  if "$work/build/tests/fuzz/$target" $limit -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -dict=tests/fuzz/tokens.dict -artifact_prefix="$work/failures/$target-" \
    "$corpus" "tests/fuzz/seeds/$target" >"$log" 2>&1; then
    printf '%s: %s\n' "$target" "$(grep '^Done' "$log")"
  else
    cat "$log"
    printf 'error: %s failed\n' "$target" >&2
    return 1
  fi
}

say "fuzzing"
running=()
for target in "$@"; do
  # As many at once as there are processors.
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
  fuzz "$target" &
  running+=($!)
done
failed=0
for process in "${running[@]}"; do wait "$process" || failed=1; done
[ "$failed" = 0 ] || die "a fuzz target failed; its input is in $work/failures"
