"""The made-up language, the translator in PyTorch and in NumPy, and what it was measured on."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from model.recorded import RECORDINGS
from model.toys import language, sentences, translation
from model.toys.alignment import measure
from model.toys.language import translate_by_rule

torch = pytest.importorskip("torch")

from model.toys import translator  # noqa: E402
from model.toys.encoder_decoder import EncoderDecoder  # noqa: E402
from model.toys.translator import TranslatorSettings, as_translator  # noqa: E402

SENTENCE = "the small grey horse sees two old birds"
SMALL = TranslatorSettings(n_embd=16, train_sentences=200, held_out_sentences=20, steps=15, batch_size=16, warmup=5)


@pytest.fixture(autouse=True)
def one_thread_and_a_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(scope="module")
def shipped() -> translation.Translator:
    return translation.load()


@pytest.fixture(scope="module")
def new_sentences() -> list[language.Example]:
    return list(itertools.islice(language.generate(np.random.default_rng(2026)), 60))


@pytest.fixture
def network() -> EncoderDecoder:
    """Untrained, with weights large enough that every part matters."""
    network = EncoderDecoder(SMALL.config())
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3).copy_(parameter.half().float())
    return network.eval()


def logits_in_torch(network: EncoderDecoder, translated: translation.Translation) -> np.ndarray:
    """Of the sentence and the words the twin wrote, as the twin's last pass saw them."""
    source = [language.source_words().index(word) for word in translated.source]
    words = [translation.START, *translated.target][: translated.activations["logits"].shape[0]]
    target = [translator.target_vocabulary().index(word) for word in words]
    with torch.no_grad():
        return network(torch.tensor([source]), torch.tensor([len(source)]), torch.tensor([target]))[0].numpy()


def relative_error(ours: np.ndarray, theirs: np.ndarray) -> float:
    assert ours.shape == theirs.shape
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


# -- the language ----------


def test_describing_words_follow_in_mirrored_order_and_take_the_ending_of_their_number() -> None:
    example = translate_by_rule(SENTENCE)
    assert example.target == ("ve", "tomel", "fal", "kep", "miro", "dun", "pireku", "sotanu")
    assert example.alignment == (0, 3, 2, 1, 4, 5, 7, 6)
    several = translate_by_rule("the small grey horses see many old birds")
    assert several.target == ("ve", "tomeli", "fali", "kepi", "miro", "olmo", "pireki", "sotani")


def test_every_sentence_reads_back_as_it_was_generated(new_sentences: list) -> None:
    for example in new_sentences:
        assert translate_by_rule(" ".join(example.source)) == example


def test_the_true_alignment_pairs_each_word_with_its_entry_in_the_dictionary(new_sentences: list) -> None:
    stems = {form: stem for noun, (plural, stem) in language.NOUNS.items() for form in (noun, plural)}
    stems |= {form: word for verb, (plural, word) in language.VERBS.items() for form in (verb, plural)}
    stems |= language.ADJECTIVES | {word: choices[0][0] for word, choices in language.OPENERS.items()}
    for example in new_sentences:
        assert sorted(example.alignment) == list(range(len(example.source)))
        for word, place in zip(example.target, example.alignment, strict=True):
            assert word.removesuffix("u").removesuffix("i") == stems[example.source[place]]


