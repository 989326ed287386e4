"""What is recorded of a training run is what happened: every number is computed again in another way."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import save_file

torch = pytest.importorskip("torch")

from model import checkpoint as checkpoints  # noqa: E402
from model import data, recorded  # noqa: E402
from model.checkpoint import Checkpoint  # noqa: E402
from model.config import GPTConfig  # noqa: E402
from model.decoding import KeyValueCache, multiplications, read  # noqa: E402
from model.forward import head_weights, run  # noqa: E402
from model.gpt import GPT  # noqa: E402
from model.recording import __main__ as recording  # noqa: E402
from model.recording import descent, downhill, gradients, history, moments, timing  # noqa: E402
from model.recording.__main__ import main, record  # noqa: E402
from model.recording.gradients import Examples  # noqa: E402
from model.recording.places import Place, place_of  # noqa: E402
from model.recording.snapshots import RunError, read_log, read_snapshots  # noqa: E402
from model.recording.subject import subject_of  # noqa: E402
from model.sampling import generate  # noqa: E402
from model.settings import TrainingConfig  # noqa: E402
from model.tokenizer import CharTokenizer  # noqa: E402
from model.trainer import Corpus  # noqa: E402
from model.training import prepare  # noqa: E402

STEPS = (0, 10, 30)
LAST = 40
WATCHED = 0.05
TEXT = "once upon a time there was a miller and the miller had a cat and the cat had a hat\n" * 40


def write_log(run: Path, curve: list[dict[str, float]]) -> None:
    (run / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in curve))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a text, a checkpoint trained on it for 40 steps, and the run's snapshots and log."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("home")
    corpus = folder / "miller.txt"
    corpus.write_text(TEXT)
    tokenizer = CharTokenizer(TEXT)
    config = GPTConfig(vocab_size=tokenizer.vocab_size, block_size=24, n_layer=2, n_head=2, n_embd=16)
    network = GPT(config)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    ids = np.array(tokenizer.encode(TEXT), np.uint16)
    (folder / "runs" / "tiny" / "snapshots").mkdir(parents=True)
    curve = []
    for step in range(LAST + 1):
        weights = {name: tensor.numpy().copy() for name, tensor in network.weights().items()}
        if step in STEPS or step == LAST:
            save_file(weights, folder / "runs" / "tiny" / "snapshots" / f"{step:06d}.safetensors")
        loss = network.loss(*map(torch.from_numpy, data.batch(ids, 8, 24, 0, step)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 10 == 9:
            curve.append({"step": step + 1, "train_loss": float(loss.detach()), "watched_loss": 2.0})
    write_log(folder / "runs" / "tiny", curve)
    facts = {"corpus": str(corpus), "steps": LAST, "settings": {"watched_share": WATCHED}, "curve": curve}
    checkpoints.save(folder / "tiny.safetensors", config, tokenizer, weights, facts)
    return folder


@pytest.fixture(scope="module")
def tiny(home: Path) -> Checkpoint:
    return checkpoints.load(home / "tiny.safetensors")


@pytest.fixture(scope="module")
def snapshots(home: Path, tiny: Checkpoint) -> list[Checkpoint]:
    return read_snapshots(home / "runs" / "tiny", tiny)


@pytest.fixture(scope="module")
def story(home: Path, tiny: Checkpoint) -> recorded.Recording:
    subject = subject_of(tiny, home / "runs" / "tiny", home)
    record(subject, read_log(home / "runs" / "tiny")).save(home / "recordings" / "tiny.safetensors")
    return history.of(tiny, home / "recordings")


def numpy_loss(checkpoint: Checkpoint, ids: list[int], weights: dict | None = None) -> float:
    """The mean loss, by the forward pass that scenes use, in float64."""
    changed = replace(checkpoint, weights=weights or checkpoint.weights)
    probabilities = run(changed, ids[:-1], np.float64)["probabilities"].values
    return float(-np.log(probabilities[np.arange(len(ids) - 1), ids[1:]]).mean())


def moved(checkpoint: Checkpoint, place: Place, distance: float) -> dict:
    weights = {name: array.astype(np.float64) for name, array in checkpoint.weights.items()}
    weights[place.tensor][place.index] += distance
    return weights


def slopes(checkpoint: Checkpoint, examples: Examples) -> dict[str, np.ndarray]:
    """The gradient by the network's own float32 loss."""
    network = GPT(checkpoint.config)
    network.load_weights({name: torch.from_numpy(np.array(array)) for name, array in checkpoint.weights.items()})
    network.loss(torch.from_numpy(examples.inputs), torch.from_numpy(examples.targets)).backward()
    return {name: parameter.grad.numpy() for name, parameter in network.named_parameters()}


