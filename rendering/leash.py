"""Processes that end when the one that started them does, however that happens: nothing goes on alone after kill -9."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from multiprocessing import parent_process
from threading import Thread

DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
# Looked up here, since between fork and exec there is no time for imports.
_LIBC = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


def follow() -> None:
    """In a process just forked: be killed by Linux when the parent ends; elsewhere the process finishes its work."""
    if _LIBC is not None:
        _LIBC.prctl(DIE_WITH_PARENT, signal.SIGKILL)


def serve() -> None:
    """In a process of a pool: leave Ctrl-C to the parent, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
