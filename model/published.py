"""Facts about published models: sizes with the paper and table they stand in, read from ``assets/facts``.

They are other people's numbers and are shown as such. Parameter counts that follow from the sizes are computed by the
formula that counts our own networks, next to what was published.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.config import GPTConfig, in_one_sentence

FACTS = Path(__file__).resolve().parent.parent / "assets" / "facts" / "published.yaml"


class Source(BaseModel):
    """Where some facts were published.

    Attributes
    ----------
    title : str
        Of the paper or the released code.
    year : int
        It appeared.
    where : str
        Table, section or file.
    gives : tuple of str
        Which fields of the model it gives.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1)
    year: int = Field(ge=1950, le=2100)
    where: str = Field(min_length=1)
    gives: tuple[str, ...] = Field(min_length=1)


class PublishedModel(BaseModel):
    """One published model.

    Attributes
    ----------
    config : GPTConfig
        Its sizes; what the papers leave open is said in ``note``.
    parameters : int
        The published count of weights, as exact as it was published.
    parameters_said : str
        In the words of the paper: ``"175.0B"``.
    training_tokens : int or None
        Tokens it was trained on, if published.
    sources : tuple of Source
        At least one for every field.
    note : str
        What a reader should know: errors, assumptions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: GPTConfig
    parameters: int = Field(gt=0)
    parameters_said: str
    training_tokens: int | None = Field(default=None, gt=0)
    sources: tuple[Source, ...] = Field(min_length=1)
    note: str = ""

    @model_validator(mode="after")
    def _has_a_source_for_everything(self) -> PublishedModel:
        facts = set(self.config.model_fields_set) | {"parameters"}
        if self.training_tokens is not None:
            facts.add("training_tokens")
        given = {field for source in self.sources for field in source.gives}
        if facts - given:
            raise ValueError(f"no source gives {', '.join(sorted(facts - given))}; add one, or leave it out")
        if given - facts:
            raise ValueError(f"a source gives {', '.join(sorted(given - facts))}, which is not there; add it")
        return self

    def counted(self) -> int:
        """Weights by the formula that counts ours."""
        return self.config.parameter_count()


def models(path: Path = FACTS) -> dict[str, PublishedModel]:
    """Every published model by name, smallest first.

    Raises
    ------
    ValueError
        If the file cannot be read, or a model lacks a size or a source; the message names it.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{path} cannot be read as facts: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path} should hold one entry for each model, by name")
    read = {}
    for name, entry in found.items():
        try:
            read[name] = PublishedModel.model_validate(entry)
        except ValidationError as error:
            raise ValueError(f"{path}: {name}: {in_one_sentence(error)}") from error
    return dict(sorted(read.items(), key=lambda item: item[1].parameters))
