"""How long and how much memory: decoding with and without a cache, attention and MLP against the context's length.

Everything is measured in NumPy on the processor of the machine at hand, whatever the network was trained on. Numbers
are medians; they are true of that machine, their ratios travel better. One core does the work, and what counts is the
time it spends on it: on a machine that does other things too, a clock on the wall would time those as well.

Decoding multiplies whole groups of ``model.decoding.ROWS`` rows, of which a single new token fills one. So ``cached``
seconds hold at least ``ROWS`` times the products that one token needs; ``products`` counts what is really multiplied.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import platform
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.config import GPTConfig
from model.decoding import ROWS, KeyValueCache, read
from model.forward import bend, linear, softmax

REPEATS = 5
CONTEXTS = (64, 128, 256, 512, 1024, 2048)
FLOAT_BYTES = 4
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

Table = dict[str, NDArray[np.float64]]


def measure(checkpoint: Checkpoint, ids: list[int], repeats: int = REPEATS) -> tuple[Table, Table]:
    """``decoding`` and ``context``, measured in a process of their own on one core."""
    with _one_core(), ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_both, checkpoint, ids, repeats).result()


def processor() -> str:
    """The processor in words."""
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def decoding(checkpoint: Checkpoint, ids: list[int], repeats: int = REPEATS) -> Table:
    """Seconds for one more token, by how long the text already is.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    ids : list of int
        A text, at most a context long.
    repeats : int
        Measurements behind each median.

    Returns
    -------
    dict of float64 arrays
        ``length``: 1, 2, ... tokens; ``cached``: seconds to read the last of them, keys and values of the others kept;
        ``uncached``: seconds to read all of them again (the same arithmetic); ``cached_products`` and
        ``uncached_products``: numbers multiplied in those seconds, unused rows included; ``cache_bytes``: what is kept.
    """
    cached = np.array([_growing(checkpoint, ids) for _ in range(repeats)])
    uncached = [
        _median_seconds(partial(_from_scratch, checkpoint, ids[:length]), repeats) for length in range(1, len(ids) + 1)
    ]
    lengths = np.arange(1.0, len(ids) + 1)
    return {
        "length": lengths,
        "cached": np.median(cached, axis=0),
        "uncached": np.array(uncached),
        "cached_products": np.array([products(checkpoint.config, 1, length - 1) for length in range(1, len(ids) + 1)]),
        "uncached_products": np.array([products(checkpoint.config, length) for length in range(1, len(ids) + 1)]),
        "cache_bytes": lengths * cache_bytes_a_token(checkpoint),
    }


def context(checkpoint: Checkpoint, lengths: tuple[int, ...] = CONTEXTS, repeats: int = REPEATS) -> Table:
    """Seconds of one layer's two parts, by context length; also lengths longer than the network's own context.

    Returns
    -------
    dict of float64 arrays
        ``length``: tokens; ``attention``: seconds of all heads' scores, softmax and mixing, queries, keys and values
        given; ``mlp``: seconds of up, bend and down; ``pattern_bytes``: of all patterns of all layers, in float32.
    """
    config = checkpoint.config
    generator = np.random.default_rng(0)
    attention, mlp = [], []
    for length in lengths:
        q, k, v = generator.normal(size=(3, config.n_head, length, config.d_head)).astype(np.float32)
        x = generator.normal(size=(length, config.n_embd)).astype(np.float32)
        attention.append(_median_seconds(partial(_meet, q, k, v), repeats))
        mlp.append(_median_seconds(partial(_think, checkpoint, x), repeats))
    counts = np.array(lengths, dtype=np.float64)
    return {
        "length": counts,
        "attention": np.array(attention),
        "mlp": np.array(mlp),
        "pattern_bytes": counts**2 * config.n_head * config.n_layer * FLOAT_BYTES,
    }


def products(config: GPTConfig, new: int, before: int = 0) -> int:
    """Products of two numbers that ``decoding.read`` computes for ``new`` tokens after ``before`` others.

    Counted is what ``decoding.multiplications`` counts, but as it is done: in groups of ``ROWS`` rows, empty ones too,
    each meeting every key up to the end of its group. What is needed is ``multiplications(config, new, before)``.
    """
    ends = range(before - before % ROWS + ROWS, before + new + ROWS, ROWS)
    tables = 12 * config.n_embd**2 * config.n_layer * len(ends)
    met = 2 * config.n_embd * config.n_layer * sum(ends)
    return ROWS * (tables + met + config.vocab_size * config.n_embd)


def cache_bytes_a_token(checkpoint: Checkpoint) -> int:
    """Keys and values of one token in all layers, in float32."""
    return 2 * checkpoint.config.n_layer * checkpoint.config.n_embd * FLOAT_BYTES


def _both(checkpoint: Checkpoint, ids: list[int], repeats: int) -> tuple[Table, Table]:
    return decoding(checkpoint, ids, repeats), context(checkpoint, repeats=repeats)


@contextmanager
def _one_core() -> Iterator[None]:
    """Processes started meanwhile do their matrix products on one core; the library reads this when it is loaded."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _growing(checkpoint: Checkpoint, ids: list[int]) -> list[float]:
    """Seconds of each token when a text is read one by one."""
    cache = KeyValueCache(checkpoint.config)
    return [_seconds(partial(read, checkpoint, [token], cache)) for token in ids]


def _from_scratch(checkpoint: Checkpoint, ids: list[int]) -> object:
    return read(checkpoint, ids, KeyValueCache(checkpoint.config))


def _meet(q: NDArray[np.float32], k: NDArray[np.float32], v: NDArray[np.float32]) -> object:
    scores = q @ k.swapaxes(-1, -2) / np.float32(math.sqrt(q.shape[-1]))  # (head, query, key)
    future = np.triu(np.ones(scores.shape[-2:], dtype=bool), 1)
    return softmax(np.where(future, np.float32(-np.inf), scores)) @ v


def _think(checkpoint: Checkpoint, x: NDArray[np.float32]) -> object:
    neurons = bend(linear(x, "blocks.0.mlp.up", checkpoint.weights), checkpoint.config.activation)
    return linear(neurons, "blocks.0.mlp.down", checkpoint.weights)


def _median_seconds(work: Callable[[], object], repeats: int) -> float:
    return median(_seconds(work) for _ in range(repeats))


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
