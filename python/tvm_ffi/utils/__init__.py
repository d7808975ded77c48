# SPDX-License-Identifier: Apache-2.0
"""Tools that come with the package."""
