"""The film as a table: chapters and their scenes, in order. Only names, so that planning a render imports no manim."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SceneEntry:
    """One scene of the film.

    Parameters
    ----------
    name : str
        The class, found in ``module``.
    module : str
        Dotted name of the file, from the repository root.
    seconds : float
        Planned length, hold included.
    title : str
        The point the scene makes.
    """

    name: str
    module: str
    seconds: float
    title: str


@dataclass(frozen=True)
class Chapter:
    """Scenes that belong together, in the order they are shown.

    Parameters
    ----------
    number : int
        1-based place in the film.
    slug, title : str
        The chapter in file names and in sentences.
    scenes : tuple of SceneEntry
        Its scenes, in order.
    """

    number: int
    slug: str
    title: str
    scenes: tuple[SceneEntry, ...]

    @property
    def folder(self) -> str:
        """Name of the folder its clips go to, e.g. ``ch02_attention``."""
        return f"ch{self.number:02d}_{self.slug}"


CHAPTERS = (
    Chapter(
        1,
        "intro",
        "Introduction",
        (
            SceneEntry("NextTokenPrediction", "scenes.intro_next_token", 48, "Guessing what comes next is all it does"),
            SceneEntry("GenerationLoop", "scenes.intro_generation_loop", 70, "Writing is guessing again and again"),
            SceneEntry(
                "TextToTokens", "scenes.intro_text_to_tokens", 49, "Text becomes pieces, and pieces become numbers"
            ),
            SceneEntry("EmbeddingLookup", "scenes.intro_embedding_lookup", 65, "Using the table is picking columns"),
            SceneEntry("EmbeddingDirections", "scenes.intro_embedding_directions", 78, "Meaning lives in directions"),
            SceneEntry("DotProductMeaning", "scenes.intro_dot_product", 67, "A dot product asks a question"),
            SceneEntry("WeightsVersusData", "scenes.intro_weights_data", 44, "What was learned, and what passes"),
            SceneEntry("ParameterLedger", "scenes.intro_parameter_ledger", 90, "Every number has its place in a table"),
            SceneEntry("NetworkFlow", "scenes.intro_network_flow", 88, "Exchange, think, and read the last column"),
            SceneEntry("UnembeddingStep", "scenes.intro_unembedding_step", 64, "The last column becomes words again"),
        ),
    ),
    Chapter(
        2,
        "attention",
        "Attention",
        (
            SceneEntry("SameWordTwoContexts", "scenes.contexts", 78, "One word, two sentences, two meanings"),
            SceneEntry("MakingAQuery", "scenes.queries", 72, "A learned table turns a word into its question"),
            SceneEntry("QueryKeySpaces", "scenes.query_key_spaces", 69, "Question and answers meet in a small space"),
            SceneEntry("AttentionPattern", "scenes.attention", 161, "Who takes how much from whom"),
            SceneEntry("ScalingByRootDk", "scenes.scaling", 76, "One small division keeps learning alive"),
            SceneEntry("CausalMask", "scenes.causal_mask", 65, "No word may see what comes later"),
            SceneEntry("SoftmaxColumns", "scenes.softmax_columns", 59, "Each column becomes shares of a whole"),
            SceneEntry("ValueVectors", "scenes.values", 97, "Values by shares, added up: one small nudge"),
            SceneEntry("ValueLowRank", "scenes.value_low_rank", 74.5, "A narrow way from word to update"),
            SceneEntry("AttentionParameterCount", "scenes.attention_count", 54, "What the heads of a network cost"),
            SceneEntry("MultiHeadAttention", "scenes.multihead", 102, "Many heads, many ways to read one sentence"),
            SceneEntry("OutputMatrix", "scenes.output_matrix", 47, "All heads come back through one table"),
            SceneEntry("CrossAttention", "scenes.cross_attention", 74, "One text looks at another"),
            SceneEntry("ContextSizeCost", "scenes.context_cost", 86, "Twice the text, four times the meetings"),
            SceneEntry("ParallelPositions", "scenes.parallel_positions", 70, "A lesson at every place, in one pass"),
        ),
    ),
    Chapter(
        3,
        "mlp",
        "Multilayer perceptron",
        (
            SceneEntry("MlpThreeSteps", "scenes.mlp_three_steps", 90, "Stretch, bend, squeeze, and add it on"),
            SceneEntry("NeuronsAsQuestions", "scenes.mlp_neurons_as_questions", 84, "A neuron is a graded answer"),
            SceneEntry("ReluAndGelu", "scenes.mlp_relu_and_gelu", 56, "A bent neuron says yes on one side only"),
            SceneEntry("FactAsVectorSum", "scenes.mlp_fact_as_vector_sum", 98, "A fact is a sum that a crowd adds to"),
            SceneEntry("DownProjectionColumns", "scenes.mlp_down_projection_columns", 59, "Every neuron has its say"),
            SceneEntry(
                "SuperpositionToy", "scenes.mlp_superposition_toy", 79, "More ideas than numbers to keep them in"
            ),
            SceneEntry("AlmostOrthogonal", "scenes.mlp_almost_orthogonal", 79, "Many dimensions, room for many ideas"),
            SceneEntry("MlpParameterCount", "scenes.mlp_parameter_count", 47, "Twice the room that attention has"),
        ),
    ),
    Chapter(
        4,
        "softmax",
        "Softmax and sampling",
        (
            SceneEntry("SoftmaxBreakdown", "scenes.softmax_breakdown", 122.5, "Any scores become shares of a whole"),
            SceneEntry("TemperatureDial", "scenes.softmax_temperature_dial", 51, "One dial: bold or careful"),
            SceneEntry("TemperatureContrast", "scenes.softmax_temperature_contrast", 47, "Cold repeats, hot wanders"),
            SceneEntry("TopKTopP", "scenes.softmax_top_k_top_p", 56.5, "A fixed number, or a fixed mass"),
            SceneEntry("LogitLens", "scenes.softmax_logit_lens", 54, "Easy words settle early, hard ones late"),
        ),
    ),
    # Chapters 5 to 8 are to come. A chapter begins at its number of hours, so there is none before 1.
    Chapter(9, "trailer", "Trailer", (SceneEntry("Trailer", "scenes.trailer", 57.5, "The whole way in a minute"),)),
)
