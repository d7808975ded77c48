# SPDX-License-Identifier: Apache-2.0
"""Lists the files of a wheel without what depends on the version and the interpreter.

``python tests/install/wheel_files.py WHEEL > tests/install/wheel_files.txt`` accepts a change.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path


def wheel_files(wheel: Path) -> list[str]:
    """Return the sorted names of the files in ``wheel``."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
    names = [re.sub(r"^tvm_ffi-[^/]+\.dist-info/", "DIST_INFO/", name) for name in names]
    return sorted(re.sub(r"/core\.[^/]+\.so$", "/core.SOABI.so", name) for name in names)


if __name__ == "__main__":
    print("\n".join(wheel_files(Path(sys.argv[1]))))