def example_of(story: recorded.Recording, tiny: Checkpoint) -> list[int]:
    return tiny.tokenizer.encode(story.facts["pick"]["prompt"])


def prepared(home: Path) -> Corpus:
    """What training hands to the network."""
    shape = {"n_layer": 2, "n_head": 2, "n_embd": 16, "block_size": 24, "tokenizer": "characters"}
    settings = {"steps": LAST, "warmup": 10, "batch_size": 8, "learning_rate": 1e-2, "watched_share": WATCHED}
    return prepare(TrainingConfig(name="tiny", corpus=str(home / "miller.txt"), **shape, **settings), home)


def batch_of(home: Path, tiny: Checkpoint) -> Examples:
    return Examples(*data.batch(prepared(home).train, 8, 24, 0, 0))


def test_the_texts_are_those_of_training_without_what_was_only_watched(home, tiny) -> None:
    subject, corpus = subject_of(tiny, home / "runs" / "tiny", home), prepared(home)
    np.testing.assert_array_equal(subject.train, corpus.train)
    np.testing.assert_array_equal(subject.held_out, corpus.held_out)


# -- over the run ----------


def test_the_network_is_looked_at_in_every_snapshot_and_as_shipped(story, snapshots, tiny) -> None:
    assert history.steps(story) == [*STEPS, LAST]
    assert [snapshot.facts["step"] for snapshot in snapshots] == [*STEPS, LAST]
    assert snapshots[-1].weights is tiny.weights and snapshots[1].name == "tiny-step-000010"


def test_the_curve_is_the_log(story, home) -> None:
    log = [json.loads(line) for line in (home / "runs" / "tiny" / "log.jsonl").read_text().splitlines()]
    assert set(history.curve(story)) == set(log[0])
    for key, quantity in history.curve(story).items():
        assert quantity.values.tolist() == [entry[key] for entry in log]


def test_losses_fall_from_a_blind_guess(story, snapshots, tiny) -> None:
    losses = history.passage_losses(story).values
    ids = tiny.tokenizer.encode(story.facts["passage"])
    assert ids == story["passage.ids"].values.astype(int).tolist()
    for row, snapshot in zip(losses, snapshots, strict=True):
        assert row.mean() == pytest.approx(numpy_loss(snapshot, ids), rel=1e-5)
    assert losses[0].mean() == pytest.approx(np.log(tiny.config.vocab_size), rel=0.05)
    held_out = history.held_out_loss(story).values
    assert held_out[0] == pytest.approx(np.log(tiny.config.vocab_size), rel=0.05)
    assert held_out[-1] < 0.7 * held_out[0]


def test_parts_of_the_weights_are_those_of_the_snapshots(story, snapshots) -> None:
    pick, neuron = story.facts["pick"], story.facts["neuron"]
    ids, embed, unembed = history.tracked(story)
    places, dials = history.dials(story)
    for row, snapshot in enumerate(snapshots):
        for letter, table in head_weights(snapshot, pick["layer"], pick["head"]).items():
            close(history.head(story)[letter].values[row], table.values)
        mlp = f"blocks.{neuron['layer']}.mlp"
        close(history.neuron(story)["read"].values[row], snapshot.weights[f"{mlp}.up.weight"][neuron["neuron"]])
        close(history.neuron(story)["write"].values[row], snapshot.weights[f"{mlp}.down.weight"][:, neuron["neuron"]])
        assert history.neuron(story)["bias"].values[row] == snapshot.weights[f"{mlp}.up.bias"][neuron["neuron"]]
        close(embed.values[row], snapshot.weights["embed.weight"][ids])
        close(unembed.values[row], snapshot.weights["unembed.weight"][ids])
        assert dials.values[row].tolist() == [snapshot.weights[place.tensor][place.index] for place in places]
    assert len(places) == 12 and len({place.tensor for place in places}) > 8


