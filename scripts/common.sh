# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Sourced by the other scripts: finds or installs what a fresh machine lacks, and prepares the
# virtual environment .venv with this package installed in it.

set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV="$ROOT/.venv"
BUILD="$ROOT/build"
cd "$ROOT"

say() { printf '\n== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# need_command COMMAND DEBIAN_PACKAGE: makes sure COMMAND exists, installing the package if it may.
need_command() {
  command -v "$1" >/dev/null 2>&1 && return
  install_debian "$2"
  command -v "$1" >/dev/null 2>&1 || die "\`$1\` is missing. Install it (Debian: apt-get install $2)."
}

# need_cargo: a cargo that the crates build with (rust-version in rust/tvm-ffi/Cargo.toml). Debian 12's
# own is older, so it is checked, not only looked for.
need_cargo() {
  need_command cargo cargo
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$ROOT/rust/tvm-ffi/Cargo.toml")
  found=$(cargo --version | cut -d' ' -f2)
  [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
    die "cargo $wanted or newer is needed, and this machine has $found. Install a newer Rust toolchain."
}

# need_file FILE DEBIAN_PACKAGE: the same for a file.
need_file() {
  [ -e "$1" ] && return
  install_debian "$2"
  [ -e "$1" ] || die "$1 is missing. Install it (Debian: apt-get install $2)."
}

# need_clang: sets and exports CLANG and CLANGXX, a Clang that has the runtime of libFuzzer; the one
# that CLANGXX names already, if it does.
need_clang() {
  find_clang && return
  install_debian clang
  local major
  major=$(clang -dumpversion 2>/dev/null | cut -d. -f1) || true
  install_debian "libclang-rt-${major:-14}-dev"
  find_clang || die "a Clang with libFuzzer is missing. Install it (Debian: apt-get install clang libclang-rt-${major:-14}-dev)."
}

# Debian names the compilers by version, too; the highest version is not always the complete one.
find_clang() {
  local candidate
  for candidate in ${CLANGXX:-} clang++ clang++-{22..14}; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
      "$candidate" -fsanitize=fuzzer,address,undefined -x c++ - -o /dev/null 2>/dev/null || continue
    CLANGXX=$(command -v "$candidate")
    CLANG=${CLANGXX/clang++/clang}
    export CLANG CLANGXX
    return
  done
  return 1
}

install_debian() {
  command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ] || return 0
  say "installing the system package $1"
  apt-get install -y -q "$1" >/dev/null 2>&1 ||
    { apt-get update -q >/dev/null && apt-get install -y -q "$1" >/dev/null; } || true
}

# A Python with headers and venv; the newest supported one on the PATH.
find_python() {
  local candidate
  for candidate in python3 python3.13 python3.12 python3.11 python3.10 python3.9; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  die "no Python 3.9 or newer with the venv module (Debian: apt-get install python3-dev python3-venv)."
}

make_venv() {
  [ -x "$VENV/bin/python" ] || "$(find_python)" -m venv "$VENV"
  export PATH="$VENV/bin:$PATH"
  export VIRTUAL_ENV="$VENV"
}

pip_install() {
  "$VENV/bin/pip" install --quiet --disable-pip-version-check "$@"
}

# Builds the wheel from this checkout and installs it, with its build tools beside it so that
# rebuilds are incremental.
install_package() {
  need_command c++ g++
  make_venv
  say "building and installing the Python package (virtual environment ${VENV##*/})"
  pip_install "scikit-build-core>=0.10" "nanobind>=2.4" "cmake>=3.20" ninja numpy
  pip_install --no-build-isolation --force-reinstall --no-deps "$ROOT"
  pip_install "typing-extensions>=4.13"
}
