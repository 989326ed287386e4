"""Published models, and the ledger that counts theirs and ours by one formula."""

from __future__ import annotations

import math

import pytest
import yaml

from model import published
from model.config import GPTConfig
from model.ledger import by_part, ledger

SIZES = {"vocab_size": 23, "block_size": 10, "n_layer": 3, "n_head": 4, "n_embd": 16}
# Which stored tensors a row counts, named by what their names contain.
TENSORS = {
    ("embedding",): ("embed.weight",),
    ("positions",): ("pos_embed.weight",),
    ("query", "key", "value"): ("attn.qkv.weight",),
    ("output",): ("attn.out.weight",),
    ("up",): ("mlp.up.weight",),
    ("down",): ("mlp.down.weight",),
    ("layer norms",): ("ln1.weight", "ln2.weight", "ln1.bias", "ln2.bias"),
    ("final norm",): ("ln_final.weight", "ln_final.bias"),
    ("unembedding",): ("unembed.weight",),
    ("attention offsets",): ("attn.qkv.bias", "attn.out.bias"),
    ("up offsets",): ("mlp.up.bias",),
    ("down offsets",): ("mlp.down.bias",),
}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("tied", [True, False])
def test_each_row_counts_exactly_its_tensors(bias: bool, tied: bool) -> None:
    config = GPTConfig(**SIZES, bias=bias, tied=tied)
    counts = {row.name: row.count for row in ledger(config)}
    left = {".".join(name.split(".")[2:]) if name.startswith("blocks.") else name: 0 for name in config.tensor_shapes()}
    for name, shape in config.tensor_shapes().items():
        left[".".join(name.split(".")[2:]) if name.startswith("blocks.") else name] += math.prod(shape)
    for rows, tensors in TENSORS.items():
        assert sum(counts.get(row, 0) for row in rows) == sum(left.pop(tensor, 0) for tensor in tensors), rows
    assert left == {}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("tied", [True, False])
def test_the_ledger_adds_up_to_what_the_network_in_pytorch_holds(bias: bool, tied: bool) -> None:
    pytest.importorskip("torch")
    from model.gpt import GPT

    config = GPTConfig(**SIZES, bias=bias, tied=tied)
    rows = ledger(config)
    held = sum(parameter.numel() for parameter in GPT(config).parameters())  # a tied table once
    assert sum(row.count for row in rows) == config.parameter_count() == held == sum(by_part(rows).values())


def test_a_row_is_the_product_it_says() -> None:
    rows = {row.name: row for row in ledger(GPTConfig(**SIZES, tied=True))}
    query = rows["query"]
    assert query.formula == "head width x width x heads x layers"
    assert query.factors == (("head width", 4), ("width", 16), ("heads", 4), ("layers", 3))
    assert (query.per_layer, query.count) == (4 * 16 * 4, 4 * 16 * 4 * 3)
    assert rows["embedding"].per_layer is None
    assert (rows["unembedding"].count, rows["unembedding"].formula) == (0, "the embedding again")


def test_released_weights_are_as_many_as_the_formula_gives() -> None:
    models = published.models()
    assert models["GPT-2 small"].counted() == 124_439_808
    assert models["GPT-2 medium"].counted() == 354_823_168
    assert models["GPT-2 large"].counted() == 774_030_080
    assert models["GPT-2 XL"].counted() == 1_557_611_200


def test_every_published_count_is_near_the_formulas() -> None:
    for name, model in published.models().items():
        assert model.counted() == sum(row.count for row in ledger(model.config))
        assert model.counted() == pytest.approx(model.parameters, rel=0.07), name
        unit = {"M": 1e6, "B": 1e9}[model.parameters_said[-1]]
        assert float(model.parameters_said[:-1]) * unit == model.parameters


def test_gpt_3_has_its_published_sizes() -> None:
    model = published.models()["GPT-3 175B"]
    config = model.config
    assert (config.n_layer, config.n_head, config.n_embd, config.d_head) == (96, 96, 12288, 128)
    assert (config.vocab_size, config.block_size, model.parameters) == (50257, 2048, 175_000_000_000)
    assert f"{model.counted():,}" in model.note
    parts = by_part(ledger(config.model_copy(update={"tied": False})))
    assert f"{sum(parts.values()) - parts['small print']:,}" in model.note


def test_models_are_listed_smallest_first() -> None:
    sizes = [model.parameters for model in published.models().values()]
    assert sizes == sorted(sizes) and len(sizes) == 5


def test_every_source_has_title_year_and_place() -> None:
    for model in published.models().values():
        for source in model.sources:
            assert source.title and source.where and 2017 <= source.year


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"parameters": 0}, "parameters: Input should be greater than 0"),
        ({"parameters": None}, "parameters"),
        ({"training_tokens": 5}, "no source gives training_tokens; add one"),
        ({"weight": 5}, "weight: Extra inputs are not permitted"),
        ({"config": {**SIZES, "n_head": 3}}, "3 heads do not divide"),
        ({"config": {**SIZES, "tied": True}}, "no source gives tied"),
        ({"sources": []}, "sources"),
        ({"config": {k: v for k, v in SIZES.items() if k != "n_embd"}}, "config.n_embd: Field required"),
    ],
)
def test_a_fact_without_a_source_or_a_size_that_makes_no_network_is_refused(tmp_path, change, words) -> None:
    source = {"title": "A Paper", "year": 2020, "where": "Table 1", "gives": [*SIZES, "parameters"]}
    model = {"config": SIZES, "parameters": 10_000, "parameters_said": "0.01M", "sources": [source]}
    path = tmp_path / "facts.yaml"
    path.write_text(yaml.safe_dump({"A model": model}))
    assert published.models(path)["A model"].parameters == 10_000
    path.write_text(yaml.safe_dump({"A model": model | change}))
    with pytest.raises(ValueError, match="A model") as caught:
        published.models(path)
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "- 1", "a: [", "3"])
def test_a_file_that_holds_no_facts_is_refused(tmp_path, content: str) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text(content)
    with pytest.raises(ValueError, match="facts.yaml") as caught:
        published.models(path)
    assert "\n" not in str(caught.value)


def test_a_source_may_not_give_what_is_not_there(tmp_path) -> None:
    source = {"title": "A Paper", "year": 2020, "where": "Table 1", "gives": [*SIZES, "parameters", "beauty"]}
    model = {"config": SIZES, "parameters": 10_000, "parameters_said": "0.01M", "sources": [source]}
    path = tmp_path / "facts.yaml"
    path.write_text(yaml.safe_dump({"A model": model}))
    with pytest.raises(ValueError, match="gives beauty, which is not there"):
        published.models(path)