def close(half_precision: np.ndarray, values: np.ndarray) -> None:
    np.testing.assert_allclose(half_precision, values, rtol=6e-4, atol=1e-9)


def test_patterns_and_samples_are_what_each_snapshot_does(story, snapshots) -> None:
    patterns = history.patterns(story)
    assert patterns.axes == ("snapshot", "layer", "head", "query", "key")
    for row, snapshot in enumerate(snapshots):
        acts = run(snapshot, story.facts["pick"]["prompt"])
        for layer in range(2):
            np.testing.assert_allclose(patterns.values[row, layer], acts["pattern", layer].values, atol=5e-4)
        sample = history.samples(story)[row]
        assert sample == generate(snapshot, "once upon a time", 200, temperature=0.8, seed=1).text
        ids = story["sample.ids"].values[row].astype(int).tolist()
        assert snapshot.tokenizer.decode(ids) == sample


def test_a_whole_earlier_network_runs(story, snapshots, tiny) -> None:
    for step, snapshot in zip((0, 10, LAST), (snapshots[0], snapshots[1], tiny), strict=True):
        earlier = history.weights_at(story, tiny, step)
        ours = run(earlier, "the cat")["logits"].values
        np.testing.assert_allclose(ours, run(snapshot, "the cat")["logits"].values, atol=0.01)
    with pytest.raises(ValueError, match="tiny was not kept whole at step 30; it was at 0, 10, 40"):
        history.weights_at(story, tiny, 30)


def test_whole_networks_are_left_out_when_they_do_not_fit(snapshots) -> None:
    draft = recorded.Draft()
    moments.put_whole(draft, snapshots, room=2 * 2 * snapshots[0].config.parameter_count() - 1)
    assert not draft.arrays
    moments.put_whole(draft, snapshots, room=2 * 2 * snapshots[0].config.parameter_count())
    assert draft.size() == 2 * 2 * snapshots[0].config.parameter_count() + draft.arrays["whole.step"].nbytes


# -- gradients ----------


@pytest.mark.parametrize("of", ["example", "batch"])
@pytest.mark.parametrize("at", ["final", "early"])
def test_gradients_are_those_of_the_networks_own_loss(story, snapshots, tiny, home, of: str, at: str) -> None:
    examples = Examples.of(example_of(story, tiny)) if of == "example" else batch_of(home, tiny)
    early = next(s for s in snapshots if s.facts["step"] == story.facts["gradient"]["early_step"])
    expected = slopes(tiny if at == "final" else early, examples)
    found = downhill.gradient(story, of, at)
    for name, norm in found.norms.items():
        assert float(norm) == pytest.approx(np.linalg.norm(expected[name]), rel=1e-3)
    for place, value in zip(found.places, found.largest.values, strict=True):
        assert value == pytest.approx(expected[place.tensor][place.index], rel=1e-2)
    sizes = np.abs(np.concatenate([array.ravel() for array in expected.values()]))
    assert abs(found.largest.values[0]) == pytest.approx(sizes.max(), rel=1e-3)
    total = tiny.config.parameter_count()
    assert found.histogram.values.sum() + round(found.zero * total) == total
    assert 0.2 < found.positive < 0.8 and found.positive + found.zero < 1
    pick = story.facts["pick"]
    by_head = head_weights(replace(tiny, weights=expected), pick["layer"], pick["head"])
    for letter in history.HEAD:
        np.testing.assert_allclose(found.slices[f"head.{letter}"].values, by_head[letter].values, rtol=0.01, atol=1e-6)
    if (of, at) == ("example", "final"):
        up = expected[f"blocks.{story.facts['neuron']['layer']}.mlp.up.weight"]
        np.testing.assert_allclose(found.slices["mlp.up"].values, up, rtol=0.01, atol=1e-6)
        rows = expected["embed.weight"][history.tracked(story)[0]]
        np.testing.assert_allclose(found.slices["tracked.embed"].values, rows, rtol=0.01, atol=1e-6)


