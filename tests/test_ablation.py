"""A part switched off during a pass is a part whose weights are gone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from model.checkpoint import Checkpoint
from model.config import GPTConfig
from model.forward import run
from model.probing.ablation import Without, means
from model.tokenizer import CharTokenizer

IDS = [3, 1, 4, 1, 5, 9, 2, 6]
SHAPE = {"vocab_size": 13, "block_size": 10, "n_layer": 3, "n_head": 4, "n_embd": 16}
PARTS = [
    Without("head", 1, (2,)),
    Without("head", 0, (0, 3)),
    Without("attention", 2),
    Without("neuron", 1, (7,)),
    Without("neuron", 2, (0, 5, 63)),
    Without("mlp", 0),
]


@pytest.fixture
def checkpoint() -> Checkpoint:
    generator = np.random.default_rng(5)
    config = GPTConfig(**SHAPE)
    weights = {name: generator.normal(0, 0.4, size).astype(np.float32) for name, size in config.tensor_shapes().items()}
    return Checkpoint("random", config, CharTokenizer("abcdefghijklm"), weights, "5eed" * 16)


def without_weights(checkpoint: Checkpoint, part: Without) -> Checkpoint:
    """The network with the tensors zeroed through which the part reaches the stream."""
    weights = {name: array.copy() for name, array in checkpoint.weights.items()}
    block = f"blocks.{part.layer}"
    if part.kind in ("attention", "mlp"):
        for ending in ("weight", "bias"):
            weights[f"{block}.{'attn.out' if part.kind == 'attention' else 'mlp.down'}.{ending}"][:] = 0
    for number in part.numbers:
        if part.kind == "neuron":
            weights[f"{block}.mlp.down.weight"][:, number] = 0
        else:
            weights[f"{block}.attn.out.weight"][:, 4 * number : 4 * number + 4] = 0
    return dataclasses.replace(checkpoint, weights=weights)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.label)
def test_switching_off_equals_zeroing_the_weights(checkpoint: Checkpoint, part: Without) -> None:
    ours = run(checkpoint, IDS, edit=part)["logits"].values
    zeroed = without_weights(checkpoint, part)
    np.testing.assert_allclose(ours, run(zeroed, IDS)["logits"].values, rtol=1e-5, atol=1e-5)
    assert np.abs(ours - run(checkpoint, IDS)["logits"].values).max() > 0.01


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.label)
def test_switching_off_equals_zeroing_the_weights_in_torch(checkpoint: Checkpoint, part: Without) -> None:
    torch = pytest.importorskip("torch")
    from model.gpt import GPT

    network = GPT(checkpoint.config).eval()
    zeroed = without_weights(checkpoint, part).weights
    with torch.no_grad():
        for name, tensor in network.weights().items():
            tensor.copy_(torch.from_numpy(zeroed[name]))
        theirs = network(torch.tensor([IDS]))[0].numpy()
    ours = run(checkpoint, IDS, edit=part)["logits"].values
    assert np.linalg.norm(ours - theirs) / np.linalg.norm(theirs) < 1e-5


@pytest.mark.parametrize("kind", ["head", "neuron", "attention", "mlp"])
def test_at_one_position_nothing_before_it_changes(checkpoint: Checkpoint, kind: str) -> None:
    part = Without(kind, 0, (1,) if kind in ("head", "neuron") else (), position=4)
    plain, edited = run(checkpoint, IDS), run(checkpoint, IDS, edit=part)
    np.testing.assert_array_equal(edited["logits"].values[:4], plain["logits"].values[:4])
    assert (edited["logits"].values[4:] != plain["logits"].values[4:]).any(axis=1).all()
    if kind == "neuron":
        post = edited["post", 0].values
        assert post[4, 1] == 0 and (np.delete(post, 1, axis=1) == np.delete(plain["post", 0].values, 1, axis=1)).all()


def test_means_are_those_of_all_positions_of_all_windows(checkpoint: Checkpoint) -> None:
    texts = [IDS, IDS[:3], IDS[2:]]
    z = np.concatenate([run(checkpoint, ids)["z", 1].values for ids in texts], axis=1)
    np.testing.assert_allclose(means(checkpoint, texts, "head")[1], z.mean(axis=1), rtol=1e-5)
    post = np.concatenate([run(checkpoint, ids)["post", 2].values for ids in texts])
    np.testing.assert_allclose(means(checkpoint, texts, "neuron")[2], post.mean(axis=0), rtol=1e-5, atol=1e-7)


def test_a_part_can_be_held_at_its_mean(checkpoint: Checkpoint) -> None:
    for kind, ending in (("head", "z"), ("neuron", "post"), ("mlp", "mlp_out")):
        usual = means(checkpoint, [IDS], kind)[1]
        numbers = () if kind == "mlp" else (2,)
        held = run(checkpoint, IDS, edit=Without(kind, 1, numbers, instead=usual))[ending, 1].values
        part = {"head": held[2], "neuron": held[:, 2], "mlp": held}[kind]
        wanted = usual if kind == "mlp" else usual[2]
        np.testing.assert_allclose(part, np.broadcast_to(wanted, part.shape), rtol=1e-6)


def test_passports_of_an_edited_pass_say_so(checkpoint: Checkpoint) -> None:
    plain, edited = run(checkpoint, IDS), run(checkpoint, IDS, edit=PARTS[0])
    assert edited.source == f"{plain.source} without head 2 of layer 1"
    with pytest.raises(ValueError, match="this passport is for"):
        plain.resolve(edited["logits"].passport)


def test_an_edit_may_not_change_a_shape(checkpoint: Checkpoint) -> None:
    class Shorter:
        name, label = "embed", "shorter"

        def __call__(self, array):
            return array[:1]

    with pytest.raises(ValueError, match=r"embed has shape \(8, 16\); 'shorter' made it \(1, 16\)"):
        run(checkpoint, IDS, edit=Shorter())


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (Without("mlp", 3), "without mlp of layer 3: random of 3 layers has no blocks.3.mlp_out to change"),
        (Without("head", 1, (4,)), "without head 4 of layer 1: the layer has 4 heads, counted from 0"),
    ],
)
def test_a_part_that_the_network_lacks_is_refused(checkpoint: Checkpoint, part: Without, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        run(checkpoint, IDS, edit=part)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("layer", 0), "there is no part 'layer' to switch off; take one of head, attention, neuron, mlp"),
        (("head", 0), "to switch off head of layer 0, give numbers"),
        (("mlp", 0, (1,)), "to switch off mlp of layer 0, give no numbers"),
    ],
)
def test_what_is_no_part_is_refused(arguments: tuple, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Without(*arguments)
