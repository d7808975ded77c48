# SPDX-License-Identifier: Apache-2.0
"""A user's project, which type checkers read and nobody runs.

``assert_type`` says what users get from the package; ``misuse.py`` lists what must be refused.
"""