def test_the_losses_of_gradients_are_those_of_the_forward_pass(story, tiny) -> None:
    assert downhill.gradient(story).loss == pytest.approx(numpy_loss(tiny, example_of(story, tiny)), rel=1e-9)
    with pytest.raises(ValueError, match="there is no gradient of 'example' at 'noon'"):
        downhill.gradient(story, at="noon")


def test_nudged_losses_are_real_and_follow_their_gradients(story, tiny) -> None:
    ids = example_of(story, tiny)
    nudges = downhill.nudges(story)
    for nudge in nudges:
        offsets, losses = nudge.offsets.values, nudge.losses.values
        again = [numpy_loss(tiny, ids, moved(tiny, nudge.place, offset)) for offset in offsets]
        np.testing.assert_allclose(losses, again, rtol=0, atol=1e-12)
        here = again[list(offsets).index(0)]
        for side in (-nudge.delta, nudge.delta):
            measured = (again[list(offsets).index(side)] - here) / side
            assert measured == pytest.approx(float(nudge.gradient), rel=0.021)
    sizes = [abs(float(nudge.gradient)) for nudge in nudges]
    expected = slopes(tiny, Examples.of(ids))
    mlp = [expected[f"blocks.{story.facts['neuron']['layer']}.mlp.{part}.weight"].ravel() for part in ("up", "down")]
    assert sizes[:5] == pytest.approx(sorted(np.abs(np.concatenate(mlp)), reverse=True)[:5], rel=1e-3)
    assert min(sizes[:5]) > 20 * max(sizes[5:])


def test_a_loss_that_does_not_follow_its_gradient_is_not_recorded(tiny) -> None:
    examples = Examples.of([1, 2, 3, 4])
    _, found = gradients.gradient(tiny, examples)
    wrong = {name: 2 * array for name, array in found.items()}
    with pytest.raises(ValueError, match="does not change as its gradient says"):
        gradients.nudge(tiny, examples, wrong, ["blocks.0.mlp.up.weight"])


def test_descent_takes_true_steps_each_lower_than_the_last(story, snapshots, tiny, home) -> None:
    found = downhill.descent(story)
    early = next(s for s in snapshots if s.facts["step"] == story.facts["descent"]["step"])
    losses = found.losses.values
    assert (np.diff(losses[:4]) < 0).all()
    batch = batch_of(home, tiny)
    first = slopes(early, batch)
    places, _ = history.dials(story)
    for state, rate in ((1, found.rate), (4, 10 * found.rate)):
        stepped = {name: early.weights[name] - np.float32(rate) * first[name] for name in first}
        expected = [stepped[place.tensor][place.index] for place in places]
        np.testing.assert_allclose(found.dials.values[state], expected, rtol=1e-4, atol=1e-6)
        rows = zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True)
        each = [numpy_loss(early, [*seen, after[-1]], stepped) for seen, after in rows]
        assert losses[state] == pytest.approx(np.mean(each), rel=1e-4)


def test_the_guess_shown_is_wrong_at_first_and_grows_towards_the_truth(story, snapshots, tiny, home) -> None:
    found = downhill.descent(story)
    early = next(s for s in snapshots if s.facts["step"] == story.facts["descent"]["step"])
    ids = tiny.tokenizer.encode(found.text)
    assert ids == found.ids
    np.testing.assert_allclose(found.probabilities.values[0], run(early, ids)["probabilities"].values[-1], atol=1e-3)
    assert found.favourite == found.probabilities.values[0].argmax() != found.truth
    truth = found.probabilities.values[:, found.truth]
    assert truth[3] > truth[0]
    windows = zip(batch_of(home, tiny).inputs.tolist(), batch_of(home, tiny).targets.tolist(), strict=True)
    assert any(seen[: len(ids)] == ids and after[len(ids) - 1] == found.truth for seen, after in windows)


