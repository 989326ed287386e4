"""The README's promises that can be checked without rendering a film."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from manim import Scene, tempconfig

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_there_are_examples():
    assert len(EXAMPLES) >= 2


@pytest.mark.parametrize("source", EXAMPLES, ids=lambda source: source.split("\n")[0])
def test_every_example_runs(source, tmp_path, capsys):
    names: dict = {}
    with tempconfig({"dry_run": True, "quality": "low_quality", "media_dir": str(tmp_path)}):
        exec(compile(source, "README.md", "exec"), names)
        classes = [item for item in names.values() if isinstance(item, type)]
        scenes = [item for item in classes if issubclass(item, Scene) and item is not Scene]
        for scene in scenes:
            scene().render()
    assert scenes or "pattern" in capsys.readouterr().out


def test_every_file_it_links_to_exists():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    missing = [link for link in links if not (ROOT / link).exists()]
    assert not missing, f"the README links to files that do not exist: {missing}"


def test_the_tree_names_every_module():
    missing = [
        path.name
        for room in ("model", "mobjects", "scenes")
        for path in (ROOT / room).glob("*.py")
        if path.name != "__init__.py" and not re.search(rf"\b{path.stem}\b", README)
    ]
    assert not missing, f"the README's tree leaves out {missing}"


def test_make_targets_it_names_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target} is in the README, not in the Makefile"
