"""Deliveries from the command line: transparent, told to other programs, and made once more from their manifest."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import render
from rendering import handover
from rendering.delivered import Delivery, read_delivery
from tests.stand_ins import driven, small_repository, work_in


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    work_in(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A delivery made by the command line, in a small repository of its own."""
    root = tmp_path_factory.mktemp("delivered")
    small_repository(root)
    command = driven(root, "Moves", "-ql", "--fps", "24", "--text", "the old king", "--alpha", "--progress-json")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (root / "told.jsonl").write_text(done.stdout)
    (root / "said.txt").write_text(done.stderr)
    return root / "delivery" / "ch07_try_v001"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(render.main, arguments)


def change(folder: Path, target: Path, **changes: object) -> Path:
    """A delivery's manifest with other words in it."""
    listing = json.loads((folder / "manifest.json").read_text())
    order = {name: value for name, value in changes.items() if name in listing["order"]}
    listing |= {name: value for name, value in changes.items() if name in listing}
    listing["order"] |= order
    target.write_text(json.dumps(listing))
    return target


def test_alpha_delivers_films_to_be_laid_over(delivered: Path) -> None:
    listing = read_delivery(delivered / "manifest.json")
    assert listing.order.profiles == ("overlay",)
    [overlay] = (file for file in listing.clips[0].files if file.profile == "overlay")
    assert (overlay.tag, overlay.alpha) == ("ap4h", "straight")


def test_progress_is_told_as_json_and_nothing_else(delivered: Path) -> None:
    events = [json.loads(line) for line in (delivered.parent.parent / "told.jsonl").read_text().splitlines()]
    assert [one["event"] for one in events if one["event"] != "beat"] == ["waiting", "done", "delivered"]
    begun = [one for one in events if one["event"] == "beat"]
    assert begun and all(one["clip"].startswith("Moves_the-old-king_480p24") for one in begun)
    assert begun[-1]["beat"] <= 3 and begun[-1]["expected"] == 48
    assert events[-1]["clip"] == "ch07s010_moves_v001"
    [done] = (one for one in events if one["event"] == "done")
    assert done["frames"] == 30 and done["seconds"] > 0
    assert "ch07_try_v001" in (delivered.parent.parent / "said.txt").read_text()


def test_a_failure_is_told_with_its_sentence(root: Path) -> None:
    done = subprocess.run(driven(root, "Refuses", "-ql", "--progress-json"), capture_output=True, text=True)
    assert done.returncode == 1
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[-1]["event"] == "failed"
    assert events[-1]["error"] == "the text has 40 tokens; 2 to 16 fit the frame"


def test_a_manifest_makes_the_delivery_once_more(delivered: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORY_TEXT", "what the manifest does not say")
    result = call("--from-manifest", str(delivered / "manifest.json"), "--jobs", "1")
    assert result.exit_code == 0, result.output
    assert "All 1 clips have the very pictures of ch07_try_v001." in result.output
    new = read_delivery(root / "delivery" / "ch07_try_v001" / "manifest.json")
    old = read_delivery(delivered / "manifest.json")
    assert (new.order, new.clips[0].source.text) == (old.order, "the old king")
    assert new.clips[0].pictures_sha256 == old.clips[0].pictures_sha256


def test_other_pictures_than_in_the_manifest_are_told(delivered: Path, root: Path) -> None:
    scenes = root / "scenes" / "stand_in.py"
    scenes.write_text(scenes.read_text().replace("shift(RIGHT)", "shift(2 * RIGHT)"))
    result = call("--from-manifest", str(delivered / "manifest.json"))
    assert result.exit_code == 1
    assert "error: 1 of 1 clips have other pictures than in ch07_try_v001: ch07s010_moves_v001" in result.output
    assert (root / "delivery" / "ch07_try_v001").is_dir()


def test_what_changed_since_a_delivery_is_told(delivered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = read_delivery(delivered / "manifest.json")
    monkeypatch.setattr(handover, "commit", lambda root: old.commit)
    assert handover.changed_since(old, delivered) == []
    monkeypatch.setattr(handover, "commit", lambda root: "c0ffee")
    newer = old.model_copy(update={"software": old.software | {"cairo": "1.0", "gone": "3"}})
    commit, cairo, gone = handover.changed_since(newer, delivered)
    assert "and this is c0ffee" in commit
    assert "with cairo 1.0 and here is" in cairo
    assert "with gone 3 and here is none" in gone


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"scenes": ["Mooves"]}, "there is no scene 'Mooves' (did you mean Moves?)"),
        ({"chapter": 9}, "there is no chapter 9"),
        ({"checkpoint": "/nowhere/net.safetensors"}, "there is no network '/nowhere/net.safetensors'"),
        ({"profiles": ["../../master"]}, "the manifest asks for ../../master"),
        ({"quality": "x"}, "the manifest asks for x"),
        ({"fps": [7, 1]}, "has no timecode"),
        ({"text": "\u2028"}, "cannot be drawn"),
    ],
)
def test_a_manifest_that_cannot_be_followed_is_a_sentence(
    delivered: Path, root: Path, changes: dict[str, object], found: str
) -> None:
    result = call("--from-manifest", str(change(delivered, root / "manifest.json", **changes)))
    assert result.exit_code == 2
    assert found in result.output and result.output.count("error: ") == 1
    assert not (root / "delivery").exists()


def test_a_manifest_says_it_all(delivered: Path, root: Path) -> None:
    result = call("--from-manifest", str(delivered / "manifest.json"), "-ql", "--deliver")
    assert result.exit_code == 2
    assert "leave out quality, deliver_it" in result.output
    (root / "manifest.json").write_text('{"name": 3}')
    wrong = call("--from-manifest", str(root / "manifest.json"))
    assert (wrong.exit_code, "is not a delivery's manifest" in wrong.output) == (1, True)


def test_pictures_are_compared_clip_by_clip(delivered: Path) -> None:
    old = read_delivery(delivered / "manifest.json")
    [clip] = old.clips
    other = clip.model_copy(update={"pictures_sha256": "0" * 64})
    assert handover.other_pictures(old, Delivery.model_validate(old.model_dump() | {"clips": (other,)})) == [clip.name]
    assert os.path.relpath(delivered).endswith("v001")
