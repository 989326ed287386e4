"""A render that is killed, stopped, or run twice leaves nothing half-written, and what it makes is the same."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rendering.delivered import read_delivery
from rendering.plan import Story, make_task
from tests.stand_ins import CHAPTERS, driven, small_repository

KILLS = 12
DELIVERY = ("Moves", "-ql", "--fps", "24", "--deliver", "--profile", "web", "--jobs", "1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    small_repository(tmp_path)
    return tmp_path


def processes_in(root: Path) -> list[int]:
    """Processes that have something to do with a folder, from what Linux tells about them."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        try:
            words = (one / "cmdline").read_bytes() + (one / "environ").read_bytes()
        except OSError:
            continue
        if str(root).encode() in words and int(one.name) != os.getpid():
            found.append(int(one.name))
    return found


def gone(root: Path, seconds: float) -> bool:
    """Whether all processes of a folder end in time."""
    deadline = time.monotonic() + seconds
    while processes_in(root) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes_in(root)


def what_was_delivered(folder: Path) -> dict[str, object]:
    """All of a delivery by content; of the manifest what does not depend on the repository."""
    listing = read_delivery(folder / "manifest.json").model_copy(update={"commit": ""})
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("manifest.json", "SHA256SUMS", "README.txt")
    }
    return files | {"manifest.json": listing}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    root = tmp_path_factory.mktemp("undisturbed")
    small_repository(root)
    subprocess.run(driven(root, *DELIVERY), check=True, capture_output=True)
    return what_was_delivered(root / "delivery" / "ch07_try_v001")


@pytest.mark.parametrize("whole_group", [False, True], ids=["render.py alone", "all its processes"])
def test_after_kill_9_at_any_moment_the_same_command_gives_the_same(
    root: Path, undisturbed: dict[str, object], whole_group: bool
) -> None:
    chance = random.Random(7)
    shelf, log = root / "delivery", []
    for number in range(KILLS):
        process = subprocess.Popen(
            driven(root, *DELIVERY), start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        moment = chance.uniform(0.3, 4.5)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            if whole_group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()
        assert gone(root, 10), "a process lived on"
        finished = sorted(path.name for path in shelf.glob("ch*")) if shelf.exists() else []
        log.append(f"kill {number}: after {moment:.2f} s, exit code {process.returncode}, delivered: {finished}")
        for name in finished:
            assert what_was_delivered(shelf / name).keys() == {key.replace("v001", name[-4:]) for key in undisturbed}
    sys.stderr.write("\n".join(log))
    subprocess.run(driven(root, *DELIVERY), check=True, capture_output=True)
    if not (shelf / "ch07_try_v002").exists():
        assert what_was_delivered(shelf / "ch07_try_v001") == undisturbed
    names = [path.name for path in shelf.iterdir() if not path.name.endswith(".lock")]
    assert all(name.startswith("ch07_try_v") for name in names), names
    leftovers = [path for path in (root / "media").rglob(".*") if ".part" in path.name or ".join" in path.name]
    assert leftovers == []
    pictures = {read_delivery(one / "manifest.json").clips[0].pictures_sha256 for one in shelf.glob("ch07*")}
    assert pictures == {undisturbed["manifest.json"].clips[0].pictures_sha256}


def test_pictures_of_text_that_a_killed_scene_left_half_are_made_anew(root: Path) -> None:
    [entry] = [one for one in CHAPTERS[0].scenes if one.name == "Moves"]
    task = make_task(CHAPTERS[0], entry, root=root, quality="l", frame_rate=None, story=Story())
    half = task.workshop / "Tex" / "half.svg"
    for unfinished in (True, False):
        half.parent.mkdir(parents=True, exist_ok=True)
        half.write_text("<svg")
        if unfinished:
            task.unfinished.touch()
        subprocess.run(driven(root, "Moves", "-ql"), check=True, capture_output=True)
        assert half.exists() != unfinished
        assert not task.unfinished.exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("where", [(), ("--cluster", "local")], ids=["here", "workers"])
def test_ctrl_c_leaves_no_process_and_nothing_half_written(
    root: Path, how: signal.Signals, where: tuple[str, ...]
) -> None:
    process = subprocess.Popen(driven(root, *DELIVERY, *where), stderr=subprocess.PIPE, text=True)
    time.sleep(2.5 if where else 1.5)
    process.send_signal(how)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "\nInterrupted; what was finished is kept" in f"\n{said}" and ("Traceback" not in said or where)
    assert gone(root, 1)
    assert processes_in(root) == []
    assert [path for path in root.rglob("*.part*") if path.parent.name == "ch07_try"] == []


def test_two_renders_at_once_in_one_folder_do_not_disturb_each_other(root: Path) -> None:
    sizes = ("l", "m")
    both = [subprocess.Popen(driven(root, "Moves", "-q", size), stderr=subprocess.PIPE, text=True) for size in sizes]
    assert [one.wait(120) for one in both] == [0, 0], [one.stderr.read() for one in both]
    listing = json.loads((root / "media" / "clips" / "ch07_try" / "manifest.json").read_text())
    assert [clip["file"] for clip in listing["clips"]] == ["Moves_480p15.mp4", "Moves_720p30.mp4"]


def test_two_renders_of_the_same_clip_make_it_once(root: Path) -> None:
    both = [subprocess.Popen(driven(root, "Moves", "-ql"), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate(timeout=120)[1] for one in both]
    codes = [one.returncode for one in both]
    assert 0 in codes
    for code, words in zip(codes, said, strict=True):
        assert code == 0 or "is being rendered by another process" in words
    subprocess.run(driven(root, "Moves", "-ql", "--gallery"), check=True, capture_output=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_only_be_read_is_a_sentence(root: Path) -> None:
    root.chmod(0o555)
    done = subprocess.run(driven(root, "Moves", "-ql"), capture_output=True, text=True)
    root.chmod(0o755)
    assert (done.returncode, done.stderr.count("error: ")) == (1, 1)
    assert "may not be written to" in done.stderr
