"""Every quantity the film needs is there, by one call, and the call is the one the catalogue names."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner

from model import checkpoint as checkpoints
from model import recorded
from model.catalogue import GETTERS, SENTENCE, catalogue, main, quantity
from model.checkpoint import Checkpoint
from model.config import GPTConfig
from model.forward import head_weights, run
from model.ledger import ledger
from model.probing import heads, lens, neurons, picking, picks_file, space
from model.probing.spectra import singular_values
from model.recording import downhill, history
from model.recording.moments import token_losses
from model.sampling import generate
from model.tokenizer import CharTokenizer
from model.toys import translation

NEEDED = (
    "TOK MERGES EMB POS POSLIKE RES DELTA Q K V RAW SCORE PATT WQ WK WV WO SVOV SVQK HEADSTAT PRE ACT UPROW DOWNCOL "
    "BUP BDOWN NTOP LOGIT PROB LENS GEN LOSS CKPT GRAD NUDGE LEDGER TIMING XATT TOYSUP ORTHO"
).split()
CALLS = {
    **{
        "head_weights": head_weights,
        "space": space,
        "neurons": neurons,
        "picking": picking,
        "history": history,
        "downhill": downhill,
    },
    **{"lens": lens.lens, "generate": generate, "token_losses": token_losses, "ledger": ledger, "recorded": recorded},
    **{"singular_values": singular_values, "translation": translation, "picks_file": picks_file, "sentence": SENTENCE},
}


def network(**shape) -> Checkpoint:
    tokenizer = CharTokenizer("abcdefgh ")
    config = GPTConfig(**({"vocab_size": 9, "block_size": 12, "n_layer": 2, "n_head": 2, "n_embd": 8} | shape))
    generator = np.random.default_rng(0)
    weights = {n: generator.normal(0, 0.5, size).astype(np.float32) for n, size in config.tensor_shapes().items()}
    return Checkpoint("tiny", config, tokenizer, weights, "5eed" * 16)


@cache
def shipped(name: str) -> Checkpoint:
    return checkpoints.load(name)


def called(call: str, checkpoint: Checkpoint, prompt: str):
    """What the call in the catalogue gives when it is typed."""
    names = {"c": checkpoint, "p": prompt, "acts": run(checkpoint, prompt), "layer": 1, "head": 1, "neuron": 2}
    return eval(call, CALLS | names)


def lengths(checkpoint: Checkpoint, positions: int) -> dict[str, int]:
    config = checkpoint.config
    return {
        **{"position": positions, "query": positions, "key": positions, "vocab": config.vocab_size},
        **{"n_embd": config.n_embd, "d_head": config.d_head, "d_mlp": config.d_mlp, "head": config.n_head},
    }


def check(name: str, checkpoint: Checkpoint, prompt: str) -> None:
    found, entry = quantity(name, checkpoint, prompt, layer=1, head=1, neuron=2), catalogue()[name]
    assert np.isfinite(found.values).all()
    assert found.values.size or (name == "MERGES" and isinstance(checkpoint.tokenizer, CharTokenizer))
    assert found.axes == entry.axes
    tensor, index, source = found.passport
    assert tensor and source and len(index) >= len(found.axes)
    typed = called(entry.call, checkpoint, prompt)
    if name == "HEADSTAT":
        typed = [[row[measure] for measure in heads.MEASURES] for row in typed]
    if name == "LEDGER":
        typed = [row.count for row in typed]
    np.testing.assert_array_equal(np.asarray(typed).reshape(found.shape), found.values)


def test_the_catalogue_holds_what_the_film_needs_and_nothing_else() -> None:
    assert list(catalogue()) == list(GETTERS) == NEEDED


@pytest.mark.parametrize("name", [n for n, entry in catalogue().items() if entry.origin.startswith("weights")])
def test_what_weights_and_prompt_determine_is_there_for_any_network(name: str) -> None:
    tiny = network()
    check(name, tiny, "abc bad")
    found, expected = quantity(name, tiny, "abc bad"), lengths(tiny, 7)
    if name not in ("MERGES", "POS", "POSLIKE", "GEN", "LOSS", "LENS", "LEDGER"):
        assert found.shape == tuple(expected[axis] for axis in found.axes)


@pytest.mark.parametrize("checkpoint", checkpoints.shipped())
@pytest.mark.parametrize("name", NEEDED)
def test_every_quantity_can_be_had_of_the_shipped_networks(name: str, checkpoint: str) -> None:
    measured = f"{checkpoint}_neurons"  # written by the command that also writes the picks
    needs = {"recorded in training": checkpoint, "measured on held-out text": measured, "ORTHO": "orthogonality"}
    needed = needs.get(name, needs.get(catalogue()[name].origin))
    if needed and not (recorded.RECORDINGS / f"{needed}.safetensors").exists():
        pytest.skip(f"{needed} is not recorded yet")
    check(name, shipped(checkpoint), "the king and the queen")


def test_losses_of_the_prompt_are_minus_the_logarithm_of_what_the_truth_was_given() -> None:
    tiny = network()
    ids = quantity("TOK", tiny, "abc bad").values
    shares = quantity("PROB", tiny, "abc bad").values
    np.testing.assert_allclose(
        quantity("LOSS", tiny, "abc bad").values, -np.log(shares[np.arange(6), ids[1:]]), rtol=1e-5
    )


@pytest.mark.parametrize("shape", [{}, {"n_head": 1}])
def test_singular_values_are_those_of_the_whole_product(shape: dict) -> None:
    tiny = network(**shape)
    tables = {letter: table.values.astype(float) for letter, table in head_weights(tiny, 1, 0).items()}
    products = {"SVOV": tables["W_O"] @ tables["W_V"], "SVQK": tables["W_Q"].T @ tables["W_K"]}
    for name, product in products.items():
        expected = np.linalg.svd(product, compute_uv=False)
        found = quantity(name, tiny, "abc", layer=1, head=0).values
        np.testing.assert_allclose(found, expected[: len(found)], rtol=1e-10)
        np.testing.assert_allclose(expected[len(found) :], 0, atol=1e-12)


def test_the_ledger_adds_up_to_the_weights() -> None:
    tiny = network()
    assert quantity("LEDGER", tiny, "abc").values.sum() == sum(array.size for array in tiny.weights.values())


def test_what_a_network_lacks_is_said_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="tiny has no blocks.0.mlp.up.bias; it was trained without offsets"):
        quantity("BUP", network(bias=False), "abc")
    with pytest.raises(ValueError, match="there is no recording"):
        quantity("CKPT", network(), "abc")
    with pytest.raises(KeyError, match="there is no quantity 'MOOD'; there are TOK, MERGES, EMB"):
        quantity("MOOD", network(), "abc")


def test_the_command_lists_every_quantity() -> None:
    answer = CliRunner().invoke(main, [], env={"COLUMNS": "200"})
    assert answer.exit_code == 0 and all(name in answer.output for name in NEEDED)
