"""DotProductMeaning: products are those of table rows with a direction that was made from other words."""

from __future__ import annotations

import numpy as np
import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestDotProductMeaning(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "DotProductMeaning"
    beats = 7

    @staticmethod
    def truth(told: Told) -> np.ndarray:
        """Products of all rows with the mean step of every other pair."""
        table = np.asarray(told.checkpoint.weights["embed.weight"], dtype=np.float64)
        steps = [table[end] - table[start] for start, end in told.scene.relations[0].pairs[::2]]
        return table @ np.mean(steps, axis=0)

    def test_the_number_between_the_arrows_is_their_dot_product(self, told: Told) -> None:
        [shown] = told.declared(1, "dot product of the arrows drawn")
        one, other = told.scene.pair.values
        assert shown.value == pytest.approx(one[0] * other[0] + one[1] * other[1])
        assert shown.value < 0

    def test_the_recipe_ends_at_the_product_of_two_rows(self, told: Told) -> None:
        table, scene = told.checkpoint.weights["embed.weight"], told.scene
        strip = scene.strip[0]
        rows = np.asarray(table[[scene.seeds[0], scene.near[0][0].token]], dtype=np.float64)
        assert strip.total.value == pytest.approx((rows[0] * rows[1]).sum(), rel=1e-4)
        shown = [round(one.value, 3) for one in (*strip.products, *strip.remainder[:1])]
        assert sum(shown) == pytest.approx(round(strip.total.value, 3), abs=1e-9)

    def test_words_answer_with_their_products(self, told: Told) -> None:
        truth, scene = self.truth(told), told.scene
        shown = [one.value for one in told.declared(5, "product of a row")]
        asked = [*scene.words, *scene.graded]
        assert sorted(shown) == pytest.approx(sorted(truth[asked]), abs=1e-6)

    def test_no_word_that_is_asked_made_the_question(self, told: Told) -> None:
        made = {token for pair in told.scene.made for token in pair}
        assert not made & set(told.scene.words)
        assert not made & {token for pair in told.scene.tested for token in pair}

    def test_the_histograms_count_all_tested_words(self, told: Told) -> None:
        truth, scene = self.truth(told), told.scene
        for side, plot in enumerate(scene.judged[0]):
            values = truth[[pair[side] for pair in scene.tested]]
            edges = plot.edges
            counts = [
                int(((values >= low) & (values < high)).sum()) for low, high in zip(edges, edges[1:], strict=False)
            ]
            assert [item.value for item in plot.items] == counts
            assert sum(counts) == len(scene.tested)

    def test_the_share_of_pairs_is_counted_one_by_one(self, told: Told) -> None:
        truth, tested = self.truth(told), told.scene.tested
        wins = [float(truth[many] > truth[one]) for _, many in tested for one, _ in tested]
        [share] = told.declared(6, "area under the ROC curve")
        assert share.value == pytest.approx(np.mean(wins))
