"""What the training benchmark compares is the same network, and its results are filed without harming others'."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchmarks import training as benchmark  # noqa: E402
from benchmarks.reference_gpt import ReferenceGPT, steps  # noqa: E402
from benchmarks.report import write_section  # noqa: E402
from model.gpt import GPT  # noqa: E402
from model.settings import TrainingConfig  # noqa: E402
from model.training import prepare  # noqa: E402

CONFIG = TrainingConfig(
    name="tiny", corpus="x", tokenizer="characters", n_layer=2, n_head=2, n_embd=16, block_size=8, steps=40,
    batch_size=4, learning_rate=1e-2, warmup=5,
)  # fmt: skip
NAMES = {
    "norm1": "ln1", "attention": "attn.qkv", "projection": "attn.out", "norm2": "ln2", "mlp.0": "mlp.up",
    "mlp.2": "mlp.down",
}  # fmt: skip


def our_name(theirs: str) -> str:
    """What ``model.gpt`` calls a tensor of the reference."""
    whole = {"tokens": "embed", "places": "pos_embed", "norm": "ln_final", "head": "unembed"}
    module, part = theirs.rsplit(".", 1)
    if module in whole:
        return f"{whole[module]}.{part}"
    blocks, layer, rest = module.split(".", 2)
    return f"{blocks}.{layer}.{NAMES[rest]}.{part}"


def test_the_reference_is_the_same_function_of_the_same_weights() -> None:
    torch.manual_seed(0)
    ours, reference = GPT(CONFIG.shape(11)).eval(), ReferenceGPT(CONFIG, 11).eval()
    state = reference.state_dict()
    assert sum(p.numel() for p in reference.parameters()) == sum(p.numel() for p in ours.parameters())
    ours.load_weights({our_name(name): tensor for name, tensor in state.items()})
    ids = torch.randint(11, (3, 8))
    torch.testing.assert_close(ours(ids), reference(ids))


def test_both_start_with_weights_of_the_same_spread() -> None:
    torch.manual_seed(0)
    wide = CONFIG.model_copy(update={"n_embd": 64})
    ours, reference = GPT(wide.shape(100)), ReferenceGPT(wide, 100)
    theirs = {our_name(name): tensor for name, tensor in reference.state_dict().items()}
    for name, tensor in ours.weights().items():
        assert float(theirs[name].std(correction=0)) == pytest.approx(float(tensor.std(correction=0)), rel=0.1), name


def test_the_reference_loop_learns() -> None:
    torch.manual_seed(0)
    network, ids = ReferenceGPT(CONFIG, 4), np.tile(np.arange(4, dtype=np.uint16), 50)
    for _ in steps(network, CONFIG, ids, "cpu", compiled=False):
        pass
    window = torch.from_numpy(ids[:9].astype(np.int64))
    assert (network.eval()(window[None, :8])[0].argmax(-1) == window[1:]).all()


def test_ways_that_take_turns_each_see_windows_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sets torch's seed between two steps must not make the other read the same windows again."""
    seen: list[bytes] = []
    network, ids = ReferenceGPT(CONFIG, 50), np.arange(50, dtype=np.uint16).repeat(3)
    forward = network.forward
    monkeypatch.setattr(network, "forward", lambda inputs: seen.append(inputs.numpy().tobytes()) or forward(inputs))
    loop = steps(network, CONFIG, ids, "cpu", compiled=False)
    for _ in range(10):
        torch.manual_seed(1)
        next(loop)
    assert len(set(seen)) == 10


def test_the_benchmark_measures_every_way_over_the_same_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "the king had a golden bird and the bird had a song for the queen of the king. " * 60
    (tmp_path / "tale.txt").write_text(text)
    monkeypatch.setattr(benchmark, "prepare", lambda config: prepare(config, tmp_path))
    config = CONFIG.model_copy(update={"corpus": str(tmp_path / "tale.txt"), "optimiser": "muon"})
    table = benchmark.measure(config, plain_rate=1e-2, device="cpu", compiled=False, turn=10)
    rows = re.findall(r"^\| ([\w, ]+) \| ([\d,]+) \| ([\d.]+) \| ([\d.]+) \|$", table, re.MULTILINE)
    assert [row[0] for row in rows] == ["plain loop, AdamW", "ours, AdamW", "ours, muon"]
    assert rows[0][2] == "1.00" and "40 steps of 4 x 8 tokens" in table
    assert all(0 < float(row[3]) < math.log(len(set(text))) for row in rows)  # each has learned something


def test_a_section_replaces_its_older_self_and_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    for title, body in (("B", "old\n\n| a | b |"), ("A", "first"), ("B", "new")):
        write_section(title, body, path)
    text = path.read_text()
    assert text.startswith("# Results\n") and "old" not in text
    assert text.index("## A\n\nfirst\n") < text.index("## B\n\nnew\n")
