# SPDX-License-Identifier: Apache-2.0
#
# Builds the C++ libraries in build/install and installs them to $PREFIX; run in the root of a checkout.
set -euo pipefail
cmake -S . -B build/install -G Ninja -DCMAKE_BUILD_TYPE=Release
cmake --build build/install
cmake --install build/install --prefix "$PREFIX"
