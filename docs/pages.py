"""Writes the pages that follow the code: the gallery, the reference, the screenplay, the quantities.

A hook of mkdocs. A new public name appears by itself, in the family of its module (``families.yml``).
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

import mobjects  # noqa: E402
from mobjects.inspection import CHECKS  # noqa: E402
from model.catalogue import catalogue  # noqa: E402
from scenes.storyboard import CHAPTERS  # noqa: E402

PICTURES = DOCS / "pictures"


@dataclass(frozen=True)
class Family:
    """Modules that stand together, and the public names in them."""

    title: str
    what: str
    modules: list[str]

    @property
    def page(self) -> str:
        """The page of its reference."""
        return f"reference/{self.title.lower().replace(',', '').replace(' ', '-')}.md"

    @property
    def names(self) -> list[str]:
        """Its public names, modules in their order, names as in ``__all__``."""
        return [name for module in self.modules for name in mobjects.__all__ if module_of(name) == module]


def families() -> list[Family]:
    """All families, in the order of ``families.yml``."""
    return [Family(**one) for one in yaml.safe_load((DOCS / "families.yml").read_text(encoding="utf-8"))]


def module_of(name: str) -> str:
    """The module of ``mobjects`` that defines a public name."""
    subject = getattr(mobjects, name)
    path = subject.__name__ if inspect.ismodule(subject) else subject.__module__
    return path.rpartition(".")[2]


def example(name: str) -> str:
    """The scene of the gallery that shows a public name."""
    return f"{name[0].upper()}{name[1:]}Example"


def film(name: str, up: str = "") -> str:
    """The film of a public name, in both colour schemes; nothing if it was not rendered."""
    lines = []
    for theme, scheme in (("dark", "only-dark"), ("light", "only-light")):
        place = f"pictures/{theme}/{example(name)}"
        if (DOCS / f"{place}.mp4").exists():
            lines.append(
                f'<video class="{scheme}" src="{up}{place}.mp4" poster="{up}{place}.png" '
                'autoplay loop muted playsinline preload="none"></video>'
            )
    return "\n".join(lines)


def still(name: str) -> str:
    """The end of a film as a picture, in both colour schemes; nothing if it was not rendered."""
    return "".join(
        f"![{name}](pictures/{theme}/{example(name)}.png#only-{theme}){{ loading=lazy }}"
        for theme in ("dark", "light")
        if (PICTURES / theme / f"{example(name)}.png").exists()
    )


def reference(family: Family) -> str:
    """The reference of a family."""
    lines = [f"# {family.title}", "", family.what, ""]
    for name in family.names:
        subject = getattr(mobjects, name)
        path = subject.__name__ if inspect.ismodule(subject) else f"mobjects.{module_of(name)}.{name}"
        lines += [f"## {name}", "", film(name, "../"), "", f"::: {path}", ""]
        if inspect.ismodule(subject):
            lines[-1:] = ["    options:", "      members_order: source", "      heading_level: 3", ""]
    return "\n".join(lines)


def gallery() -> str:
    """A card for each public name whose example shows something."""
    lines = [
        "# Gallery",
        "",
        "Each picture is the example of its reference, rendered with a real network's numbers.",
        "",
    ]
    for family in families():
        cards = [
            f'<a class="card" href="{family.page[:-3]}.html#{name.lower()}" markdown="1">{still(name)}<b>{name}</b></a>'
            for name in family.names
            if "self." in (inspect.getdoc(getattr(mobjects, name)) or "")
        ]
        lines += [f"## {family.title}", "", family.what, "", '<div class="cards" markdown="1">', *cards, "</div>", ""]
    return "\n".join(lines)


def screenplay() -> str:
    """The film as a table."""
    lines = ["# The screenplay", "", "The film's chapters and scenes that can be rendered today.", ""]
    for chapter in CHAPTERS:
        lines += [f"## Chapter {chapter.number}: {chapter.title}", "", "| scene | shows | seconds |", "|---|---|---|"]
        lines += [f"| `{entry.name}` | {entry.title} | {entry.seconds:.0f} |" for entry in chapter.scenes]
        lines += ["", f"    python render.py --chapter {chapter.number}", ""]
    return "\n".join(lines)


def quantities() -> str:
    """Every quantity of the catalogue as a table."""
    lines = ["| name | what | axes | from |", "|---|---|---|---|"]
    for name, entry in catalogue().items():
        what = entry.what.replace("|", "\\|")
        lines.append(f"| `{name}` | {what} | {', '.join(entry.axes)} | {entry.origin} |")
    return "\n".join(lines)


def cards() -> str:
    """What the shipped networks' cards say first."""
    lines = []
    for path in sorted((ROOT / "assets" / "checkpoints").glob("*.md")):
        said = path.read_text(encoding="utf-8").partition("## Losses")[0]
        lines.append(said.replace("# ", "### ", 1))
    return "\n".join(lines)


def checks() -> str:
    """What the inspector looks for."""
    return "\n".join(f"- **{name}**: {what}" for name, what in CHECKS.items())


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are written here."""
    written = {family.page: reference(family) for family in families()}
    written |= {"gallery.md": gallery(), "screenplay.md": screenplay()}
    for place, text in written.items():
        files.append(File.generated(config, place, content=text))
    for path in (*(ROOT / "assets" / "stills").glob("*.png"), *(ROOT / "examples").glob("*.png")):
        files.append(File.generated(config, f"pictures/{path.name}", abs_src_path=str(path)))
    return files


def on_config(config: Any) -> Any:
    """Name the families in the navigation."""
    config.nav[-1] = {"Reference": [{family.title: family.page} for family in families()]}
    return config


def on_page_markdown(markdown: str, page: Page, config: Any, files: Files) -> str:
    """Fill in the tables."""
    for word, fill in (("quantities", quantities), ("cards", cards), ("checks", checks)):
        markdown = markdown.replace(f"{{{{ {word} }}}}", fill()) if f"{{{{ {word} }}}}" in markdown else markdown
    return markdown
