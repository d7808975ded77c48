#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds and runs the C++ tests under sanitizers, in build/asan and build/tsan.
#
#   scripts/sanitize.sh [all [CTEST_ARGS...]]    address and undefined behaviour, then threads
#   scripts/sanitize.sh address [CTEST_ARGS...]  AddressSanitizer and UndefinedBehaviorSanitizer
#   scripts/sanitize.sh thread [CTEST_ARGS...]   ThreadSanitizer, the tests that use threads
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# build_cpp_tests NAME CMAKE_ARGS...: builds the GoogleTest suite in build/NAME.
build_cpp_tests() {
  local directory="$BUILD/$1"
  shift
  cmake -S . -B "$directory" -G Ninja -DTVM_FFI_BUILD_TESTS=ON -DCMAKE_BUILD_TYPE=Debug "$@" >/dev/null
  cmake --build "$directory"
}

run_cpp_tests() {
  local directory="$BUILD/$1"
  shift
  ctest --test-dir "$directory" --output-on-failure --progress -j "$(nproc)" "$@"
}

address() {
  say "C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer"
  build_cpp_tests asan "-DTVM_FFI_SANITIZE=address,undefined" \
    -DCMAKE_CXX_FLAGS=-fno-sanitize-recover=all
  run_cpp_tests asan "$@"
}

# Those that use threads. SoLoader is left out: threads map and unmap libraries at the same addresses
# there, ordered by a lock inside the dynamic loader that ThreadSanitizer cannot see.
thread() {
  say "C++ concurrency tests under ThreadSanitizer"
  local threaded
  threaded=$(grep -l '<thread>' tests/cpp/*.cc tests/cpp/extra/*.cc | grep -v so_loader)
  threaded="$(printf '%s;' c_header_check.c ${threaded//tests\/cpp\//})"
  # As if no libbacktrace had been found: ThreadSanitizer cannot see the atomic operations in its archive.
  build_cpp_tests tsan -DTVM_FFI_SANITIZE=thread -DTVM_FFI_LIBBACKTRACE_LINKS=OFF \
    "-DTVM_FFI_CPP_TEST_FILES=$threaded"
  run_cpp_tests tsan -R 'Thread|Concurrent' "$@"
}

[[ "${1:-all}" =~ ^(all|address|thread)$ ]] ||
  die "unknown argument $1; usage: scripts/sanitize.sh [address|thread [CTEST_ARGS...]]"
need_command g++ g++
need_file /usr/include/gtest/gtest.h libgtest-dev
make_venv
pip_install "cmake>=3.20" ninja
[ $# -gt 0 ] || set -- all
if [ "$1" != thread ]; then address "${@:2}"; fi
if [ "$1" != address ]; then thread "${@:2}"; fi
