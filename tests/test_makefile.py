"""What a newcomer types exists, asks for nothing, and says what is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ("setup", "video", "test", "check", "chapter", "train-gpu", "train-cpu", "clean")


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")} | environment
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with a shell's own helpers and Python, but no compiler, no pkg-config, no apt-get, no sudo."""
    for name in ("sh", "tr", "sed", "uname", "id"):
        (tmp_path / name).symlink_to(shutil.which(name))
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return str(tmp_path)


def test_make_alone_lists_every_target() -> None:
    listed = run("make").stdout
    assert [target for target in TARGETS if f"make {target} " not in listed] == []


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_can_be_planned(target: str) -> None:
    assert run("make", "--dry-run", target, "N=2").returncode == 0


def test_rendering_is_set_up_without_torch() -> None:
    planned = run("make", "--dry-run", "--always-make", "video").stdout
    assert "pip install --editable ." in planned
    assert "torch" not in planned and "render.py AttentionPattern" in planned


def test_the_tests_are_set_up_with_torch_first() -> None:
    planned = run("make", "--dry-run", "--always-make", "test").stdout
    steps = [planned.index(step) for step in ("pip install --editable .", '"torch==', ".[dev,train]", "-m pytest")]
    assert steps == sorted(steps)


def test_a_chapter_needs_its_number() -> None:
    planned = run("make", "--dry-run", "chapter", "N=2").stdout
    assert "render.py --chapter 2" in planned


def test_check_runs_the_tests_once_and_last() -> None:
    planned = run("make", "--dry-run", "check").stdout.strip().splitlines()
    assert [line for line in planned if "pytest" in line] == planned[-1:]
    assert run("bash", "-n", ".ci/run").returncode == 0


def test_missing_libraries_are_named_in_one_sentence(bare_path: str) -> None:
    told = run("tools/system-libraries", PATH=bare_path, PYTHON="python3")
    assert told.returncode == 1
    assert told.stderr.count("\n") == 1
    wanted = ("error: ", "gcc", "pkg-config", "libcairo2-dev", "libpango1.0-dev", "make again")
    if os.uname().sysname == "Linux":
        assert [word for word in wanted if word not in told.stderr] == []


def test_an_old_python_is_refused_before_anything_is_installed(bare_path: str) -> None:
    old = Path(bare_path) / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit\nexit 1\n')
    old.chmod(0o755)
    told = run("tools/system-libraries", PATH=bare_path, PYTHON="python-old")
    assert told.returncode == 1
    assert "python-old is Python 3.9.2, and Python 3.11 or later is needed" in told.stderr


def test_nothing_is_missing_here_and_that_is_silent() -> None:
    told = run("tools/system-libraries", PYTHON=sys.executable)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_targets_are_phony_or_stamps() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    named = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    assert named == phony
