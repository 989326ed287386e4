"""A run is the same run however often it is interrupted, and what it leaves behind agrees with itself."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner, Result
from safetensors.torch import load_file

torch = pytest.importorskip("torch")

from model import trainer as loop  # noqa: E402
from model import training  # noqa: E402
from model.card import card  # noqa: E402
from model.checkpoint import CHECKPOINTS, Checkpoint, load, shipped  # noqa: E402
from model.config import GPTConfig  # noqa: E402
from model.data import CorpusError  # noqa: E402
from model.forward import run  # noqa: E402
from model.settings import TrainingConfig, read_config  # noqa: E402
from model.tokenizer import CharTokenizer  # noqa: E402
from model.trainer import Corpus, Trainer, commit, hardware, snapshot_steps  # noqa: E402
from model.training import prepare  # noqa: E402

CONFIGS = sorted((loop.ROOT / "model" / "configs").glob("*.yaml"))
SETTINGS = {
    "name": "tiny",
    "corpus": "tale.txt",
    "tokenizer": "characters",
    "n_layer": 2,
    "n_head": 2,
    "n_embd": 8,
    "block_size": 8,
    "dropout": 0.2,
    "steps": 30,
    "batch_size": 4,
    "learning_rate": 1e-2,
    "warmup": 5,
    "evaluate_every": 10,
}
TALE = "the king had a golden bird and the bird had a song for the queen of the king. " * 30


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def config(**changes: object) -> TrainingConfig:
    return TrainingConfig.model_validate(SETTINGS | changes)


def corpus(text: str = TALE, sha256: str = "5eed" * 16) -> Corpus:
    tokenizer = CharTokenizer(text)
    ids = np.array(tokenizer.encode(text), dtype=np.uint16)
    cut = int(0.9 * len(ids))
    return Corpus(ids[: cut - 100], ids[cut - 100 : cut], ids[cut:], tokenizer, sha256)


def curve_of(trainer: Trainer) -> list[dict[str, float]]:
    return [{key: value for key, value in entry.items() if key != "seconds"} for entry in trainer.curve]


def trained(folder: Path, **changes: object) -> Trainer:
    trainer = Trainer(config(**changes), corpus(), folder)
    trainer.train()
    return trainer


# -- the loop ----------


def test_a_network_learns_one_batch_by_heart(tmp_path: Path) -> None:
    text = "the king sang."
    trainer = Trainer(
        config(dropout=0, n_embd=16, steps=120, block_size=13, batch_size=1, evaluate_every=120, weight_decay=0),
        corpus(),
        tmp_path,
    )
    ids = np.array(trainer.corpus.tokenizer.encode(text), dtype=np.uint16)
    trainer.corpus.train = ids
    losses = []
    trainer.train(lambda _trainer, loss: losses.append(float(loss)))
    assert len(losses) == 120 and losses[0] > 2 and losses[-1] < 0.05


def test_the_same_seed_gives_the_same_losses_and_another_seed_others(tmp_path: Path) -> None:
    one, two = trained(tmp_path / "one"), trained(tmp_path / "two")
    assert curve_of(one) == curve_of(two)
    assert curve_of(one) != curve_of(trained(tmp_path / "three", seed=1))


@pytest.mark.parametrize("changes", [{}, {"optimiser": "muon"}], ids=["adamw", "muon"])
def test_an_interrupted_run_ends_with_exactly_the_weights_of_an_uninterrupted_one(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    whole = trained(tmp_path / "whole", **changes)

    for resumed_from, interrupted_at in ((0, 14), (10, 27)):
        trainer = Trainer(config(**changes), corpus(), tmp_path / "broken")
        assert trainer.step == resumed_from

        def pull_the_plug(trainer: Trainer, _loss: object, at: int = interrupted_at) -> None:
            if trainer.step == at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            trainer.train(pull_the_plug)
    resumed = Trainer(config(**changes), corpus(), tmp_path / "broken")
    assert resumed.step == 20
    resumed.train()
    assert curve_of(resumed) == curve_of(whole)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name
    for name, tensor in whole.best.items():
        assert torch.equal(tensor, resumed.best[name]), name
    log = [json.loads(line)["step"] for line in (tmp_path / "broken" / "log.jsonl").read_text().splitlines()]
    assert log == [10, 20, 30]
    for path in (tmp_path / "whole" / "snapshots").iterdir():
        assert path.read_bytes() == (tmp_path / "broken" / "snapshots" / path.name).read_bytes()


def test_a_finished_run_is_not_trained_further(tmp_path: Path) -> None:
    done = trained(tmp_path)
    again = trained(tmp_path)
    assert again.step == 30 and again.curve == done.curve


def test_the_rate_warms_up_and_falls_along_half_a_cosine() -> None:
    settings = config(steps=105, warmup=5, final_rate=0.1)
    assert [settings.pace(step) for step in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert settings.pace(5) == pytest.approx(1.0) and settings.pace(55) == pytest.approx(0.55)
    assert settings.pace(105) == pytest.approx(0.1)
    falling = [settings.pace(step) for step in range(5, 106)]
    assert falling == sorted(falling, reverse=True)
    assert config(warmup=0).pace(0) == pytest.approx(1.0)


def test_the_held_out_loss_is_the_mean_over_its_windows(tmp_path: Path) -> None:
    trainer = trained(tmp_path)
    weights = {name: tensor.numpy() for name, tensor in trainer.network.weights().items()}
    twin = Checkpoint("twin", trainer.shape, trainer.corpus.tokenizer, weights, "5eed" * 16)
    ids = trainer.corpus.held_out.tolist()
    surprises = []
    for start in range(0, len(ids) - 8, 8):
        shares = run(twin, ids[start : start + 8])["probabilities"].values
        surprises.extend(-math.log(shares[place, ids[start + place + 1]]) for place in range(8))
    assert trainer.loss_on(trainer.corpus.held_out) == pytest.approx(np.mean(surprises), rel=1e-4)
    assert trainer.network.training


def test_looking_at_the_watched_text_does_not_change_the_run(tmp_path: Path) -> None:
    seldom = trained(tmp_path / "seldom", evaluate_every=30)
    often = trained(tmp_path / "often", evaluate_every=3)
    for name, tensor in seldom.network.state_dict().items():
        assert torch.equal(tensor, often.network.state_dict()[name])


def test_a_loss_that_explodes_ends_the_run_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trainer, "loss_on", lambda *_: math.nan)
    with pytest.raises(FloatingPointError, match="the loss became nan at step 10; lower learning_rate"):
        trained(tmp_path)
    assert not (tmp_path / "state.pt").exists()


def test_a_run_stops_when_patience_ends_and_keeps_its_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([3.0, 2.0, 2.5, 2.25, 1.0])
    monkeypatch.setattr(Trainer, "loss_on", lambda *_: next(losses))
    trainer = trained(tmp_path, patience=2, steps=100)
    assert (trainer.step, trainer.best_step, trainer.best_loss) == (40, 20, 2.0)
    monkeypatch.undo()
    assert trained(tmp_path, patience=2, steps=100).step == 40  # nor does it go on when asked again


def test_muon_moves_the_blocks_matrices_equally_far_in_every_direction(tmp_path: Path) -> None:
    longest = {}
    for optimiser in ("muon", "adamw"):
        changes = {"optimiser": optimiser, "weight_decay": 0, "warmup": 0, "n_embd": 64}
        trainer = Trainer(config(**changes), corpus(), tmp_path / optimiser)
        before = {name: tensor.clone() for name, tensor in trainer.network.weights().items()}
        trainer.advance()
        for name, tensor in trainer.network.weights().items():
            assert not torch.equal(tensor, before[name]), name
            if name.startswith("blocks.") and tensor.ndim == 2:
                unit = 0.2 * 1e-2 * math.sqrt(max(tensor.shape))  # of an orthogonal matrix, scaled to Adam's size
                longest[optimiser, name] = float(torch.linalg.matrix_norm(tensor - before[name], 2)) / unit
    for (optimiser, name), length in longest.items():
        assert (0.6 < length < 1.3) == (optimiser == "muon"), (optimiser, name, length)


def test_snapshots_are_the_weights_at_steps_spread_evenly_on_a_log_scale(tmp_path: Path) -> None:
    assert snapshot_steps(2000) == [0, 10, 30, 100, 300, 1000, 2000] and snapshot_steps(30) == [0, 10, 30]
    trainer, seen = Trainer(config(), corpus(), tmp_path), {}
    seen[0] = {name: tensor.clone() for name, tensor in trainer.network.weights().items()}

    def keep(trainer: Trainer, _loss: object) -> None:
        seen[trainer.step] = {name: tensor.clone() for name, tensor in trainer.network.weights().items()}

    trainer.train(keep)
    files = sorted((tmp_path / "snapshots").iterdir())
    assert [path.name for path in files] == ["000000.safetensors", "000010.safetensors", "000030.safetensors"]
    for path in files:
        for name, tensor in load_file(path).items():
            assert torch.equal(tensor, seen[int(path.stem)][name]), (path, name)


# -- several processes, and none ----------


def typed(tmp_path: Path, folder: str, *launcher: str, **changes: object) -> list[str]:
    """The command line of a run in its own folders."""
    (tmp_path / "tale.txt").write_text(TALE)
    settings = SETTINGS | {"corpus": str(tmp_path / "tale.txt")} | changes
    (tmp_path / f"{folder}.yaml").write_text(yaml.safe_dump(settings))
    places = [part for name in ("data", "runs", "out") for part in (f"--{name}", str(tmp_path / folder / name))]
    return [
        sys.executable, *launcher, "-m", "model.training", str(tmp_path / f"{folder}.yaml"),
        "--device", "cpu", "--threads", "1", *places,
    ]  # fmt: skip


def weights_in(folder: Path) -> dict[str, np.ndarray]:
    state = torch.load(folder / "runs" / "tiny" / "state.pt", weights_only=True)
    return {name: tensor.numpy() for name, tensor in state["network"].items()}


def test_two_processes_train_to_the_same_loss_as_one(tmp_path: Path) -> None:
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    alone = subprocess.Popen(typed(tmp_path, "alone", dropout=0), cwd=loop.ROOT, stderr=subprocess.PIPE)
    together = subprocess.Popen(
        typed(tmp_path, "together", *launcher, dropout=0), cwd=loop.ROOT, stderr=subprocess.PIPE
    )
    for process in (alone, together):
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors.decode()
    one, two = (load(tmp_path / folder / "out" / "tiny.safetensors").facts for folder in ("alone", "together"))
    assert "2 processes" in two["hardware"] and "processes" not in one["hardware"]
    assert two["held_out_loss"] == pytest.approx(one["held_out_loss"], abs=2e-4)
    for ours, theirs in zip(one["curve"], two["curve"], strict=True):
        assert theirs["watched_loss"] == pytest.approx(ours["watched_loss"], abs=2e-4)
    others = weights_in(tmp_path / "together")
    for name, array in weights_in(tmp_path / "alone").items():
        np.testing.assert_allclose(others[name], array, atol=2e-3, err_msg=name)


def test_killed_at_any_moment_a_run_goes_on_to_the_same_end(tmp_path: Path) -> None:
    command = typed(tmp_path, "killed", steps=150)
    log = tmp_path / "killed" / "runs" / "tiny" / "log.jsonl"
    for lines in (2, 8):
        process = subprocess.Popen(command, cwd=loop.ROOT, stderr=subprocess.DEVNULL)
        while process.poll() is None and (not log.exists() or log.read_bytes().count(b"\n") < lines):
            time.sleep(0.002)
        process.kill()
        assert process.wait() != 0, "the run was over before it could be killed"
    assert subprocess.run(command, cwd=loop.ROOT, capture_output=True, check=False).returncode == 0
    ended = load(tmp_path / "killed" / "out" / "tiny.safetensors")
    ready = prepare(config(corpus=str(tmp_path / "tale.txt")), tmp_path / "data")
    assert ended.facts["curve"][-1]["step"] == 150
    again = Trainer(config(steps=150, corpus=str(tmp_path / "tale.txt")), ready, tmp_path / "again")
    again.train()
    for name, array in weights_in(tmp_path / "killed").items():
        np.testing.assert_array_equal(array, again.network.state_dict()[name].numpy(), err_msg=name)


# -- what a run leaves behind ----------


def test_the_weights_with_the_best_watched_loss_are_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([3.0, 1.5, 2.0, 1.75])
    monkeypatch.setattr(Trainer, "loss_on", lambda *_: next(losses))
    trainer, seen = Trainer(config(), corpus(), tmp_path / "run"), {}

    def keep(trainer: Trainer, _loss: object) -> None:
        seen[trainer.step] = {name: tensor.clone() for name, tensor in trainer.network.weights().items()}

    trainer.train(keep)
    saved = load(trainer.finish(tmp_path / "out"))
    assert saved.facts["steps"] == 20 and saved.facts["held_out_loss"] == 1.75
    for name, tensor in seen[20].items():
        assert np.array_equal(saved.weights[name], tensor.half().float().numpy()), name


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trainer, Checkpoint]:
    torch.set_num_threads(1)
    trainer = trained(tmp_path_factory.mktemp("run"))
    return trainer, load(trainer.finish(tmp_path_factory.mktemp("out")))


def test_the_checkpoint_says_how_it_was_made(finished: tuple[Trainer, Checkpoint]) -> None:
    trainer, checkpoint = finished
    facts = checkpoint.facts
    assert facts["corpus_sha256"] == "5eed" * 16 and facts["settings"] == config().model_dump()
    assert (facts["train_tokens"], facts["held_out_tokens"]) == (
        len(trainer.corpus.train),
        len(trainer.corpus.held_out),
    )
    assert facts["tokens_seen"] == facts["steps"] * 4 * 8
    assert facts["curve"] == trainer.curve and facts["held_out_loss"] == pytest.approx(
        trainer.loss_on(trainer.corpus.held_out), abs=1e-4
    )
    best = min(trainer.curve, key=lambda entry: entry["watched_loss"])
    assert facts["steps"] == best["step"] and facts["train_loss"] == best["train_loss"]
    assert facts["hardware"] == hardware("cpu") and "1 thread(s), no GPU" in facts["hardware"]
    assert run(checkpoint, "the king")["logits"].shape == (8, checkpoint.config.vocab_size)


def test_the_card_agrees_with_the_papers(finished: tuple[Trainer, Checkpoint], tmp_path: Path) -> None:
    _, checkpoint = finished
    text = card(checkpoint)
    rows = dict(re.findall(r"^\| ([a-z-][a-z -]*) \| (.*) \|$", text, re.MULTILINE))
    facts, shape = checkpoint.facts, checkpoint.config
    assert rows["shape"] == "2 layers, 2 heads, width 8, context 8"
    assert rows["parameters"].startswith(f"{shape.parameter_count():,} ")
    assert rows["details"] == "relu, untied unembedding, with biases"
    assert rows["held-out loss"].startswith(f"**{facts['held_out_loss']:.4f} nats/character**")
    assert rows["steps"].startswith(f"{facts['steps']} of 4 x 8 characters = {facts['tokens_seen']}")
    assert rows["hardware"] == facts["hardware"] and checkpoint.digest in rows["file"]
    for entry in facts["curve"]:
        assert f"| {entry['step']} | {entry['train_loss']:.3f} | {entry['watched_loss']:.3f} |" in text
    for key in ("train_loss", "watched_loss"):
        assert f"    line {[round(entry[key], 3) for entry in facts['curve']]}\n" in text
    assert "**Not trained on a GPU.**" in text


@pytest.mark.parametrize(
    ("shape", "hardware", "note"),
    [
        ((6, 8, 256, 128), "NVIDIA", "Trained on a GPU."),
        (
            (4, 8, 128, 64),
            "a CPU, 1 thread(s), no GPU",
            "**Not trained on a GPU.** This is a smaller shape; the target is 6",
        ),
        (
            (4, 8, 128, 64),
            "NVIDIA",
            "Trained on a GPU. This is a smaller shape; the target is 6 layers, 8 heads, width 256",
        ),
        ((12, 8, 256, 128), "NVIDIA", "Trained on a GPU. This is another shape; the target is 6 layers"),
    ],
)
def test_a_card_says_where_it_was_trained_and_whether_the_shape_is_the_intended_one(
    finished: tuple[Trainer, Checkpoint], shape: tuple[int, ...], hardware: str, note: str
) -> None:
    sizes = dict(zip(("n_layer", "n_head", "n_embd", "block_size"), shape, strict=True))
    _, made = finished
    facts = made.facts | {"hardware": hardware}
    text = card(Checkpoint("storybook", GPTConfig(vocab_size=64, **sizes), made.tokenizer, {}, made.digest, facts))
    assert text.split("\n")[2].startswith(note)
    assert ("target" in note) == ("target" in text)


def test_a_long_run_shows_some_of_its_losses_and_the_last(finished: tuple[Trainer, Checkpoint]) -> None:
    _, made = finished
    curve = [{"step": step, "train_loss": 2.0, "watched_loss": 2.0} for step in range(10, 1000, 10)]
    text = card(Checkpoint("tiny", made.config, made.tokenizer, {}, made.digest, made.facts | {"curve": curve}))
    steps = [int(step) for step in re.findall(r"^\| (\d+) \| 2.000 \| 2.000 \|$", text, re.MULTILINE)]
    assert 20 <= len(steps) <= 26 and steps[-1] == 990


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_card_agrees_with_its_checkpoint(name: str) -> None:
    written = (CHECKPOINTS / f"{name}.md").read_text(encoding="utf-8").split("\n")
    expected = card(load(name)).split("\n")
    assert written[:2] + written[3:] == expected[:2] + expected[3:]  # the third line may be worded otherwise


def test_the_commit_is_the_one_the_run_started_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "commit", lambda: "before")
    trainer = trained(tmp_path / "run")
    monkeypatch.setattr(loop, "commit", lambda: "after")
    assert load(trainer.finish(tmp_path / "out")).facts["commit"] == "before"
    again = Trainer(config(), corpus(), tmp_path / "run")
    assert load(again.finish(tmp_path / "out")).facts["commit"] == "before"  # nor the one it was resumed at


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert commit() == "unknown"


# -- refusals ----------


def test_other_settings_do_not_continue_an_old_run(tmp_path: Path) -> None:
    trained(tmp_path)
    with pytest.raises(
        CorpusError, match="state.pt belongs to other settings; continue with those, or remove .* and start"
    ):
        trained(tmp_path, learning_rate=2e-2)


def test_another_text_does_not_continue_an_old_run(tmp_path: Path) -> None:
    trained(tmp_path)
    with pytest.raises(CorpusError, match="state.pt was trained on another text, or on one cut otherwise; remove"):
        Trainer(config(), corpus(TALE.replace("golden", "silver")), tmp_path)


@pytest.mark.parametrize("content", [b"", b"no state at all", None])
def test_a_damaged_state_is_refused(tmp_path: Path, content: bytes | None) -> None:
    trained(tmp_path)
    state = tmp_path / "state.pt"
    state.write_bytes(state.read_bytes()[:2000] if content is None else content)
    with pytest.raises(CorpusError, match="state.pt cannot be read; remove .* and start afresh"):
        Trainer(config(), corpus(), tmp_path)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"n_head": 3}, "n_embd is 8, which 3 heads do not divide"),
        ({"n_layer": 0}, "n_layer: "),
        ({"dropout": 1.5}, "dropout: "),
        ({"learning_rate": -1}, "learning_rate: "),
        ({"learning_rate": "fast"}, "learning_rate: "),
        ({"vocab_size": 70_000}, "vocab_size: "),
        ({"tokenizer": "words"}, "tokenizer: "),
        ({"name": "../elsewhere"}, "name: "),
        ({"activation": "tanh"}, "activation: "),
        ({"layers": 4}, "layers: "),
        ({"steps": None}, "steps: "),
        ({"warmup": 30}, "warmup is 30 of 30 steps"),
        ({"matrix_rate": 1e-2}, "matrix_rate is Muon's; the optimiser is adamw"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, change: dict[str, object], named: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(SETTINGS | change))
    with pytest.raises(ValueError, match="mine.yaml is no training configuration: ") as caught:
        read_config(file)
    assert named in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"- a\n- b", b"a: [", b"\xff\xfe\xfa", b"just words"])
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.yaml").write_bytes(content)
    with pytest.raises(ValueError, match="mine.yaml (is no|cannot be read as a) training configuration") as caught:
        read_config(tmp_path / "mine.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_every_configuration_of_ours_describes_a_network(file: Path) -> None:
    settings = read_config(file)
    assert settings.name == file.stem.removesuffix("-cpu")
    assert settings.shape(settings.vocab_size).parameter_count() > 100_000


def test_a_text_shorter_than_a_context_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tale.txt").write_text("ab" * 600)
    with pytest.raises(
        CorpusError, match="the watched part has 20 tokens, a context is 200; use a longer text or a shorter"
    ):
        prepare(config(corpus=str(tmp_path / "tale.txt"), block_size=200), tmp_path)


def test_an_alphabet_covers_the_invented_people_too(tmp_path: Path) -> None:
    (tmp_path / "fairytales.txt").write_text("\n".join(["a paragraph"] * 1300))
    ready = prepare(config(corpus="fairytales"), tmp_path)
    told = ready.tokenizer.decode(ready.train.tolist())
    assert "Edric Yarrow" in told and ready.tokenizer.decode(ready.held_out.tolist()).startswith("a paragraph\na par")


def test_a_text_without_a_held_out_block_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fairytales.txt").write_text("\n".join(["a paragraph"] * 200))
    with pytest.raises(CorpusError, match="the held-out part has 0 tokens"):
        prepare(config(corpus="fairytales"), tmp_path)


# -- the command ----------


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Types ``python -m model.training``, with a tale to learn and folders of its own."""
    (tmp_path / "tale.txt").write_text(TALE)
    # A progress bar redraws itself in a thread; a test needs none.
    monkeypatch.setenv("TERM", "dumb")

    def call(*arguments: str, **changes: object) -> Result:
        settings = SETTINGS | {"corpus": str(tmp_path / "tale.txt")} | changes
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump(settings))
        folders = [part for name in ("data", "runs", "out") for part in (f"--{name}", str(tmp_path / name))]
        given = [str(tmp_path / "mine.yaml"), "--device", "cpu", "--threads", "1", *folders, *arguments]
        return CliRunner().invoke(training.main, given)

    return call


