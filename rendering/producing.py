"""The files of each clip: written, looked into, and not written again if they are there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from multiprocessing import active_children, get_context
from pathlib import Path

import av
from pydantic import BaseModel

from rendering.delivered import File, Order
from rendering.encode import part_of, pictures, transcode
from rendering.finish import probe_film
from rendering.framing import content_box, frame_size, too_small
from rendering.leash import serve
from rendering.manifest import file_sha256, write_atomically
from rendering.probing import probe
from rendering.profiles import PROFILES, PROXY, Profile
from rendering.shots import Shot
from rendering.spoken import write_reading
from rendering.stills import middle
from rendering.take import Take


@dataclass(frozen=True)
class Job:
    """One clip to be written, in all kinds of file."""

    shot: Shot
    order: Order
    folder: Path

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(*self.order.fps)

    @property
    def targets(self) -> dict[Path, Profile]:
        """Each file, or folder of pictures, from the delivery's folder, with its kind."""
        chosen = [PROFILES[name] for name in self.order.profiles]
        files = {Path("clips") / f"{self.shot.name}{kind.mark}{kind.ending}": kind for kind in chosen}
        return files | {Path("proxies") / f"{self.shot.name}{PROXY.mark}{PROXY.ending}": PROXY}

    @property
    def stills(self) -> dict[Path, int]:
        """Pictures with the frame of the clip that they show: first, middle, last, and the end of each act."""
        shot = self.shot
        frames = {"first": 0, "middle": middle(shot.beats, shot.frames), "last": shot.frames - 1}
        acts = {beat.act: beat.start_frame + beat.frames - 1 for beat in shot.beats if beat.act}
        frames |= {f"act{number}": frame for number, frame in enumerate(acts.values(), 1)} if len(acts) > 1 else {}
        return {Path("stills") / f"{shot.name}_{name}.png": frame for name, frame in frames.items()}

    @property
    def sound(self) -> Path | None:
        """The narration as a machine reads it, if that was asked for."""
        return Path("audio") / f"{self.shot.name}.wav" if self.order.scratch_voice else None

    @property
    def take(self) -> Take:
        """What all its files have in common."""
        shot, color = self.shot, self.shot.record.background.lstrip("#") or "000000"
        red, green, blue = (int(color[place : place + 2], 16) for place in (0, 2, 4))
        beats = [(" ".join([beat.act, f"beat {beat.number}"]).strip(), beat.start_frame) for beat in shot.beats]
        return Take(
            self.rate,
            shot.first,
            shot.frames,
            self.order.chapter,
            shot.place,
            self.order.handle,
            (red, green, blue),
            beats,
        )

    @property
    def receipt(self) -> Path:
        """Says that all files of the clip are whole, what they were made from, and what they are."""
        return self.folder / ".receipts" / f"{self.shot.name}.json"


class Receipt(BaseModel):
    """What a clip's files were made from, and what they are."""

    source: str
    take: str
    files: tuple[File, ...]
    pictures: str
    left_out: dict[str, str] = {}


def produce(job: Job) -> Receipt:
    """Write and check all files of a clip, unless they are there.

    Raises
    ------
    DeliveryError
        If a file is not what it ought to be.
    OSError
        If there is no room, or the folder may not be written to.
    """
    source, take = file_sha256(job.shot.source), repr(job.take)
    if job.receipt.is_file():
        known = Receipt.model_validate_json(job.receipt.read_bytes())
        if (known.source, known.take) == (source, take):
            return known
    for path in (*job.targets, *job.stills, *filter(None, [job.sound])):
        (job.folder / path).parent.mkdir(parents=True, exist_ok=True)
        clear(job.folder / path)
    whole, left_out = reframed(job)
    targets = {path: profile for path, profile in job.targets.items() if profile.name not in left_out}
    stills = {job.folder / path: frame for path, frame in job.stills.items()}
    try:
        digest = transcode(job.shot.source, {job.folder / path: kind for path, kind in targets.items()}, whole, stills)
    except av.FFmpegError as error:  # which does not survive the way to another process
        raise OSError(error.errno, error.strerror, str(error.filename or job.shot.name)) from None
    if job.sound:
        write_reading(job.folder / job.sound, job.shot.beats, job.take)
    files = tuple(probe(job.folder, path, profile, job.take) for path, profile in targets.items())
    job.receipt.parent.mkdir(exist_ok=True)
    receipt = Receipt(source=source, take=take, files=files, pictures=digest, left_out=left_out)
    write_atomically(job.receipt, receipt.model_dump_json())
    return receipt


def reframed(job: Job) -> tuple[Take, dict[str, str]]:
    """The take with what it ever shows, where films in another frame want it; and those it would not do in, and why."""
    take = job.take
    frames = {profile.name: profile.frame for profile in job.targets.values() if profile.frame}
    if not frames:
        return take, {}
    film = probe_film(job.shot.source)
    box = content_box(pixels for pixels, _ in part_of(pictures(job.shot.source), take.first, take.frames))
    shape = film.height, film.width
    reasons = {
        name: too_small(job.shot.beats, box, film.height, frame_size(shape, frame)) for name, frame in frames.items()
    }
    return replace(take, box=box), {name: reason for name, reason in reasons.items() if reason}


def clear(path: Path) -> None:
    """Remove what an interrupted run left."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def produce_all(jobs: Sequence[Job], workers: int, told: Callable[[str], None]) -> list[Receipt]:
    """Produce clips, several at once; whatever stops this stops all of them at once."""
    # A fresh process each, since this one may hold threads; on Ctrl-C it is this one that ends them.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), serve)
    receipts = []
    try:
        for job, receipt in zip(jobs, pool.map(produce, jobs), strict=True):
            receipts.append(receipt)
            told(job.shot.name)
    except BaseException:
        for worker in active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return receipts
