# SPDX-License-Identifier: Apache-2.0
"""The Python target: signatures and members for type checkers, and the imports that they need."""

from .generator import PythonGenerator

__all__ = ["PythonGenerator"]