@pytest.mark.parametrize("tokenizer", ["characters", "bpe"])
def test_the_command_trains_and_ships_a_network_with_its_card(command, tmp_path: Path, tokenizer: str) -> None:
    result = command(tokenizer=tokenizer, vocab_size=300, watched_share=0.2, tied=True, activation="gelu_tanh")
    assert result.exit_code == 0, result.output
    assert "best watched loss" in result.output and "tiny.safetensors" in result.output
    checkpoint = load(tmp_path / "out" / "tiny.safetensors")
    assert (tmp_path / "out" / "tiny.md").read_text() == card(checkpoint)
    assert len(run(checkpoint, "the king")["logits"]) == len(checkpoint.tokenizer.encode("the king"))
    assert sorted(path.name for path in (tmp_path / "runs" / "tiny").iterdir()) == [
        "log.jsonl",
        "snapshots",
        "state.pt",
    ]
    assert len((tmp_path / "runs" / "tiny" / "log.jsonl").read_text().splitlines()) == 3


def test_typed_again_the_command_goes_on_and_other_settings_are_refused(command, tmp_path: Path) -> None:
    assert command().exit_code == 0
    before = (tmp_path / "out" / "tiny.safetensors").read_bytes()
    assert command().exit_code == 0
    assert (tmp_path / "out" / "tiny.safetensors").read_bytes() == before  # the same bytes, digest and all
    refused = command(seed=3)
    assert refused.exit_code == 1 and "error: " in refused.output and "belongs to other settings" in refused.output


@pytest.mark.parametrize(
    ("arguments", "changes", "sentence"),
    [
        ([], {"n_head": 3}, "which 3 heads do not divide"),
        ([], {"corpus": "nowhere.txt"}, "there is no corpus 'nowhere.txt'"),
        (["--device", "cuda"], {}, "no CUDA device was found; use --device cpu"),
    ],
)
def test_the_command_ends_with_a_sentence(command, monkeypatch, arguments, changes, sentence: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    result = command(*arguments, **changes)
    assert result.exit_code == 1 and result.output.startswith("error: ") and sentence in result.output
    assert result.output.count("\n") == 1


def test_a_full_disk_at_the_end_loses_nothing(command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("model.sealed.write", full)
        result = command()
        assert result.exit_code == 1 and "No space left on device" in result.output
    assert command().exit_code == 0 and load(tmp_path / "out" / "tiny.safetensors").facts["curve"]
