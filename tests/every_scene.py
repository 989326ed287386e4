"""What holds for every scene, whatever the sentence and the network: a class whose children are a scene's tests."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mobjects import format_number, theme
from scenes.storyboard import CHAPTERS
from tests.plans import plays_of
from tests.telling import CROWDED, STORIES, Told, tell

ENTRIES = {entry.name: entry for chapter in CHAPTERS for entry in chapter.scenes}
FASTEST, SLOWEST = 165, 110  # words a minute of a beat
SLACK = 2e-4  # single against double precision


class EveryScene:
    """Tests of one scene, told with each story.

    Attributes
    ----------
    name : str
        The scene's class.
    beats : int
        How many its storyboard has.
    """

    name = ""
    beats = 0

    @pytest.fixture(scope="class", params=STORIES)
    @classmethod
    def told(cls, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
        """The scene, stepped through once for each story."""
        entry = ENTRIES[cls.name]
        scene = getattr(import_module(entry.module), entry.name)
        return tell(scene, request.param, tmp_path_factory.mktemp("telling"))

    def test_the_inspector_finds_no_fault(self, told: Told) -> None:
        faults = [f"beat {one.beat}: {one.finding.said}" for one in told.scene.faults if not excused(told, one)]
        assert not faults, "\n".join(faults)

    def test_every_number_has_papers_and_is_its_tensor_rounded(self, told: Told) -> None:
        assert told.scene.ledger.undeclared == []
        for beat, still in enumerate(told.stills, 1):
            for one in (one for one in still if one.kind == "number"):
                assert one.passport, f"beat {beat}: {one.text} has no papers"
                truth = told.truth(one.passport) if isinstance(one.passport, tuple) else None
                if truth is not None:
                    assert one.value == pytest.approx(truth, rel=1e-3, abs=SLACK), f"beat {beat}: {one.passport}"
                    assert bare(one.text) in roundings(one.factor * truth, one.decimals), f"beat {beat}: {one.passport}"

    def test_every_shape_that_stands_for_a_number_stands_for_its_tensor(self, told: Told) -> None:
        for beat, values in enumerate(told.values, 1):
            for value, passport in values:
                truth = told.truth(passport) if isinstance(passport, tuple) else None
                if truth is not None:
                    assert value == pytest.approx(truth, rel=1e-3, abs=SLACK), f"beat {beat}: {passport}"

    def test_the_scene_has_its_beats_and_its_length(self, told: Told) -> None:
        scene = told.scene
        assert [beat.number for beat in scene.beats] == list(range(1, self.beats + 1))
        assert scene.frames == sum(beat.frames for beat in scene.beats)
        if told.story == "picked":
            assert scene.frames / 15 == pytest.approx(ENTRIES[self.name].seconds, abs=1.5)

    def test_the_narration_can_be_spoken_in_its_time(self, told: Told) -> None:
        beats = told.scene.beats
        pace = {beat.number: round(len(beat.narration.split()) / (beat.frames / 15) * 60) for beat in beats}
        assert {number: rate for number, rate in pace.items() if rate > FASTEST} == {}
        if told.story == "picked":
            assert {number: rate for number, rate in pace.items() if rate < SLOWEST} == {}
            words = sum(len(beat.narration.split()) for beat in beats)
            assert 120 <= words / (told.scene.frames / 15) * 60 <= 160

    def test_the_scene_begins_empty_and_ends_in_full_light(self, told: Told) -> None:
        assert [one.text for one in told.at_first] == []
        parts = [part for mobject in told.scene.mobjects for part in mobject.get_family()]
        assert not [part for part in parts if hasattr(part, "bright_alphas")]

    def test_with_alpha_the_scene_looks_the_same_over_its_background(self, told: Told) -> None:
        assert theme.BACKGROUND == "#000000"  # over which colours weighed by alpha are what is seen
        for beat, (opaque, through) in enumerate(told.drawings, 1):
            difference = np.abs(opaque[..., :3].astype(int) - through[..., :3])
            assert difference.max() <= 3, f"beat {beat}"
            assert (through[..., 3] == 0).mean() > 0.2, f"beat {beat} covers somebody's footage"

    def test_a_play_that_is_leapt_over_leaves_what_it_leaves_when_it_is_drawn(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Else a film would depend on what was in the cache, and on how many machines drew it.
        entry = ENTRIES[self.name]
        scene = getattr(import_module(entry.module), entry.name)
        leapt, stepped = (plays_of(scene, tmp_path, monkeypatch, way) for way in (False, True))
        assert [number for number, (one, other) in enumerate(zip(leapt, stepped, strict=True)) if one != other] == []

    def test_the_credit_names_where_the_numbers_come_from(self, told: Told) -> None:
        assert any("measured" in text or told.checkpoint.name in text for text in told.texts(self.beats))


def excused(told: Told, fault: Any) -> bool:
    """Whether a fault is due to a text for which there is no room."""
    return told.story in CROWDED and fault.finding.check == "small"


def bare(text: str) -> str:
    """Digits and point, without sign and separators."""
    return text.strip("+-\N{MINUS SIGN}").replace(",", "")


def roundings(truth: float, decimals: int) -> set[str]:
    """How a number may be written, as it was computed in single precision."""
    return {bare(format_number(value, decimals)) for value in (truth, truth - SLACK, truth + SLACK)}
