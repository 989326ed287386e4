"""Lines of a fan stand for the shares they were given, and lead from word to word."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobjects import ConnectionFan, layout, theme
from model.activations import Quantity

WORDS = ["the", " old", " king"]
PATTERN = np.array([[1.0, 0.0, 0.0], [0.3, 0.7, 0.0], [0.01, 0.6, 0.39]])


def lines(fan, head=0):
    return {(line.query, line.key): line for group in fan.strands[head] for line in group}


def test_a_line_leads_from_each_word_to_those_it_takes_from():
    fan = ConnectionFan(PATTERN, WORDS, passport="x")
    drawn = lines(fan)
    assert set(drawn) == {(q, k) for q in range(3) for k in range(3) if PATTERN[q, k] >= 0.02}
    for (query, key), line in drawn.items():
        assert line.value == PATTERN[query, key]
        assert line.points[0][1] == pytest.approx(fan.query_tokens[query].box.get_y())
        assert line.points[-1][1] == pytest.approx(fan.key_tokens[key].box.get_y())


def test_larger_shares_are_wider_and_brighter():
    drawn = sorted(lines(ConnectionFan(PATTERN, WORDS, passport="x")).values(), key=lambda line: line.value)
    widths = [float(np.max(line.stroke_width)) for line in drawn]
    opacities = [line.get_stroke_opacity() for line in drawn]
    assert widths == sorted(widths) and opacities == sorted(opacities)


def test_lines_know_where_their_shares_come_from():
    pattern = Quantity(PATTERN, "blocks.0.attn.pattern", ("query", "key"), "demo")
    line = lines(ConnectionFan(pattern, WORDS))[2, 1]
    assert line.passport == ("blocks.0.attn.pattern", (2, 1), "demo")


def test_several_heads_have_colours_of_their_own():
    fan = ConnectionFan(np.stack([PATTERN, np.eye(3)]), WORDS, passport="x")
    first, second = (next(iter(lines(fan, head).values())) for head in (0, 1))
    assert np.allclose(first.stroke_rgbas[0, :3], theme.rgba(theme.HIGHLIGHT)[:3])
    assert np.allclose(second.stroke_rgbas[0, :3], theme.rgba(theme.KEY)[:3])


def test_one_word_is_looked_at_and_all_light_comes_back():
    fan = ConnectionFan(PATTERN, WORDS, passport="x")
    before = [leaf.stroke_rgbas.copy() for leaf in fan.family_members_with_points()]
    fan.focus(1)
    drawn = lines(fan)
    assert drawn[1, 0].get_stroke_opacity() > 0.4 > drawn[0, 0].get_stroke_opacity()
    after = [leaf.stroke_rgbas for leaf in fan.undim().family_members_with_points()]
    assert all(np.allclose(*pair) for pair in zip(before, after, strict=True))


@given(st.integers(1, 16))
@settings(deadline=None, max_examples=8)
def test_any_number_of_words_fits_the_frame(count):
    fan = ConnectionFan(np.eye(count), [f" w{place}" for place in range(count)], passport="x")
    assert layout.safe_area().holds(fan)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ConnectionFan(PATTERN[:2], WORDS), r"shape \(2, 3\)"),
        (lambda: ConnectionFan(PATTERN * 2, WORDS), "expected 0 to 1"),
        (lambda: ConnectionFan(PATTERN * np.nan, WORDS), "not finite"),
        (lambda: ConnectionFan(np.zeros((7, 3, 3)), WORDS), "7 heads"),
        (lambda: ConnectionFan(np.zeros((0, 0)), []), "0 tokens"),
        (lambda: ConnectionFan(PATTERN, WORDS).focus(3), "there are 0 to 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
