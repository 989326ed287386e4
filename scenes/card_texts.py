"""What companion clips say: ``assets/cards.yaml``, read and checked. Knows no manim."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

ROOT = Path(__file__).resolve().parent.parent
CARDS = ROOT / "assets" / "cards.yaml"
SHORTEST, LONGEST = 3.0, 10.0  # seconds

Line = Annotated[str, Field(min_length=1, max_length=120)]
Share = Annotated[float, Field(ge=0, le=1)]


class CardsError(ValueError):
    """The cards cannot be drawn as they are written; one sentence: file and line, what was found, what to do."""


class Card(BaseModel):
    """What all cards have in common.

    Attributes
    ----------
    seconds : float
        How long the clip is.
    transparent : bool
        Whether what is empty lets other footage through.
    says : str
        Narration; none if empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = Field(5.0, ge=SHORTEST, le=LONGEST)
    transparent: bool = True
    says: str = ""


class Initials(Card):
    """Initials that unfold into the words they stand for."""

    kind: Literal["initials"]
    words: list[Line] = Field(min_length=2, max_length=5)


class RoadMap(Card):
    """Stops of a way, one of them "you are here"; ``here`` counts from 1."""

    kind: Literal["road map"]
    stops: list[Line] = Field(min_length=2, max_length=8)
    here: int = Field(ge=1)
    note: Line = "you are here"

    @model_validator(mode="after")
    def _is_on_the_map(self) -> RoadMap:
        if self.here > len(self.stops):
            raise ValueError(f"'here' is stop {self.here}, but there are only {len(self.stops)} stops")
        return self


class Panel(BaseModel):
    """One part of a split frame: its title and what stands below; footage goes there if nothing does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Line
    text: str = ""


class Split(Card):
    """Two or three panels side by side, for footage or for words."""

    kind: Literal["split"]
    panels: list[Panel] = Field(min_length=2, max_length=3)


class Spot(Card):
    """A frame that darkens but for one place; ``hole`` is left, top, width and height as shares of the frame.

    Without a picture only the dark sheet is drawn, to be laid over footage.
    """

    kind: Literal["spotlight"]
    picture: Path | None = None
    hole: tuple[Share, Share, Share, Share]
    caption: Line

    @model_validator(mode="after")
    def _is_there(self) -> Spot:
        if self.picture is not None and not (ROOT / self.picture).is_file():
            raise ValueError(f"there is no picture {self.picture} in this folder")
        left, top, width, height = self.hole
        if not (width > 0 and height > 0 and left + width <= 1 and top + height <= 1):
            raise ValueError("the hole reaches beyond the frame; left + width and top + height are at most 1")
        return self


class Checklist(Card):
    """Topics below each other; the first ``done`` get their ticks."""

    kind: Literal["checklist"]
    topics: list[Line] = Field(min_length=1, max_length=7)
    done: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _has_so_many(self) -> Checklist:
        if self.done > len(self.topics):
            raise ValueError(f"{self.done} topics are done, but there are only {len(self.topics)}")
        return self


class Strike(Card):
    """A claim of which some words are struck out for what was measured.

    ``{query}``, ``{key}`` and ``{share}`` stand for the words of the head that is shown, and for the attention that one
    pays to the other, in percent.
    """

    kind: Literal["strike"]
    claim: Line
    wrong: Line
    right: Line

    @model_validator(mode="after")
    def _strikes_what_is_there(self) -> Strike:
        if self.claim.count(self.wrong) != 1:
            raise ValueError(f"'wrong' is {self.wrong!r}, which is not found once in the claim {self.claim!r}")
        return self


class HeadName(Card):
    """The head that is shown, with what it does."""

    kind: Literal["head"]
    does: Line


class Dimension(Card):
    """A size of the network with an arrow as long as what it measures."""

    kind: Literal["dimension"]
    size: Literal["vocab_size", "block_size", "n_layer", "n_head", "n_embd", "d_head"]
    words: Line


class Methods(Card):
    """A title and a list that comes line by line."""

    kind: Literal["methods"]
    title: Line
    methods: list[Line] = Field(min_length=1, max_length=7)


class Question(Card):
    """A question, and somebody who wonders."""

    kind: Literal["question"]
    asks: Line


class Timed(BaseModel):
    """A word, and when it is heard, in seconds from the start of the clip."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    word: Line
    at: float = Field(ge=0)


class TimedLine(Card):
    """A line whose words light up when they are heard."""

    kind: Literal["words"]
    words: list[Timed] = Field(min_length=1, max_length=24)

    @model_validator(mode="after")
    def _are_in_order(self) -> TimedLine:
        times = [word.at for word in self.words]
        if times != sorted(times) or times[-1] >= self.seconds:
            raise ValueError(f"words are heard at {times}; expected rising times below {self.seconds} seconds")
        return self


class End(Card):
    """Whose numbers were shown: the network, its seed, its weights, and the commit of the film."""

    kind: Literal["end"]
    title: Line


AnyCard = Annotated[
    Initials
    | RoadMap
    | Split
    | Spot
    | Checklist
    | Strike
    | HeadName
    | Dimension
    | Methods
    | Question
    | TimedLine
    | End,
    Field(discriminator="kind"),
]
ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyCard)


def read_cards(path: Path = CARDS) -> dict[str, Card]:
    """Cards by the name of their scene.

    Raises
    ------
    CardsError
        If the file is not there, is no YAML, or a card is not written as it should be.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        found = yaml.safe_load(text)
    except OSError as error:
        raise CardsError(f"{path} cannot be read ({error.strerror}); it holds the texts of the cards") from None
    except UnicodeDecodeError:
        raise CardsError(f"{path} is no text in UTF-8; save it as that") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        said = getattr(error, "problem", None) or "it is no YAML"
        raise CardsError(f"{path}{where}: {said}; see the other cards for how they are written") from None
    if not isinstance(found, dict) or not found:
        raise CardsError(f"{path}, line 1: no cards were found; expected NAME: and its fields below, indented")
    cards = {}
    for name, fields in found.items():
        if not (isinstance(name, str) and name.isidentifier() and name[0].isupper()):
            raise CardsError(f"{path}, line {line_of(tree, (name,))}: {name!r} is no name; write one word like EndCard")
        try:
            cards[name] = ADAPTER.validate_python(fields)
        except ValidationError as error:
            raise CardsError(f"{path}, {fault(tree, name, error)}") from None
    return cards


def fault(tree: Any, name: str, error: ValidationError) -> str:
    """The first fault of a card: its line, its field, and what is wrong."""
    first = error.errors(include_url=False)[0]
    kinds = ", ".join(ADAPTER.json_schema()["discriminator"]["mapping"])
    if first["type"].startswith("union_tag"):
        line = line_of(tree, (name, "kind"))
        return f"line {line}: 'kind' of {name} is {first.get('ctx', {}).get('tag', 'missing')!r}; it is one of {kinds}"
    place = tuple(first["loc"][1:])  # after the kind
    field = ".".join(map(str, place)) or "the card"
    said = first["msg"].removeprefix("Value error, ")
    return f"line {line_of(tree, (name, *place))}: {field!r} of {name}: {said[0].lower()}{said[1:]}"


def line_of(tree: Any, place: tuple[Any, ...]) -> int:
    """The line (from 1) of a field in a YAML tree, or of what holds it if it is missing."""
    node, line = tree, tree.start_mark.line + 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
