"""The documentation keeps its promises: code runs, commands exist, links lead somewhere, no public name is left out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from manim import Scene, tempconfig

import mobjects
import render
from scenes.base import ChapterScene

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
BLOCKS = [
    (page.stem, code) for page in PAGES for code in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
]
COMMANDS = sorted({line.strip() for page in PAGES for line in page.read_text().splitlines() if line.startswith("    ")})


def module_of(name: str) -> str:
    subject = getattr(mobjects, name)
    return (getattr(subject, "__module__", None) or subject.__name__).rpartition(".")[2]


@pytest.mark.parametrize(("page", "code"), BLOCKS, ids=[page for page, _ in BLOCKS])
def test_every_block_of_code_runs(page, code, tmp_path):
    names: dict = {}
    with tempconfig({"dry_run": True, "quality": "low_quality", "media_dir": str(tmp_path), "progress_bar": "none"}):
        exec(compile(code, f"docs/{page}.md", "exec"), names)
        bases = (Scene, ChapterScene, mobjects.FastRendering)
        for scene in [one for one in names.values() if isinstance(one, type) and issubclass(one, Scene)]:
            if scene not in bases:
                scene().render()


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_every_example_is_short_and_plays(path, tmp_path):
    code, names = path.read_text(encoding="utf-8"), {}
    assert len(code.splitlines()) < 30 and path.with_suffix(".png").exists()
    with tempconfig({"dry_run": True, "quality": "low_quality", "media_dir": str(tmp_path), "progress_bar": "none"}):
        exec(compile(code, str(path), "exec"), names)
        scenes = [one for one in names.values() if isinstance(one, type) and issubclass(one, Scene)]
        [scene] = [one for one in scenes if "construct" in vars(one) and one is not Scene]
        shown = scene()
        shown.render()
    passports = [
        part.passport for mobject in shown.mobjects for part in mobject.get_family() if hasattr(part, "passport")
    ]
    assert passports and None not in passports


@pytest.mark.parametrize("command", [command for command in COMMANDS if "render.py" in command])
def test_every_option_of_the_command_line_exists(command):
    said = CliRunner().invoke(render.main, ["--help"]).output
    for option in re.findall(r" (--[a-z-]+)", command):
        assert option in said


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make ")])
def test_every_target_exists(command):
    assert re.search(rf"^{command.split()[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_every_public_name_stands_in_one_family():
    families = yaml.safe_load((ROOT / "docs" / "families.yml").read_text())
    listed = [module for family in families for module in family["modules"]]
    assert [module for module, count in Counter(listed).items() if count > 1] == []
    assert set(listed) == {module_of(name) for name in mobjects.__all__}


class Links(HTMLParser):
    """Where a page leads to, what it loads, and what can be led to in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        self.anchors.add(of.get("id") or "")
        if tag == "a" and of.get("href"):
            self.links.append(of["href"])
        self.loaded += [of[name] for name in ("src", "poster") if of.get(name)]
        self.loaded += [of["href"]] if tag == "link" and of.get("rel") in ("stylesheet", "icon") else []


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> dict[Path, Links]:
    """The pages of the site, built as strictly as can be."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr[-3000:]
    return {page: Links(page) for page in folder.rglob("*.html")}


def test_every_link_leads_to_a_page_and_a_place_in_it(site):
    broken = []
    for page, found in site.items():
        for link in found.links:
            place, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", link) or page.name == "404.html":
                continue
            target = (page.parent / place).resolve() if place else page
            target = target / "index.html" if target.is_dir() else target
            if not target.exists() or (anchor and target in site and anchor not in site[target].anchors):
                broken.append(f"{page.name}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site):
    assert [one for found in site.values() for one in found.loaded if re.match(r"(https?:)?//", one)] == []


def test_the_reference_has_a_place_for_every_public_name(site):
    anchors = set().union(*(found.anchors for page, found in site.items() if page.parent.name == "reference"))
    assert {name.lower() for name in mobjects.__all__} - anchors == set()
