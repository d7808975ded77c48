# SPDX-License-Identifier: Apache-2.0
"""Where this package means to differ: per subject and case, our outcome and the reason."""

DIFFERENCES: dict[str, dict[str, tuple[str, str]]] = {}
