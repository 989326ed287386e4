"""Named arrays with a passport: which tensor, which part of it, from which checkpoint and sentence.

Every name an activation can have, with its axes, is listed once, in ``AXES``. Names follow TransformerLens, without
its ``hook_`` prefix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Axis lengths: position = query = key = number of tokens; layer, head, n_embd, d_head, d_mlp, vocab from the config.
AXES: dict[str, tuple[str, ...]] = {
    "embed": ("position", "n_embd"),
    "pos_embed": ("position", "n_embd"),
    "blocks.*.resid_pre": ("position", "n_embd"),
    "blocks.*.ln1.normalized": ("position", "n_embd"),
    "blocks.*.attn.q": ("head", "position", "d_head"),
    "blocks.*.attn.k": ("head", "position", "d_head"),
    "blocks.*.attn.v": ("head", "position", "d_head"),
    "blocks.*.attn.raw_scores": ("head", "query", "key"),  # q.k, before division by sqrt(d_head)
    "blocks.*.attn.attn_scores": ("head", "query", "key"),  # after division, before the mask
    "blocks.*.attn.unmasked_pattern": ("head", "query", "key"),  # softmax over every key, later ones too
    "blocks.*.attn.pattern": ("head", "query", "key"),  # softmax over the keys a query may see
    "blocks.*.attn.z": ("head", "position", "d_head"),
    "blocks.*.attn.result": ("head", "position", "n_embd"),  # what each head adds, before the shared offset
    "blocks.*.attn_out": ("position", "n_embd"),
    "blocks.*.resid_mid": ("position", "n_embd"),
    "blocks.*.ln2.normalized": ("position", "n_embd"),
    "blocks.*.mlp.pre": ("position", "d_mlp"),
    "blocks.*.mlp.post": ("position", "d_mlp"),
    "blocks.*.mlp_out": ("position", "n_embd"),
    "blocks.*.resid_post": ("position", "n_embd"),
    "ln_final.normalized": ("position", "n_embd"),
    "logits": ("position", "vocab"),
    "probabilities": ("position", "vocab"),
}
ALIASES = {"scores": "attn_scores", "attn": "pattern"}


@dataclass(frozen=True, eq=False)
class Quantity:
    """Numbers that know where they come from.

    Parameters
    ----------
    values : float array
        The numbers, unrounded.
    name : str
        Which activation or weight, e.g. ``blocks.2.attn.pattern``.
    axes : tuple of str
        One word for each axis of ``values``.
    source : str
        Which checkpoint and prompt (hashes).
    index : tuple
        The part taken of the named array: one integer or ``(start, stop, step)`` for each of its axes.

    Examples
    --------
    >>> pattern = Quantity([[1.0, 0.0], [0.25, 0.75]], "blocks.0.attn.pattern", ("query", "key"), "demo")
    >>> float(pattern.at(query=1, key=0))
    0.25
    >>> pattern[1].passport
    ('blocks.0.attn.pattern', (1, (0, 2, 1)), 'demo')
    """

    values: NDArray[np.floating[Any]]
    name: str
    axes: tuple[str, ...]
    source: str
    index: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.ndim != len(self.axes):
            raise ValueError(f"{self.name}: {values.ndim} axes of numbers, but {len(self.axes)} named: {self.axes}")
        values = values.view()
        values.flags.writeable = False
        object.__setattr__(self, "values", values)
        if not self.index:
            object.__setattr__(self, "index", tuple((0, length, 1) for length in values.shape))

    def __getitem__(self, key: Any) -> Quantity:
        """A part, by integers and slices in the order of the axes; the passport follows."""
        keys = key if isinstance(key, tuple) else (key,)
        fits = all(isinstance(k, int | np.integer | slice) and not isinstance(k, bool) for k in keys)
        if not fits or len(keys) > len(self.axes):
            raise TypeError(f"{self.name}: take parts by up to {len(self.axes)} integers or slices, not {key!r}")
        index, axes = list(self.index), []
        open_slots = [slot for slot, part in enumerate(self.index) if isinstance(part, tuple)]
        for position, (slot, length) in enumerate(zip(open_slots, self.values.shape, strict=True)):
            k = keys[position] if position < len(keys) else slice(None)
            if not isinstance(k, slice) and not -length <= k < length:
                raise IndexError(
                    f"{self.name} has {length} along {self.axes[position]}, counted from 0; there is no {k}"
                )
            part = range(*self.index[slot])[k]  # a range cuts a range exactly as numpy cuts an axis
            index[slot] = (part.start, part.stop, part.step) if isinstance(part, range) else part
            if isinstance(k, slice):
                axes.append(self.axes[position])
        return Quantity(self.values[keys], self.name, tuple(axes), self.source, tuple(index))

    def at(self, **positions: int | slice) -> Quantity:
        """A part, by the names of its axes: ``pattern.at(head=3, query=5)``."""
        unknown = set(positions) - set(self.axes)
        if unknown:
            raise KeyError(f"{self.name} has no axis {sorted(unknown)[0]!r}; its axes are {', '.join(self.axes)}")
        return self[tuple(positions.get(axis, slice(None)) for axis in self.axes)]

    @property
    def passport(self) -> tuple[str, tuple[Any, ...], str]:
        """Name, part and source, as plain hashable values."""
        return (self.name, self.index, self.source)

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self.values.shape

    def __len__(self) -> int:
        return len(self.values)

    def __float__(self) -> float:
        return float(self.values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype, copy=copy)

    def __deepcopy__(self, memo: dict[int, Any]) -> Quantity:
        return self


class Edit(Protocol):
    """One activation changed while a pass runs, e.g. by ``model.probing.ablation.Without``."""

    @property
    def name(self) -> str:
        """Full name of the activation."""

    @property
    def label(self) -> str:
        """What is changed, in a few characters; it becomes part of every passport of the pass."""

    def __call__(self, array: NDArray[Any]) -> NDArray[Any]:
        """What to go on with instead of ``array``; the same shape."""


class Activations(Mapping[str, Quantity]):
    """Everything a forward pass computed, by name.

    ``activations["blocks.2.attn.pattern"]``, or shorter ``activations["pattern", 2]``.

    Attributes
    ----------
    ids : tuple of int
        Token ids of the prompt, 0-based.
    source : str
        Checkpoint and prompt hashes, and the edit if there was one; the source of every quantity.
    axes : dict of tuples of str
        Every name there can be, with its axes; another kind of network brings its own list.
    """

    def __init__(
        self,
        ids: list[int],
        source: str,
        edit: Edit | None = None,
        axes: Mapping[str, tuple[str, ...]] = AXES,
    ) -> None:
        self.ids = tuple(ids)
        self.source = f"{source} {edit.label}" if edit else source
        self._edit = edit
        self.axes = axes
        self._quantities: dict[str, Quantity] = {}

    def keep(self, name: str, values: ArrayLike) -> NDArray[Any]:
        """Store an array, edited if asked for, and hand it back, so that arithmetic and record are one line."""
        array = np.asarray(values)
        if self._edit and name == self._edit.name:
            shape, array = array.shape, np.asarray(self._edit(array))
            if array.shape != shape:
                raise ValueError(f"{name} has shape {shape}; {self._edit.label!r} made it {array.shape}")
        self._quantities[name] = Quantity(array, name, self.axes[_general(name)], self.source)
        return array

    def __getitem__(self, key: str | tuple[str, int]) -> Quantity:
        name = key if isinstance(key, str) else self._full_name(*key)
        if name not in self._quantities:
            raise KeyError(
                f"there is no activation {name!r}; known are {', '.join(self.axes)} (with a layer number for *)"
            )
        return self._quantities[name]

    def resolve(self, passport: tuple[str, tuple[Any, ...], str]) -> NDArray[Any]:
        """The numbers a passport names.

        Raises
        ------
        ValueError
            If the passport was issued for another checkpoint or prompt.
        """
        name, index, source = passport
        if source != self.source:
            raise ValueError(f"{name}: this passport is for {source}, these activations are {self.source}")
        return self[name].values[tuple(_cut(part) if isinstance(part, tuple) else part for part in index)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._quantities)

    def __len__(self) -> int:
        return len(self._quantities)

    def _full_name(self, short: str, layer: int) -> str:
        block, ending = f"blocks.{layer}.", f".{ALIASES.get(short, short)}"
        fitting = [name for name in self._quantities if name.startswith(block) and name.endswith(ending)]
        if len(fitting) > 1:
            raise KeyError(f"{short!r} could be {' or '.join(fitting)}; give the full name")
        return fitting[0] if fitting else f"{block}{short}"


def _cut(part: tuple[int, int, int]) -> slice:
    """The slice that takes what ``range(*part)`` lists: a stop below 0 is the very beginning, not the end."""
    places = range(*part)
    return slice(places.start, places.stop if places.stop >= 0 else None, places.step) if places else slice(0)


def _general(name: str) -> str:
    parts = name.split(".")
    return ".".join("*" if part.isdigit() else part for part in parts)
