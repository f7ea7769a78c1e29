"""Makes the modules of the export helper importable: `import helper_path` before them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "packages/onnx-export/python"))