def test_the_map_has_the_path_on_it(story) -> None:
    found = downhill.descent(story)
    along, across = found.along.values.tolist(), found.across.values.tolist()
    heights = found.heights.values
    for state, place in ((0, 0.0), (1, 1.0), (4, 10.0)):
        assert heights[along.index(place), across.index(0.0)] == pytest.approx(found.losses.values[state], rel=1e-4)
        np.testing.assert_allclose(found.path.values[state], [place, 0], atol=1e-6)


def test_the_same_start_and_batch_give_the_same_walk(snapshots, home, tiny) -> None:
    walks = [descent.descend(snapshots[1], batch_of(home, tiny)) for _ in range(2)]
    np.testing.assert_array_equal(walks[0].losses, walks[1].losses)
    np.testing.assert_array_equal(walks[0].path, walks[1].path)


def test_every_parameter_is_counted_through_once() -> None:
    shapes = {"a": (2, 3), "b": (4,), "c": (1, 2, 2)}
    places = [place_of(shapes, number) for number in range(14)]
    assert len(set(places)) == 14 and str(places[4]) == "a[1, 1]" and places[6] == Place("b", (0,))
    assert all(Place.from_facts(json.loads(json.dumps(place.to_facts()))) == place for place in places)
    with pytest.raises(IndexError, match="no parameter number 14"):
        place_of(shapes, 14)


# -- timing ----------


def test_timings_are_positive_and_bytes_are_those_of_the_cache(story, tiny) -> None:
    found = history.timing(story)
    lengths = found.decoding["length"].values
    assert lengths.tolist() == list(range(1, 25)) and "one core" in found.hardware
    for name in ("cached", "uncached"):
        assert found.decoding[name].shape == (24,) and (found.decoding[name].values > 0).all()
    cache = KeyValueCache(tiny.config)
    read(tiny, [0] * 24, cache)
    assert found.decoding["cache_bytes"].values[-1] == cache.bytes_used()
    assert found.tokens_per_second(cached=True) > 0
    assert found.context["pattern_bytes"].values[0] == 64 * 64 * 2 * 2 * 4
    assert found.context["length"].values.tolist() == list(timing.CONTEXTS)
    assert (found.context["attention"].values > 0).all() and (found.context["mlp"].values > 0).all()
    assert float(found.forward) > 0 and float(found.forward_and_backward) > 0


class Counted(np.ndarray):
    """An array that counts the products of every matrix multiplication it takes part in."""

    products = 0

    def __array_ufunc__(self, ufunc, method, *inputs, **settings):
        plain, out = ([np.asarray(array) for array in arrays] for arrays in (inputs, settings.pop("out", ())))
        settings |= {"out": tuple(out)} if out else {}
        if ufunc is np.matmul:
            left, right = plain
            Counted.products += np.prod(np.broadcast_shapes(left.shape[:-2], right.shape[:-2]), dtype=int) * (
                left.shape[-2] * left.shape[-1] * right.shape[-1]
            )
        return np.asarray(getattr(ufunc, method)(*plain, **settings)).view(Counted)


def test_products_are_those_that_decoding_multiplies(story, tiny) -> None:
    weights = {name: array.view(Counted) for name, array in tiny.weights.items()}
    counted, cache = replace(tiny, weights=weights), KeyValueCache(tiny.config)
    cache.keys, cache.values = cache.keys.view(Counted), cache.values.view(Counted)
    cached, uncached = [], []
    for length in range(1, 25):
        Counted.products = 0
        read(counted, [0], cache)
        cached.append(Counted.products)
        afresh = KeyValueCache(tiny.config)
        afresh.keys, afresh.values = afresh.keys.view(Counted), afresh.values.view(Counted)
        Counted.products = 0
        read(counted, [0] * length, afresh)
        uncached.append(Counted.products)
    decoding = history.timing(story).decoding
    assert decoding["cached_products"].values.tolist() == cached
    assert decoding["uncached_products"].values.tolist() == uncached
    assert history.timing(story).rows == 8
    needed = [multiplications(tiny.config, 1, before) for before in range(24)]
    assert all(done > 8 * need for need, done in zip(needed, cached, strict=True) if need not in needed[7::8])
    assert cached[7::8] == [8 * need for need in needed[7::8]]


# -- what is refused ----------


