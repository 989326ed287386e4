"""Where results go: one section a benchmark in ``benchmarks/RESULTS.md``."""

from __future__ import annotations

import re
from pathlib import Path

from model.sealed import write_atomically

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
HEADER = "# Results\n\nRatios measured side by side in one run; times depend on the machine, ratios less so.\n"


def write_section(title: str, body: str, path: Path = RESULTS) -> None:
    """Put a benchmark's section into the results, in place of its older one."""
    text = path.read_text(encoding="utf-8") if path.exists() else HEADER
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    sections[title] = f"\n{body.strip()}\n\n"
    whole = HEADER + "\n" + "".join(f"## {name}\n{content}" for name, content in sorted(sections.items()))
    write_atomically(path, (whole.rstrip() + "\n").encode())
