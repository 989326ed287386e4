"""Two passages of held-out text, long enough for a page: those with which the recordings begin, and how they go on."""

from __future__ import annotations

from dataclasses import dataclass

from model.checkpoint import Checkpoint
from model.tokenizer import Tokenizer


@dataclass(frozen=True)
class Passage:
    """A passage: whether it is of a tale or of a play, by whom and of what, and its text."""

    kind: str
    title: str
    text: str


TALE = Passage(
    "tale",
    "H. C. Andersen, The Fir Tree",
    '"Then good-bye," said the Rats; and they went home.\n'
    'At last the little Mice stayed away also; and the Tree sighed: "After all, it was very pleasant when the sleek '
    "little Mice sat round me, and listened to what I told them. Now that too is over. But I will take good care to "
    'enjoy myself when I am brought out again."\n'
    "But when was that to be? Why, one morning there came a quantity of people and set to work in the loft. The trunks "
    "were moved, the tree was pulled out and thrown--rather hard, it is true--down on the floor, but a man drew him "
    "towards the stairs, where the daylight shone.\n"
    '"Now a merry life will begin again," thought the Tree. He felt the fresh air, the first sunbeam--and now he was '
    "out in the courtyard. All passed so quickly, there was so much going on around him, the Tree quite forgot to look "
    "to himself. The court adjoined a garden, and all was in flower; the roses hung so fresh and odorous over the "
    "balustrade, the lindens were in blossom, the Swallows flew by.",
)
PLAY = Passage(
    "play",
    "W. Shakespeare, The Taming of the Shrew",
    "?\n\nGREMIO:\nGood morrow, neighbour Baptista.\n\nBAPTISTA:\nGood morrow, neighbour Gremio.\n"
    "God save you, gentlemen!\n\nPETRUCHIO:\nAnd you, good sir! Pray, have you not a daughter\n"
    "Call'd Katharina, fair and virtuous?\n\nBAPTISTA:\nI have a daughter, sir, called Katharina.\n\n"
    "GREMIO:\nYou are too blunt: go to it orderly.\n\nPETRUCHIO:\nYou wrong me, Signior Gremio: give me leave.\n"
    "I am a gentleman of Verona, sir,",
)


def passage_for(checkpoint: Checkpoint) -> Passage:
    """What a network reads where a page is called for: the play if it knows Shakespeare's letters only, else the tale.

    Characters that its vocabulary lacks are left out.
    """
    passage = PLAY if checkpoint.name == "shakespeare" else TALE
    readable = "".join(character for character in passage.text if _reads(checkpoint.tokenizer, character))
    return Passage(passage.kind, passage.title, readable)


def _reads(tokenizer: Tokenizer, character: str) -> bool:
    try:
        return bool(tokenizer.encode(character))
    except ValueError:
        return False
