"""Plays drawn by many machines through Dask: their films fill this machine's cache; scenes are put together here.

Nothing that happens to a worker can spoil a film: what does not come, or comes damaged, is drawn here.
"""

from __future__ import annotations

import atexit
import hashlib
import ipaddress
import logging
import os
import socket
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import active_children
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

from rendering.plan import PlanError, Task
from rendering.progress import Voice
from rendering.ranges import missing, part_size, split
from rendering.worker import Drawn, Segment, StoppedError, Wish, differences, draw, environment

LOCAL = "local"
TRIES = 3  # for a part whose process is killed, each time by another worker if there is one
PATIENCE = 60.0  # seconds without a single worker before this machine goes on alone
LOOK = 2.0  # seconds between two looks at whether there are workers
CERTIFICATES, TLS = ("ca.pem", "cert.pem", "key.pem"), ("tls_ca_file", "tls_client_cert", "tls_client_key")
What = TypeVar("What", bound=Hashable)


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message is one sentence."""


def check_cluster(address: str, tls: Path | None) -> None:
    """Refuse an address that cannot be meant, or that others could listen to.

    Whoever may talk to a scheduler may run programs on its workers.

    Raises
    ------
    PlanError
        If it is no address, is a public one without TLS, or certificates or Dask are missing.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise PlanError("--cluster needs Dask; type: .venv/bin/python -m pip install -e '.[farm]'") from None
    if address == LOCAL:
        return
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if parts.scheme not in ("tcp", "tls") or not host or not port:
        raise PlanError(
            f"--cluster {address!r} is no address; give 'local' or one like tcp://host:8786 or tls://host:8786"
        )
    lacking = [name for name in CERTIFICATES if tls is None or not (tls / name).is_file()]
    if parts.scheme == "tls" and lacking:
        where = f"in {tls}" if tls else "without --cluster-tls FOLDER"
        raise PlanError(f"--cluster {address} needs {', '.join(lacking)}, not found {where}")
    if parts.scheme == "tcp" and any(ipaddress.ip_address(one).is_global for one in addresses(host)):
        raise PlanError(f"--cluster {address} is a public address, where anybody could send programs to the workers; "
                        "use tls:// with --cluster-tls FOLDER")  # fmt: skip


