"""Which commit the film is at, read from git's own files: scenes start no processes."""

from __future__ import annotations

from pathlib import Path

GIT = Path(__file__).resolve().parent.parent / ".git"


def commit_of_the_film(git: Path = GIT) -> str:
    """The first twelve digits of the commit that is checked out; empty if that cannot be found out."""
    try:
        if git.is_file():  # a worktree: the file says where the folder is
            git = (git.parent / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref:"):
            return head[:12]
        name = head.removeprefix("ref:").strip()
        common = git / "commondir"
        home = (git / common.read_text(encoding="utf-8").strip()) if common.exists() else git
        if (home / name).exists():
            return (home / name).read_text(encoding="utf-8").strip()[:12]
        packed = (home / "packed-refs").read_text(encoding="utf-8").splitlines()
        return next((line.split()[0][:12] for line in packed if line.endswith(f" {name}")), "")
    except OSError:
        return ""
