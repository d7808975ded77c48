# SPDX-License-Identifier: Apache-2.0
"""``tvm-ffi-stubgen``: fills marked blocks of source files from the registered functions and types.

``cli`` runs the tool, ``file_utils`` reads and writes the marked files, ``lib_state`` reads the
registry, and a generator (``generator``) writes the text of one output language.
"""