def addresses(host: str) -> set[str]:
    """Every address a host's name stands for."""
    try:
        return {str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        raise PlanError(f"there is no host {host!r} on this network; give the scheduler's address") from None


@contextmanager
def connected(address: str, workers: int, tls: Path | None, media: Path) -> Iterator[Any]:
    """A client of a cluster, or of one on this machine for as long as this lasts.

    Raises
    ------
    ClusterError
        If nobody answers, or there is no worker.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as held:
        client = None
        try:
            client = client_of(held, address, workers, tls, media)
            yield client
        except (KeyboardInterrupt, SystemExit):
            end_workers(held, client)
            raise


def client_of(held: ExitStack, address: str, workers: int, tls: Path | None, media: Path) -> Any:
    """A client of a cluster with at least one worker; it, and a cluster that was started for it, end with ``held``."""
    import distributed
    from distributed.security import Security

    try:
        if address == LOCAL:
            (media / "farm").mkdir(parents=True, exist_ok=True)
            cluster = distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
                local_directory=os.fspath(media / "farm"), silence_logs=logging.CRITICAL,
            )  # fmt: skip
            client = held.enter_context(distributed.Client(held.enter_context(cluster)))
        else:
            certificates = dict(zip(TLS, (str(tls / name) for name in CERTIFICATES), strict=True)) if tls else {}
            security = Security(**certificates, require_encryption=True) if tls else None
            client = held.enter_context(distributed.Client(address, security=security, timeout=PATIENCE / 2))
        client.wait_for_workers(1, timeout=PATIENCE)
        return client
    except (OSError, TimeoutError) as error:
        why = str(error).strip() or "too late"
        raise ClusterError(f"no cluster with a worker answers at {address} ({why})") from error


def end_workers(held: ExitStack, client: Any) -> None:
    """End workers that were started here at once, with what they draw, and do without a farewell."""
    from distributed.deploy.spec import close_clusters

    held.pop_all()
    atexit.unregister(close_clusters)  # which waits for them, and complains of those that are still starting
    for nanny in getattr(getattr(client, "cluster", None), "workers", {}).values():
        nanny.auto_restart = False
    for worker in active_children():
        worker.kill()


def fill_cache(tasks: Sequence[Task], client: Any, root: Path, own: bool, voice: Voice) -> None:
    """Let a cluster draw all plays that this machine's cache lacks, and put their films into it.

    Parameters
    ----------
    tasks : sequence of Task
    client : distributed.Client
    root : Path
        The repository.
    own : bool
        Whether the workers have this machine's files; else each has a checkout of its own.
    voice : Voice

    Raises
    ------
    ClusterError
        If a worker would draw other pictures.
    """
    here = environment(root)
    for worker, there in client.run(environment, root if own else None).items():
        other = differences(here, there)
        if other:
            raise ClusterError(f"worker {worker} has {other}, so it would draw other pictures; make all alike")

    def asked(wish: Wish, plays: range, known: frozenset[str], pictures: int) -> Any:
        return client.submit(
            draw_there, wish, plays, known, here, root if own else None, pure=False, retries=TRIES - 1,
            priority=pictures,
        )  # fmt: skip

    wishes, places = [Wish.of(task) for task in tasks], range(len(tasks))
    known = [in_cache(task) for task in tasks]
    listed = {asked(wishes[place], range(0), frozenset(), 10**9): place for place in places}
    plays = {place: drawn.plays for place, drawn in results(client, listed, tasks, voice)}
    work = [missing(plays.get(place, ()), known[place]) for place in places]
    size = part_size(work, len(client.nthreads()))
    parts = {
        (place, part): sum(work[place][part.start : part.stop]) for place in places for part in split(work[place], size)
    }
    submitted = {
        asked(wishes[place], part, known[place], pictures): (place, part) for (place, part), pictures in parts.items()
    }
    done, whole = 0, sum(parts.values())
    for (place, part), drawn in results(client, submitted, tasks, voice):
        for segment in drawn.segments:
            store(tasks[place].workshop, segment)
        done += parts[place, part]
        said = f"plays {part.start} to {part.stop - 1} drawn, {done / whole:.0%} of all pictures"
        voice.news("part", tasks[place].stem, said, plays=[part.start, part.stop], pictures=done, expected=whole)


def draw_there(wish: Wish, plays: range, known: frozenset[str], expected: dict[str, str], root: Path | None) -> Drawn:
    """On a worker: draw into its own folder."""
    from distributed import get_worker

    return draw(wish, plays, known, expected, get_worker().local_directory, root)


def results(
    client: Any, submitted: Mapping[Any, Any], tasks: Sequence[Task], voice: Voice
) -> Iterator[tuple[Any, Drawn]]:
    """What came of each submitted part, as it comes; why something did not is only told, as it is drawn here then."""
    from distributed import wait

    pending, seen = set(submitted), monotonic()
    while pending:
        try:
            finished = set(wait(list(pending), timeout=LOOK, return_when="FIRST_COMPLETED").done)
        except TimeoutError:
            finished = set()
        seen = monotonic() if finished or client.nthreads() else seen
        if monotonic() - seen > PATIENCE:
            client.cancel(list(pending))
            voice.warn(f"no worker has been there for {PATIENCE:.0f} s; this machine goes on alone")
            return
        for future in finished:
            what = submitted[future]
            place = what if isinstance(what, int) else what[0]
            drawn = outcome(future)
            if drawn.failure:
                voice.warn(f"{tasks[place].entry.name}: a worker could not draw it: {drawn.failure}; it is drawn here")
            else:
                yield what, drawn
        pending -= finished


def outcome(future: Any) -> Drawn:
    """What a finished part gave."""
    try:
        drawn: Drawn = future.result()
    except StoppedError as error:
        return Drawn(failure=f"{error}, {TRIES} times")
    except Exception as error:  # a worker that vanished again and again, a scheduler that is gone
        return Drawn(failure=f"{type(error).__name__} {error}".splitlines()[0])
    finally:
        future.release()
    return drawn


def in_cache(task: Task) -> frozenset[str]:
    """Names of the films that are in this machine's cache."""
    films = (task.workshop / "videos").rglob("partial_movie_files/*/*.sha256")
    return frozenset(Path(path.stem).stem for path in films if path.with_suffix("").is_file())


def store(workshop: Path, segment: Segment) -> None:
    """Put a film into the cache with its seal, if it is what was sent."""
    target = Path(os.path.normpath(workshop / segment.path))
    if not target.is_relative_to(workshop) or hashlib.sha256(segment.content).hexdigest() != segment.sha256:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.stem}.{os.getpid()}.00000.part{target.suffix}")
    try:
        part.write_bytes(segment.content)
        target.with_name(f"{target.name}.sha256").write_text(segment.sha256, encoding="ascii")
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