def test_no_word_belongs_to_both_languages() -> None:
    source, target = language.source_words(), language.target_words()
    assert not set(source) & set(target)
    assert len(set(source)) == len(source) and len(set(target)) == len(target)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("", "the sentence ends where a naming phrase should begin"),
        ("small horse", "begins with the, one, two"),
        ("two horse", "a noun in the fitting number is expected; found 'horse'"),
        ("the small", "found the end"),
        ("the horses sees one cat", "'sees' cannot follow 'the horses'; expected see or"),
        ("the horse sees", "ends where a naming phrase should begin"),
        ("the red red fox", "at most 2 different adjectives"),
        ("the fox sees one cat the", "the sentence is over before 'the'"),
    ],
)
def test_what_is_no_sentence_has_no_translation_by_rule(sentence: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        translate_by_rule(sentence)


def test_held_out_sentences_and_pairs_are_not_trained_on() -> None:
    dealt = sentences.draw(seed=3, train=400, held_out=50, pairs=10)
    assert (len(dealt.train), len(dealt.familiar), len(dealt.unfamiliar)) == (400, 50, 50)
    lists = (dealt.train, dealt.familiar, dealt.unfamiliar)
    assert len({example.source for part in lists for example in part}) == 500
    assert len(dealt.pairs) == 10
    for example in dealt.train + dealt.familiar:
        assert not example.pairs & dealt.pairs
    assert all(example.pairs & dealt.pairs for example in dealt.unfamiliar)
    assert dealt == sentences.draw(seed=3, train=400, held_out=50, pairs=10)


# -- the network ----------


@pytest.mark.parametrize("sentence", [SENTENCE, "many mice", "one happy king follows the geese"])
def test_numpy_computes_what_pytorch_computes(network: EncoderDecoder, sentence: str) -> None:
    translated = as_translator(network).translate(sentence)
    ours = translated.activations["logits"].values
    assert relative_error(ours, logits_in_torch(network, translated)) < 1e-5


def test_cross_attention_is_what_pytorchs_own_module_attends_to(network: EncoderDecoder) -> None:
    acts = as_translator(network).translate(SENTENCE).activations
    read = torch.from_numpy(np.array(acts["encoder.ln_final.normalized"]))
    for layer, block in enumerate(network.decoder.blocks):
        asking = torch.from_numpy(np.array(acts[f"decoder.blocks.{layer}.ln_cross.normalized"]))
        theirs = torch.nn.MultiheadAttention(SMALL.n_embd, SMALL.n_head)
        maps = [block.cross.q, block.cross.k, block.cross.v]
        theirs.in_proj_weight.data = torch.cat([linear.weight.data for linear in maps])
        theirs.in_proj_bias.data = torch.cat([linear.bias.data for linear in maps])
        theirs.out_proj.load_state_dict(block.cross.out.state_dict())
        out, pattern = theirs(asking, read, read, average_attn_weights=False)
        assert relative_error(acts["cross.pattern"].values[layer], pattern.detach().numpy()) < 1e-5
        assert relative_error(acts[f"decoder.blocks.{layer}.cross_out"].values, out.detach().numpy()) < 1e-5


def test_a_short_sentence_is_read_alike_alone_and_beside_a_long_one(network: EncoderDecoder) -> None:
    batch = translator.as_batch([translate_by_rule("many mice"), translate_by_rule(SENTENCE)])
    with torch.no_grad():
        together = network(batch.source, batch.lengths, batch.inputs)[0]
        alone = network(batch.source[:1, :2], batch.lengths[:1], batch.inputs[:1])[0]
    assert torch.allclose(together, alone, atol=1e-5)


def test_every_listed_activation_is_kept_and_the_streams_add_up(shipped: translation.Translator) -> None:
    acts = shipped.translate(SENTENCE).activations
    layers = range(shipped.config.n_layer)
    assert set(acts) == {name.replace("*", str(layer)) for name in translation.AXES for layer in layers}
    for layer in layers:
        encoder, decoder = f"encoder.blocks.{layer}.", f"decoder.blocks.{layer}."
        for block, adds in ((encoder, ("attn_out", "mlp_out")), (decoder, ("attn_out", "cross_out", "mlp_out"))):
            total = acts[f"{block}resid_pre"].values + sum(acts[block + name].values for name in adds)
            np.testing.assert_allclose(total, acts[f"{block}resid_post"].values, rtol=1e-4, atol=1e-4)


def test_shares_add_up_to_one_and_only_the_writer_may_not_look_ahead(shipped: translation.Translator) -> None:
    acts = shipped.translate(SENTENCE).activations
    for name in ("encoder.pattern", "decoder.pattern", "cross.pattern", "probabilities"):
        np.testing.assert_allclose(acts[name].values.sum(-1), 1, rtol=1e-5)
    assert not np.triu(acts["decoder.pattern"].values, 1).any()
    assert np.triu(acts["encoder.pattern"].values, 1).any()


def test_a_pattern_carries_its_passport(shipped: translation.Translator) -> None:
    acts = shipped.translate(SENTENCE).activations
    cross = acts["cross.pattern"]
    assert cross.axes == ("layer", "head", "target", "source") and cross.shape[2:] == (9, 8)
    part = cross.at(layer=1, head=0)
    np.testing.assert_array_equal(acts.resolve(part.passport), part.values)
    assert part.source.startswith(shipped.source)
    assert part.source != shipped.translate("many mice").activations.source


# -- the shipped one ----------


def test_the_shipped_translator_translates_new_sentences_as_the_rule_does(shipped, new_sentences: list) -> None:
    measured = measure(shipped, new_sentences)
    assert measured.exact > 0.98
    for row in shipped.facts["cross_attention"]:
        assert measured.share[row["layer"], row["head"]] == pytest.approx(row["share_on_aligned"], abs=0.05)
    assert measured.share[shipped.best_head] > 0.9


def test_the_picked_head_has_the_largest_recorded_share(shipped: translation.Translator) -> None:
    best = max(shipped.facts["cross_attention"], key=lambda row: row["share_on_aligned"])
    assert shipped.best_head == (best["layer"], best["head"])
    assert min(shipped.facts[name] for name in ("exact_match", "exact_match_with_unseen_pairs")) > 0.99


def test_the_shipped_weights_fit_the_network_in_pytorch_and_are_small(shipped: translation.Translator) -> None:
    network = EncoderDecoder(shipped.config).eval()
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in shipped.weights.items()})
    translated = shipped.translate(SENTENCE)
    assert relative_error(translated.activations["logits"].values, logits_in_torch(network, translated)) < 1e-5
    assert sum(parameter.numel() for parameter in network.parameters()) == shipped.facts["parameters"]
    assert (RECORDINGS / "translator.safetensors").stat().st_size < 600_000


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("the zebra", "does not know 'zebra'; it knows bird, birds, call"),
        ("  ", "has 0 words; the translator reads 1 to 9"),
        ("the " * 10, "has 10 words"),
    ],
)
def test_a_sentence_it_cannot_read_is_refused(shipped: translation.Translator, sentence: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        shipped.translate(sentence)


def test_a_recording_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no translator; make one with python -m model.toys.translator"):
        translation.load("superposition")


# -- training ----------


def test_training_lowers_the_loss_and_the_same_seed_trains_the_same_network() -> None:
    dealt = sentences.draw(SMALL.seed, SMALL.train_sentences, SMALL.held_out_sentences, SMALL.unseen_pairs)
    (one, curve), (two, _) = (translator.train(SMALL, dealt) for _ in range(2))
    assert curve[0, 0] == 1 and curve[-1, 0] == SMALL.steps
    assert curve[-1, 2] < curve[0, 2] < np.log(len(translator.target_vocabulary())) + 0.5
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_what_is_recorded_reads_back_as_the_same_translator(shipped, tmp_path, monkeypatch) -> None:
    network = EncoderDecoder(shipped.config).eval()
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in shipped.weights.items()})
    curve = np.array([[1, 4.0, 4.5], [2, 3.0, 3.5]])
    monkeypatch.setattr(translator, "train", lambda settings, sentences: (network, curve))
    settings = TranslatorSettings(train_sentences=50, held_out_sentences=10)
    facts = translator.write(tmp_path / "again.safetensors", settings)
    again = translation.load(tmp_path / "again.safetensors")
    assert again.facts == json.loads(json.dumps(facts))
    assert all(np.array_equal(again.weights[name], array) for name, array in shipped.weights.items())
    assert again.translate(SENTENCE).target == shipped.translate(SENTENCE).target


def test_an_untrained_translator_has_no_alignment_to_speak_of(network: EncoderDecoder, new_sentences: list) -> None:
    with pytest.raises(ValueError, match="none of 60 sentences was translated right; train for longer"):
        measure(as_translator(network), new_sentences)
