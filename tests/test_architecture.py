"""The house is built as drawn: names, directions, and nothing in the wrong room."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from scenes.storyboard import CHAPTERS

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("mobjects", "model", "scenes", "rendering")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
DRAWING = [path for path in FILES if path.relative_to(ROOT).parts[0] in ("mobjects", "scenes")]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def each(files: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", files, ids=name_of)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported_modules(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def test_no_file_hides_a_standard_module_a_dependency_or_a_package() -> None:
    # manim puts a scene file's own folder first on the path, so a file there hides whatever has its name.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(line for lines in project["optional-dependencies"].values() for line in lines),
    ]
    dependencies = {re.match(r"[A-Za-z0-9_-]+", line)[0].lower() for line in wanted}
    taken = sys.stdlib_module_names | dependencies | set(PACKAGES) | {"yaml", "PIL"}
    hiding = [name_of(path) for path in FILES if path.stem in taken and path.stem != "__init__"]
    assert hiding == []


def test_the_tests_folder_is_flat_and_no_package() -> None:
    assert [name_of(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_every_package_is_installed_by_name() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert sorted(wheel["packages"]) == sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))


@pytest.mark.parametrize("package", ["scenes", "rendering", "model"])
def test_a_package_is_empty_but_for_its_docstring(package: str) -> None:
    # Importing scenes would make a second copy of each class under manim; importing torch would make rendering need it.
    body = parsed(ROOT / package / "__init__.py").body
    assert len(body) == 1 and ast.get_docstring(parsed(ROOT / package / "__init__.py"))


def test_the_storyboard_lists_each_scene_once_and_each_chapter_in_order() -> None:
    names = Counter(entry.name for chapter in CHAPTERS for entry in chapter.scenes)
    assert [name for name, count in names.items() if count > 1] == []
    numbers = [chapter.number for chapter in CHAPTERS]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    "entry", [entry for chapter in CHAPTERS for entry in chapter.scenes], ids=lambda entry: entry.name
)
def test_every_listed_scene_exists_and_says_what_one_will_understand(entry) -> None:
    tree = parsed(ROOT / f"{entry.module.replace('.', '/')}.py")
    [scene] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == entry.name]
    assert ast.get_docstring(scene)
    assert entry.seconds > 0 and entry.title


def test_planning_a_render_imports_neither_manim_nor_torch() -> None:
    tree = parsed(ROOT / "scenes" / "storyboard.py")
    assert imported_modules(tree) <= {"__future__", "__future__.annotations", "dataclasses", "dataclasses.dataclass"}


def called(tree: ast.AST) -> set[str]:
    """What a module calls, as it is written there."""
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@each(DRAWING)
def test_pictures_leave_nothing_to_chance_or_to_the_clock(path: Path) -> None:
    tree = parsed(path)
    forbidden = {"random", "secrets", "uuid", "time", "datetime"}
    if path.stem == "forking":  # hands the scene's chance on to a new process
        forbidden.remove("random")
        assert {name for name in called(tree) if name.startswith("random.")} == {"random.getstate", "random.setstate"}
    assert imported_modules(tree) & forbidden == set()
    attributes = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert [name for name in attributes if re.match(r"(np|numpy)\.random\b", name)] == []
    assert "hash" not in called(tree)  # differs from run to run, and manim's cache with it


@each([path for path in FILES if path.stem != "palettes"])
def test_colours_stand_in_the_palettes_alone(path: Path) -> None:
    strings = [node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant)]
    assert [text for text in strings if isinstance(text, str) and re.fullmatch(r"#[0-9a-fA-F]{3,8}", text)] == []


@each(FILES)
def test_imports_are_absolute_and_explicit(path: Path) -> None:
    imports = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports if node.level or node.names[0].name == "*"] == []


@each([path for path in FILES if path.relative_to(ROOT).parts[0] == "mobjects"])
def test_looks_are_looked_up_when_drawing(path: Path) -> None:
    # A value taken at import or as a default argument would not change with the palette.
    tree = parsed(path)
    taken = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "mobjects.theme"]
    assert [ast.unparse(node) for node in taken if any(alias.name.isupper() for alias in node.names)] == []
    defaults = [
        ast.unparse(default)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for default in [*node.args.defaults, *(one for one in node.args.kw_defaults if one)]
    ]
    if path.stem != "theme":
        assert [default for default in defaults if re.match(r"theme\.(?!LAG_|TIME_|HOLD_)[A-Z]", default)] == []


@each([*FILES, ROOT / "render.py"])
def test_public_names_are_documented(path: Path) -> None:
    tree = parsed(path)
    assert ast.get_docstring(tree)
    public = (ast.ClassDef, ast.FunctionDef)
    listed = [node for node in tree.body if isinstance(node, public) and not node.name.startswith("_")]
    assert [node.name for node in listed if not ast.get_docstring(node)] == []


def test_manim_lists_the_mobjects_among_its_plugins() -> None:
    (plugin,) = entry_points(group="manim.plugins", name="transformer_film")
    assert plugin.load().__name__ == "mobjects"
