#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs every test: C++ (plain and under sanitizers), Python, cross-language, ABI, Rust.
# Each runner prints its own summary line; the first failure ends the script.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

need_command cargo cargo
need_command make make
need_file /usr/include/gtest/gtest.h libgtest-dev
need_file /usr/include/gmock/gmock.h libgmock-dev
install_package
pip_install pytest pytest-timeout

# cpp_tests NAME CTEST_ARGS... -- CMAKE_ARGS...: builds and runs the GoogleTest suite in build/NAME.
cpp_tests() {
  local directory="$BUILD/$1" ctest_args=()
  shift
  while [ "$1" != -- ]; do ctest_args+=("$1"); shift; done
  shift
  cmake -S . -B "$directory" -G Ninja -DTVM_FFI_BUILD_TESTS=ON "$@" >/dev/null
  cmake --build "$directory"
  ctest --test-dir "$directory" --output-on-failure --progress -j "$(nproc)" "${ctest_args[@]}"
}

say "C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer"
cpp_tests asan -- -DCMAKE_BUILD_TYPE=Debug "-DTVM_FFI_SANITIZE=address,undefined" \
  -DCMAKE_CXX_FLAGS=-fno-sanitize-recover=all

say "C++ concurrency tests under ThreadSanitizer"
cpp_tests tsan -R Concurren -- -DCMAKE_BUILD_TYPE=Debug -DTVM_FFI_SANITIZE=thread

say "Python, cross-language and ABI tests"
python -m pytest -q -p no:cacheprovider tests

say "Rust tests"
export LD_LIBRARY_PATH="$(tvm-ffi-config --libdir)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
cargo test --manifest-path rust/Cargo.toml --workspace
