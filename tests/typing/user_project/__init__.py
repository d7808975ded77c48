# SPDX-License-Identifier: Apache-2.0
"""A user's project, for type checkers; ``run_project.py`` runs it.

``assert_type`` says what users get from the package; ``misuse.py`` lists what must be refused.
"""
