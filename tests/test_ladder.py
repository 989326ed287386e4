"""The ladder: each rung computes what its drawing says, runs resume, and the shipped record keeps its promises."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from statistics import mean

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner  # noqa: E402

from model import data, recorded  # noqa: E402
from model.ladder import record  # noqa: E402
from model.ladder.__main__ import climb_all, main, table  # noqa: E402
from model.ladder.letter_pairs import add_one_table, conditional_entropy, count_pairs, table_loss  # noqa: E402
from model.ladder.likeness import familiar_words, longest_shared_stretch, real_word_share  # noqa: E402
from model.ladder.plan import LADDER, PLAN, SIDE, Rung, chosen  # noqa: E402
from model.ladder.run import Text, draws, losses_by_position, prepare, train, write  # noqa: E402
from model.ladder.rungs import PairTable, RungShape, build, count_parameters  # noqa: E402
from model.ladder.store import Store  # noqa: E402
from model.ladder.writing import write_record  # noqa: E402

VOCAB = 7
IDS = np.array([[3, 1, 4, 1, 5, 2, 6, 0], [2, 6, 1, 0, 3, 3, 5, 4]])
SMALL = [*LADDER[:6], *SIDE]


@pytest.fixture(autouse=True)
def one_thread_a_seed_and_little_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    monkeypatch.setattr("model.ladder.run.LETTERS_WRITTEN", 100)


@pytest.fixture(scope="session")
def text(tmp_path_factory: pytest.TempPathFactory) -> Text:
    """Some 6,000 letters of lines put together from few words."""
    chance = np.random.default_rng(0)
    some = "the king and queen of night will sing a song so bright".split()
    lines = [" ".join(chance.choice(some, size=6)) for _ in range(220)]
    path = tmp_path_factory.mktemp("text") / "lines.txt"
    path.write_text("\n".join(lines))
    return prepare(str(path))


def each(rungs: list[Rung]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("rung", rungs, ids=lambda rung: rung.key)


def short(key: str, steps: int = 6, seeds: int = 2) -> Rung:
    return replace(PLAN[key], steps=steps, seeds=seeds)


# -- what a rung computes ----------


@pytest.mark.parametrize(
    ("key", "parameters"),
    {
        "1": 4_225,
        "U": 5_505,
        "2": 7_553,
        "3": 7_553,
        "4": 8_609,
        "S": 41_921,
        "T": 42_369,
        "5": 41_921,
        "6": 42_369,
        "6b": 42_305,
        "context": 44_161,
        "width": 809_537,
        "middle": 816_705,
        "middle-dropout": 816_705,
        "7": 10_788_929,
        "7-no-dropout": 10_788_929,
    }.items(),
)
def test_a_rung_has_as_many_parameters_as_the_design_counts(key: str, parameters: int) -> None:
    assert count_parameters(build(PLAN[key].shape, 65)) == parameters


def plain(shape: RungShape, weights: dict[str, np.ndarray], ids: np.ndarray) -> np.ndarray:
    """The logits for one row of ids, letter by letter and head by head, as one would write them on paper."""
    if shape.look == "nothing":
        return weights["table.weight"][ids]

    def linear(name: str, x: np.ndarray) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T + weights.get(f"{name}.bias", 0.0)

    def norm(name: str, x: np.ndarray) -> np.ndarray:
        if f"{name}.weight" not in weights:
            return x
        level = x - x.mean(-1, keepdims=True)
        return (
            level / np.sqrt((level**2).mean(-1, keepdims=True) + 1e-5) * weights[f"{name}.weight"]
            + weights[f"{name}.bias"]
        )

    def look_back(name: str, x: np.ndarray) -> np.ndarray:
        if shape.look == "even":
            v = linear(f"{name}.value", x)
            return np.cumsum(v, axis=0) / np.arange(1, len(v) + 1)[:, None]
        q, k, v = np.split(linear(f"{name}.qkv", x), 3, axis=-1)
        mixed, d_head = np.zeros_like(q), shape.n_embd // shape.n_head
        for head in range(shape.n_head):
            part = slice(head * d_head, (head + 1) * d_head)
            for position in range(len(x)):
                scores = k[: position + 1, part] @ q[position, part] / np.sqrt(d_head)
                shares = np.exp(scores - scores.max())
                shares /= shares.sum()
                mixed[position, part] = shares @ v[: position + 1, part]
        return linear(f"{name}.out", mixed) if shape.projection else mixed

    def think(name: str, x: np.ndarray) -> np.ndarray:
        if shape.mlp == "thin":
            return np.maximum(linear(f"{name}.only", x), 0)
        return linear(f"{name}.down", np.maximum(linear(f"{name}.up", x), 0))

    x = weights["embed.weight"][ids] + weights["pos_embed.weight"][: len(ids)]
    for layer in range(shape.n_layer):
        for part, work in (("attn", look_back), ("mlp", think)):
            if part == "mlp" and shape.mlp == "none":
                continue
            name = f"blocks.{layer}.{part}"
            written = work(f"{name}.part", norm(f"{name}.before", x))
            x = norm(f"{name}.after", x + written if shape.bypass else written)
    return linear("unembed", norm("ln_final", x))


@each(SMALL)
def test_a_rung_computes_what_one_would_write_on_paper(rung: Rung) -> None:
    network = build(rung.shape, VOCAB).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)  # gains and offsets away from 1 and 0
        ours = network(torch.from_numpy(IDS)).numpy()
    weights = {name: tensor.double().numpy() for name, tensor in network.state_dict().items()}
    for row, ids in zip(ours, IDS, strict=True):
        np.testing.assert_allclose(row, plain(rung.shape, weights, ids), rtol=1e-4, atol=1e-4)


@each(SMALL)
def test_a_later_letter_changes_nothing_before_it(rung: Rung) -> None:
    network = build(rung.shape, VOCAB).eval()
    edited = IDS.copy()
    edited[0, 5] = (edited[0, 5] + 1) % VOCAB
    with torch.no_grad():
        change = (network(torch.from_numpy(edited)) - network(torch.from_numpy(IDS))).abs().amax(-1).numpy()
    assert (change[0, :5] == 0).all() and (change[1] == 0).all()
    assert change[0, 5] > 0


def test_dropout_is_felt_in_training_only() -> None:
    network = build(PLAN["middle-dropout"].shape, VOCAB)
    ids = torch.from_numpy(IDS)
    with torch.no_grad():
        assert not torch.equal(network.train()(ids), network(ids))
        assert torch.equal(network.eval()(ids), network(ids))


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(ValueError, match="which 5 heads do not divide"):
        RungShape(n_head=5)


# -- training and measuring ----------


def test_training_finds_what_a_tally_finds(text: Text) -> None:
    counts = count_pairs(text.study, text.tokenizer.vocab_size)
    network = PairTable(text.tokenizer.vocab_size)
    train(network, Rung("1", "letter pairs", RungShape(look="nothing"), learning_rate=0.1, steps=200), 0, text)
    trained = losses_by_position(network, text.study, 8).mean()
    assert conditional_entropy(counts) - 1e-3 < trained < table_loss(add_one_table(counts), text.study) + 0.02


def test_losses_are_over_the_whole_text_place_by_place(text: Text) -> None:
    network = build(PLAN["3"].shape, text.tokenizer.vocab_size)
    measured = losses_by_position(network, text.held_out, 8)
    expected: list[list[float]] = [[] for _ in range(8)]
    for start in range(0, len(text.held_out) - 8, 8):
        ids = torch.from_numpy(text.held_out[start : start + 9].astype(np.int64))
        with torch.no_grad():
            certainty = network(ids[None, :-1])[0].log_softmax(-1)
        for place in range(8):
            expected[place].append(-float(certainty[place, ids[place + 1]]))
    np.testing.assert_allclose(measured, [mean(losses) for losses in expected], rtol=1e-5)


def test_every_rung_reads_the_batches_of_a_seed_in_the_same_order(text: Text, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[np.ndarray] = []
    batch = data.batch
    monkeypatch.setattr(data, "batch", lambda *arguments: taken.append(batch(*arguments)[0]) or batch(*arguments))
    for key in ("1", "4", "6"):
        train(build(PLAN[key].shape, text.tokenizer.vocab_size), short(key, steps=3), 1, text)
    first, second, third = (taken[start : start + 3] for start in (0, 3, 6))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, third)
    assert not np.array_equal(first[0], first[1])


def test_a_curve_is_the_mean_of_the_batches_between_its_marks(text: Text) -> None:
    curve, losses, _ = train(build(PLAN["2"].shape, text.tokenizer.vocab_size), short("2", steps=25), 0, text)
    assert curve.steps == (0, 1, 2, 5, 10, 20, 25)
    assert curve.batches[3] == pytest.approx(losses[5:10].mean(), abs=1e-5)
    assert curve.batches[-1] == pytest.approx(losses[20:25].mean(), abs=1e-5)


def test_a_draw_picks_the_letter_on_whose_stretch_it_falls() -> None:
    network = PairTable(3)
    with torch.no_grad():
        network.table.weight.copy_(torch.log(torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [1.0, 1e-9, 1e-9]])))
    assert write(network, 8, np.array([0.6, 0.15, 0.25, 0.95, 0.9])) == [1, 1, 2, 0, 2]


def test_what_fell_out_of_the_window_no_longer_counts(text: Text) -> None:
    network = build(PLAN["6"].shape, text.tokenizer.vocab_size).eval()
    uniform = draws(40)
    written = [0, *write(network, 8, uniform)]
    for step in (20, 39):
        with torch.no_grad():
            shares = network(torch.tensor([written[step - 7 : step + 1]]))[0, -1].double().softmax(-1)
        assert written[step + 1] == int((shares.cumsum(-1) <= uniform[step]).sum())


# -- counting letters and words ----------


def test_pairs_are_tallied_as_one_would_by_hand(text: Text) -> None:
    tally = Counter(zip(text.studied, text.studied[1:], strict=False))
    counts = count_pairs(text.study, text.tokenizer.vocab_size)
    alphabet = text.tokenizer.alphabet
    seen = {(a, b): counts[i, j] for i, a in enumerate(alphabet) for j, b in enumerate(alphabet) if counts[i, j]}
    assert seen == tally


def test_no_table_of_pairs_loses_less_than_the_conditional_entropy(text: Text) -> None:
    counts = count_pairs(text.study, text.tokenizer.vocab_size)
    with np.errstate(divide="ignore"):
        exact = np.log(counts / counts.sum(1, keepdims=True))
    assert conditional_entropy(counts) == pytest.approx(table_loss(exact, text.study))
    assert conditional_entropy(counts) < table_loss(add_one_table(counts), text.study)


def test_a_word_is_real_if_it_was_studied_three_times() -> None:
    familiar = familiar_words("The king. the KING, the king's queen; o'er and o'er: king o'er")
    assert familiar == {"the", "king", "o'er"}
    assert real_word_share("King o'er queen, the kin", familiar) == pytest.approx(3 / 5)
    assert real_word_share("... 12", familiar) == 0


def test_the_longest_shared_stretch_is_the_longest_common_run_of_letters() -> None:
    chance = np.random.default_rng(1)
    studied, written = ("".join(chance.choice(list("abc"), size=size)) for size in (400, 80))
    match = SequenceMatcher(None, written, studied, autojunk=False).find_longest_match()
    found = longest_shared_stretch(written, studied)
    assert len(found) == match.size and found in studied and found in written


# -- runs and records ----------


def without_clock(runs: list) -> list[dict]:
    return [run.model_dump(exclude={"seconds", "commit"}) for _, run, _ in runs]


def test_an_interrupted_ladder_goes_on_to_the_same_result(text: Text, tmp_path: Path) -> None:
    rungs = [short("1"), short("5")]
    whole = list(climb_all(rungs, 2, text, Store(tmp_path / "whole", text.sha256)))
    store = Store(tmp_path / "interrupted", text.sha256)
    interrupted = climb_all(rungs, 2, text, store)
    for _ in range(3):
        next(interrupted)
    interrupted.close()
    resumed = list(climb_all(rungs, 2, text, store))
    assert [afresh for _, _, afresh in resumed] == [False, False, False, True]
    assert without_clock(resumed) == without_clock(whole)


def test_a_run_that_is_damaged_or_made_otherwise_is_trained_again(text: Text, tmp_path: Path) -> None:
    store, rung = Store(tmp_path, text.sha256), short("2", seeds=1)
    list(climb_all([rung], 1, text, store))
    assert store.load(rung, 0)
    assert store.load(replace(rung, learning_rate=0.5), 0) is None
    assert Store(tmp_path, "another text").load(rung, 0) is None
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    assert store.load(rung, 0) is None


@pytest.fixture
def short_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("1", "2", "U"):
        monkeypatch.setitem(PLAN, key, short(key))


def test_a_record_reads_back_what_was_measured(text: Text, tmp_path: Path, short_plan: None) -> None:
    store = Store(tmp_path / "runs", text.sha256)
    runs = [run for _, run, _ in climb_all([PLAN["1"], PLAN["2"]], 2, text, store)]
    made = write_record(text, store, tmp_path)
    read = record.read(tmp_path / "ladder.json")
    assert read == made
    assert [*read.rung("1").runs, *read.rung("2").runs] == runs
    assert read.rung("2").mean == pytest.approx(mean(run.held_out_loss for run in runs[2:]))
    arrays = recorded.load(tmp_path / "ladder.safetensors")
    assert arrays.digest == read.arrays
    np.testing.assert_array_equal(arrays["2.unembed.weight"].values, store.load(PLAN["2"], 0)[1]["unembed.weight"])
    with pytest.raises(KeyError, match="no rung 'U'; it has 1, 2"):
        read.rung("U")
    assert table(read).row_count == 1 + 7  # the tally, and the lecture's seven: trained or not


def test_what_was_recorded_before_stays_when_a_rung_is_added_elsewhere(
    text: Text, tmp_path: Path, short_plan: None
) -> None:
    here, elsewhere = Store(tmp_path / "here", text.sha256), Store(tmp_path / "elsewhere", text.sha256)
    list(climb_all([PLAN["1"]], 2, text, here))
    before = write_record(text, here, tmp_path)
    list(climb_all([PLAN["U"]], 1, text, elsewhere))
    after = write_record(text, elsewhere, tmp_path)
    assert [rung.key for rung in after.rungs] == ["1", "U"]
    assert after.rung("1") == before.rung("1")
    assert {"1.table.weight", "U.embed.weight"} <= set(recorded.load(tmp_path / "ladder.safetensors"))


def test_a_record_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "ladder.json"
    with pytest.raises(ValueError, match="cannot be read"):
        record.read(path)
    path.write_text("{")
    with pytest.raises(ValueError, match="is not JSON"):
        record.read(path)
    path.write_text(json.dumps({"corpus": "play"}))
    with pytest.raises(ValueError, match="is no ladder record: sha256: Field required"):
        record.read(path)


def test_only_known_rungs_that_fit_the_machine_are_chosen() -> None:
    with pytest.raises(ValueError, match="there is no rung '8'"):
        chosen(("8",), gpu=True)
    with pytest.raises(ValueError, match="would take hours without a GPU"):
        chosen(("7",), gpu=False)
    assert {"7", "7-no-dropout"} == {rung.key for rung in chosen((), gpu=True)} - {
        rung.key for rung in chosen((), gpu=False)
    }


def test_the_command_trains_records_and_shows(
    text: Text, tmp_path: Path, short_plan: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.ladder.__main__.CORPUS", text.name)
    arguments = ["1", "--seeds", "1", "--runs", str(tmp_path / "runs"), "--out", str(tmp_path)]
    answer = CliRunner().invoke(main, arguments)
    assert answer.exit_code == 0, answer.output
    assert "letter pairs" in answer.output and "2.50" in answer.output
    assert len(record.read(tmp_path / "ladder.json").rung("1").runs) == 1
    refused = CliRunner().invoke(main, ["nine"])
    assert refused.exit_code == 1 and "there is no rung 'nine'" in refused.output


# -- what is shipped ----------

# Means over seeds of the design's dry runs, trained with other code; nats a letter over the whole held-out text.
DRY_RUNS = {
    "1": 2.487,
    "2": 2.403,
    "3": 2.274,
    "4": 2.251,
    "5": 2.090,
    "6": 2.069,
    "U": 2.827,
    "S": 2.305,
    "T": 2.159,
    "6b": 2.071,
    "middle": 1.587,
    "context": 1.959,
    "width": 1.927,
    "middle-dropout": 1.660,
}


@pytest.fixture(scope="module")
def shipped() -> record.LadderRecord:
    return record.read()


@pytest.fixture(scope="module")
def arrays(shipped: record.LadderRecord) -> recorded.Recording:
    recording = recorded.load("ladder")
    assert recording.digest == shipped.arrays
    return recording


def test_the_shipped_ladder_stands_where_the_dry_runs_did(shipped: record.LadderRecord) -> None:
    far = {
        rung.key: rung.mean
        for rung in shipped.rungs
        if rung.key in DRY_RUNS and abs(rung.mean - DRY_RUNS[rung.key]) > 0.03
    }
    assert far == {}
    assert shipped.counted.held_out_loss == pytest.approx(2.482, abs=1e-3)
    assert shipped.counted.study_entropy == pytest.approx(2.452, abs=1e-3)


def test_every_shipped_rung_is_below_the_one_before(shipped: record.LadderRecord) -> None:
    means = [shipped.rung(key).mean for key in "123456"]
    assert means == sorted(means, reverse=True)


@each(SMALL)
def test_a_shipped_rung_has_five_seeds_made_as_planned(rung: Rung, shipped: record.LadderRecord) -> None:
    found = shipped.rung(rung.key)
    assert [run.seed for run in found.runs] == [0, 1, 2, 3, 4]
    assert found.settings == rung.settings
    assert found.letters_read == 5000 * 32 * 8
    for run in found.runs:
        assert mean(run.held_out_by_position) == pytest.approx(run.held_out_loss, abs=1e-5)
        assert run.curve.held_out[-1] == run.held_out_loss
        assert len(run.sample) == 600 and set(run.sample) <= set(shipped.alphabet)
        assert len(run.longest_shared_stretch) < 100


@each([rung for rung in SMALL if rung.kept])
def test_shipped_weights_write_the_shipped_sample(
    rung: Rung, shipped: record.LadderRecord, arrays: recorded.Recording
) -> None:
    network = build(rung.shape, len(shipped.alphabet))
    names = network.state_dict()
    network.load_state_dict({name: torch.from_numpy(arrays[f"{rung.key}.{name}"].values.copy()) for name in names})
    run = shipped.rung(rung.key).runs[0]
    written = write(network, rung.shape.block_size, draws(shipped.draws["letters"])[:50])
    assert "".join(shipped.alphabet[index] for index in written) == run.sample[:50]
    losses = arrays[f"{rung.key}.batch_losses"].values
    assert losses[1000:1500].mean() == pytest.approx(run.curve.batches[run.curve.steps.index(1500) - 1], abs=1e-4)


def test_the_shipped_tally_gives_the_shipped_yardsticks(
    shipped: record.LadderRecord, arrays: recorded.Recording
) -> None:
    counts = arrays["pair_counts"].values.astype(np.int64)
    assert counts.sum() == shipped.study_letters - 1
    assert conditional_entropy(counts) == pytest.approx(shipped.counted.study_entropy, abs=1e-5)
    assert -(counts * add_one_table(counts)).sum() / counts.sum() == pytest.approx(shipped.counted.study_loss, abs=1e-5)


def test_the_shipped_ladder_is_small() -> None:
    assert sum((recorded.RECORDINGS / f"ladder.{ending}").stat().st_size for ending in ("json", "safetensors")) < 2e6
