"""What users and strangers hand in stays text and data: it runs nothing, and leaves no folder it was not given."""

from __future__ import annotations

import ast
import re
import unicodedata
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import tempconfig

from mobjects.fonts import covered_characters
from mobjects.text import label, symbol
from rendering.manifest import Beat, Record
from rendering.plan import PlanError, Story, check_text, make_task
from rendering.shots import Rendered, shots_of
from rendering.stills import contact_sheet
from scenes.storyboard import CHAPTERS

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path for folder in ("mobjects", "model", "scenes", "rendering") for path in (ROOT / folder).rglob("*.py")
) + [ROOT / "render.py"]
# Text as people type it, and as those do who want something else.
NASTY = (
    "../../etc/passwd",
    "/etc/passwd",
    "a/b",
    "..",
    ".",
    "con",
    "$(reboot)",
    "`id`",
    "a;b|c&d",
    "-rf",
    "%n",
    "\\",
    "~",
)
text = st.text(max_size=60) | st.sampled_from(NASTY)


def calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


each = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


# -- what is read -----------------------------------------------------------------------------------------------------


@each
def test_data_is_read_as_data(path: Path) -> None:
    for call in calls(path):
        name, options = name_of(call), {word.arg: ast.unparse(word.value) for word in call.keywords}
        assert name not in (
            "eval",
            "pickle.load",
            "pickle.loads",
            "yaml.unsafe_load",
            "yaml.full_load",
            "marshal.loads",
        )
        if name == "torch.load":
            assert options.get("weights_only") == "True"
        if name == "yaml.load":
            module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            loader = getattr(module, ast.unparse(call.args[1]))
            assert loader in (yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if name == "np.load":
            assert options.get("allow_pickle", "False") == "False"


@each
def test_programs_are_started_without_a_shell(path: Path) -> None:
    for call in calls(path):
        assert name_of(call) not in ("os.system", "os.popen", "subprocess.getoutput")
        assert "shell" not in {word.arg for word in call.keywords}


@each
def test_code_in_texts_is_run_only_where_it_is_our_own(path: Path) -> None:
    ours = {ROOT / "scenes" / "gallery.py"}  # the examples of our own docstrings
    assert path in ours or "exec" not in {name_of(call) for call in calls(path)}


# -- names of files ---------------------------------------------------------------------------------------------------


@given(text, text)
def test_no_wish_leaves_the_media_folder(said: str, network: str) -> None:
    root = Path("/somewhere/root")
    chapter = CHAPTERS[0]
    task = make_task(
        chapter, chapter.scenes[0], root=root, quality="l", frame_rate=Fraction(30), story=Story(said, f"/x/{network}")
    )
    for place in (task.workshop, task.log, task.folder / f"{task.stem}.mp4", task.record, task.progress):
        assert Path(place).resolve().is_relative_to(root / "media")
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,200}", Path(place).name)


@given(text, text, text)
def test_no_name_of_a_scene_or_act_leaves_the_delivery(scene: str, title: str, act: str) -> None:
    beats = [Beat(act=act, number=1, start_frame=0, frames=3)]
    record = Record(scene="A", fps=(30, 1), frames=3, beats=beats)
    for by_act in (False, True):
        [shot] = shots_of([Rendered(1, scene, title, Path("film.mov"), record)], 2, 1, by_act)
        assert re.fullmatch(r"[a-z0-9_-]{1,27}", shot.name)


@given(text)
def test_a_sentence_is_one_plain_line_or_refused(said: str) -> None:
    try:
        shown = check_text(said)
    except PlanError as error:
        assert "\n" not in str(error)
    else:
        assert not any(unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") for one in shown)


# -- Pango, Typst, pictures -------------------------------------------------------------------------------------------

drawable = st.text(sorted(one for one in covered_characters() if not one.isspace()), min_size=1, max_size=12)
markup = st.sampled_from(
    ["<b>x</b>", "<span size='99999'>", "&amp;", "&#0;", "<!--", "]]>", "<x", "&", "#import", "$x$"]
)


@settings(max_examples=60, deadline=None)
@given(drawable | markup)
def test_markup_in_a_text_is_drawn_letter_by_letter(tmp_path_factory: pytest.TempPathFactory, said: str) -> None:
    with tempconfig({"media_dir": str(tmp_path_factory.getbasetemp() / "texts")}):
        shown = label(said)
    assert len(shown) == len(said)
    assert shown.original_text == said


@settings(max_examples=60, deadline=None)
@given(
    st.text(min_size=1, max_size=6) | st.sampled_from(['#read("/etc/passwd")', "$", "a$b", "#import", "\\", '"', "E)"])
)
def test_nothing_but_letters_reaches_typst(said: str) -> None:
    for letter, index in ((said, 3), ("E", said)):
        try:
            symbol(letter, index)
        except ValueError:
            continue
        assert all(one.isalnum() or one in "'′∆Δ-+" for one in said), said


@settings(max_examples=20, deadline=None)
@given(text)
def test_a_contact_sheet_takes_any_name(tmp_path_factory: pytest.TempPathFactory, said: str) -> None:
    from PIL import Image

    folder = tmp_path_factory.mktemp("sheet")
    Image.new("RGB", (32, 18)).save(folder / "still.png")
    contact_sheet([(said, folder / "still.png")], folder / "sheet.png", ROOT)
    assert sorted(path.name for path in folder.iterdir()) == ["sheet.png", "still.png"]
