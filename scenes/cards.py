"""Companion clips for editors, ``manim scenes/cards.py NAME``: one scene for each entry of ``assets/cards.yaml``."""

from __future__ import annotations

from scenes import card_facts, card_scenes
from scenes import card_texts as texts
from scenes.card_scenes import CardScene
from scenes.card_texts import Card, CardsError, read_cards

KINDS: dict[type[texts.Card], type[CardScene]] = {
    texts.Initials: card_scenes.InitialsScene,
    texts.RoadMap: card_scenes.RoadMapScene,
    texts.Split: card_scenes.SplitScene,
    texts.Spot: card_scenes.SpotScene,
    texts.Checklist: card_scenes.ChecklistScene,
    texts.Strike: card_facts.StrikeScene,
    texts.HeadName: card_facts.HeadScene,
    texts.Dimension: card_facts.DimensionScene,
    texts.Methods: card_scenes.MethodsScene,
    texts.Question: card_scenes.QuestionScene,
    texts.TimedLine: card_scenes.TimedLineScene,
    texts.End: card_facts.EndScene,
}


def scene_of(name: str, card: Card) -> type[CardScene]:
    """The scene that draws a card, under the card's name."""
    kind = KINDS[type(card)]
    return type(name, (kind,), {"card": card, "__doc__": kind.__doc__, "__module__": __name__})


try:
    CARDS = read_cards()
except CardsError as error:
    if __name__ == "scenes.cards":
        raise
    raise SystemExit(f"error: {error}") from None  # under manim, where a traceback would bury the sentence

globals().update({name: scene_of(name, card) for name, card in CARDS.items()})