def test_a_recording_of_other_weights_is_refused(story, tiny, home) -> None:
    with pytest.raises(ValueError, match="the recording tiny belongs to other weights .*; make it again with"):
        history.of(replace(tiny, digest="0" * 64), home / "recordings")


def test_a_run_without_snapshots_or_with_damaged_ones_is_refused(tmp_path: Path, tiny: Checkpoint) -> None:
    with pytest.raises(RunError, match="holds no snapshots from before step 40"):
        read_snapshots(tmp_path, tiny)
    (tmp_path / "snapshots").mkdir()
    path = tmp_path / "snapshots" / "000000.safetensors"
    path.write_bytes(b"nothing")
    write_log(tmp_path, tiny.facts["curve"])
    with pytest.raises(RunError, match="000000.safetensors is damaged"):
        read_snapshots(tmp_path, tiny)
    save_file({"embed.weight": np.zeros((2, 2), np.float32)}, path)
    with pytest.raises(RunError, match="belongs to a network of another shape than tiny"):
        read_snapshots(tmp_path, tiny)


def test_snapshots_of_another_run_are_refused(tmp_path: Path, home: Path, tiny: Checkpoint) -> None:
    shutil.copytree(home / "runs" / "tiny", tmp_path / "tiny")
    assert len(read_snapshots(tmp_path / "tiny", tiny)) == len(STEPS) + 1
    curve = tiny.facts["curve"]
    for other in (curve[:-1], [*curve[:-1], curve[-1] | {"watched_loss": 2.0001}]):
        write_log(tmp_path / "tiny", other)
        with pytest.raises(RunError, match="is not the log that tiny was saved with .* another run's"):
            read_snapshots(tmp_path / "tiny", tiny)


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"step": 1}\n{"stop": 2}'])
def test_a_damaged_log_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(RunError, match="cannot be read"):
        read_log(tmp_path)
    (tmp_path / "log.jsonl").write_text(content)
    with pytest.raises(RunError, match="is no training log"):
        read_log(tmp_path)


def test_the_command_writes_the_recording_or_says_why_not(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(subject, log):
        draft = recorded.Draft()
        recording._put_papers(draft, subject)
        return draft

    monkeypatch.setattr(recording, "record", short)
    monkeypatch.setattr(
        "model.recording.__main__.subject_of", lambda checkpoint, run: subject_of(checkpoint, run, home)
    )
    there = ["--runs", str(home / "runs"), "--out", str(home / "out")]
    answer = CliRunner().invoke(main, [str(home / "tiny.safetensors"), *there])
    assert answer.exit_code == 0, answer.output
    assert recorded.load(home / "out" / "tiny.safetensors").facts["checkpoint"]["name"] == "tiny"
    refused = CliRunner().invoke(main, [str(home / "tiny.safetensors"), "--runs", str(home)])
    assert "error: " in str(refused.exception.code) and "log.jsonl cannot be read" in str(refused.exception.code)


def test_shipped_recordings_are_finite_and_stay_small() -> None:
    paths = list(recorded.RECORDINGS.glob("*.safetensors"))
    for path in paths:
        arrays = recorded.load(path)
        assert all(np.isfinite(arrays[name].values).all() for name in arrays), path
    assert sum(path.stat().st_size for path in recorded.RECORDINGS.glob("*")) < 20e6


@pytest.mark.parametrize("name", checkpoints.shipped())
def test_a_shipped_recording_belongs_to_the_shipped_weights(name: str) -> None:
    if not (recorded.RECORDINGS / f"{name}.safetensors").exists():
        pytest.skip(f"{name} is not recorded yet")
    shipped = checkpoints.load(name)
    story = history.of(shipped)
    ids = shipped.tokenizer.encode(story.facts["pick"]["prompt"])
    assert downhill.gradient(story).loss == pytest.approx(numpy_loss(shipped, ids), rel=1e-9)
    for nudge in (downhill.nudges(story)[0], downhill.nudges(story)[5]):
        for side in (-nudge.delta, nudge.delta):
            change = numpy_loss(shipped, ids, moved(shipped, nudge.place, side)) - downhill.gradient(story).loss
            assert change / side == pytest.approx(float(nudge.gradient), rel=0.025)
