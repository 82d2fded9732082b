"""``tuneproof.toml``: its sections, their defaults, and clear errors for what does not fit.

Knows what can be set and what each default is. It must not know what a setting does; the rooms that read it do.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from tuneproof.datasets.workspace.errors import ConfigError
from tuneproof.datasets.workspace.identity import canonical_json, sha256
from tuneproof.datasets.workspace.records import CaseType

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Goal(Section):
    """What the fine-tune is for."""

    intent: Literal["style", "domain", "both"] = "domain"
    audience: str = ""
    must_refuse: tuple[str, ...] = ()
    sensitive_domain: bool = False
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] = "en"


class Sources(Section):
    """Which files of a source are read; patterns are matched against the path inside the source.

    Of addresses on the web: ``follow`` is how many pages below the named one's folder are read beside it,
    ``max_seconds`` what one page may take, and ``allow_private`` lets in hosts of the local network. Of a command:
    ``subcommands`` is how many of those that its help lists are asked for theirs.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_bytes: Positive = 5_000_000
    allow_private: bool = False
    follow: Annotated[int, Field(ge=0, le=1000)] = 0
    max_seconds: Positive = 30
    subcommands: Annotated[int, Field(ge=0, le=1000)] = 100


class ChunkSettings(Section):
    """How large a chunk of prose may grow before it is cut between blocks, in tokens of 3.5 bytes each."""

    max_tokens: Positive = 500


class Llm(Section):
    """A language model that writes further pairs, behind any OpenAI-compatible ``endpoint`` ("" is none).

    ``api_key_env`` names the environment variable with the key. Prices are per million tokens, in any currency.
    """

    endpoint: str = ""
    model: str = ""
    api_key_env: str = ""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.2
    max_tokens: Positive = 800
    requests_per_minute: Annotated[float, Field(gt=0)] = 60.0
    per_chunk: Positive = 2
    max_chunks: Positive | None = None
    require_quote: bool = False
    paraphrases: Count = 0
    attempts: Positive = 5
    timeout_seconds: Annotated[float, Field(gt=0)] = 120.0
    backoff_seconds: Annotated[float, Field(gt=0)] = 1.0
    price_in: Annotated[float, Field(ge=0)] = 0.0
    price_out: Annotated[float, Field(ge=0)] = 0.0


class Pairs(Section):
    """How pairs are made from chunks."""

    system_prompt: str = ""
    max_answer_chars: Positive = 700
    # No part of what templates make: a change of it must not make them anew.
    llm: Llm = Field(default=Llm(), exclude=True)


class Select(Section):
    """How many pairs go in, and the seed that breaks ties; ``max_train`` caps the training side alone."""

    budget: Positive = 1000
    max_train: Positive | None = None
    seed: int = 0


class Duplicates(Section):
    """From where on two pairs repeat each other, as shares of 1.

    ``near``: true Jaccard of wording, of questions and of answers; ``semantic``: closeness in meaning (cosine,
    lifted where words are shared) from which a repeat is suggested; ``merge``: cosine from which it is merged if
    nothing tells the two apart and their words are the same. Floors are what a build remembers, so that any value
    above is previewed without computing anew.
    """

    near: Annotated[float, Field(ge=0.70, le=1)] = 0.85
    semantic: Annotated[float, Field(ge=0.85, le=1)] = 0.90
    merge: Annotated[float, Field(ge=0.85, le=1)] = 0.95


class Embed(Section):
    """The sentence embedding model: ``offline`` is the bundled MiniLM, else a sentence-transformers name or folder."""

    model: str = "offline"
    batch_size: Positive = 64


class Safety(Section):
    """What is looked for in pairs beside secrets and numbers of people.

    ``ner_model`` is a folder or hub name of a token classification model that tells names and addresses; "" looks for
    none.
    """

    ner_model: str = ""


class Base(Section):
    """The model to tune: ``tuneproof-base``, a folder, or a hub name."""

    model: str = "tuneproof-base"


class General(Section):
    """What general ability is measured on: suites by name, items for each, and the seed of both.

    A name is a bundled suite, ``bundled`` for all of them, or a task of lm-evaluation-harness; ``tasks_folder`` holds
    YAML files of tasks of your own, and their ``data_files`` count from there.
    """

    suites: tuple[str, ...] = ("bundled",)
    tasks_folder: str | None = None
    per_suite: Positive = 400
    seed: int = 0


#: Settings of [train] that a run's request names only where they were set.
OPTIONS = ("accept_licence", "top_layers", "optimizer", "dropout", "neftune", "packing", "patience", "processes")


class Train(Section):
    """How the model is trained. ``learning_rate`` and ``epochs`` are chosen from the data's size if left out.

    ``top_layers`` layers are trained by the method of that name. ``dropout`` is the adapter's; ``neftune`` noise is
    added to embeddings; ``packing`` puts a batch into one row without padding; ``patience`` evaluations without a
    lower loss end the run, and its best checkpoint is kept (0: never).
    ``processes`` share each batch, started by ``accelerate launch``.
    ``samples`` validation questions are answered at each evaluation during training, for a person to read.
    ``accept_licence`` acknowledges a base's licence by its identifier (``unknown`` where nobody states one).
    ``tracking`` names where figures go beside the run's own file.
    ``price_per_hour`` is what this machine costs, in any currency.
    """

    method: Literal["lora", "rslora", "dora", "qlora", "top_layers", "full"] = "lora"
    top_layers: Positive = 2
    optimizer: Literal["adamw", "adamw_8bit", "adafactor", "sgd"] = "adamw"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    neftune: Annotated[float, Field(ge=0)] = 0.0
    packing: bool = False
    patience: Count = 0
    processes: Positive = 1
    epochs: Annotated[float, Field(gt=0)] | None = None
    learning_rate: Annotated[float, Field(gt=0)] | None = None
    rank: Positive = 16
    batch_size: Positive = 16
    max_length: Positive = 384
    replay: Share = 1.0
    replay_tokens: Positive = 96
    replay_source: str = "base"
    warmup: Share = 0.05
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    seed: int = 0
    threads: Count = 0
    samples: Annotated[int, Field(ge=0, le=32)] = 0
    accept_licence: str = ""
    # No part of what is trained: a change of these must not make another run.
    tracking: tuple[Literal["tensorboard", "trackio", "mlflow", "wandb"], ...] = Field(default=(), exclude=True)
    price_per_hour: Annotated[float, Field(ge=0)] = Field(default=0.0, exclude=True)

    @model_serializer(mode="wrap")
    def _leave_out_untouched(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave options at their defaults out, so that a run asked for before there were any is known again."""
        values: dict[str, Any] = handler(self)
        fields = type(self).model_fields
        return {k: v for k, v in values.items() if k not in OPTIONS or getattr(self, k) != fields[k].default}


class Style(Section):
    """How answers should read. What is left out is learnt from the set; ``terms`` maps a spelling to wrong ones."""

    person: Literal["first", "second", "impersonal"] | None = None
    voice: Literal["active", "passive"] | None = None
    contractions: bool | None = None
    max_sentence_words: Positive | None = None
    terminal_punctuation: bool | None = None
    fence_language: bool | None = None
    terms: dict[str, tuple[str, ...]] = {}


# Shares of the set that kinds of question should have, where the sources give rise to them.
TARGETS: dict[CaseType, float] = {
    "error": 0.03, "default": 0.03, "limit": 0.03, "negation": 0.02, "deprecation": 0.01, "version_difference": 0.01,
    "comparison": 0.02, "unanswerable": 0.03, "false_premise": 0.03, "ambiguous": 0.01,
}  # fmt: skip


Limits = tuple[Share, Share]


class Defects(Section):
    """Two shares of the set for each defect: above the first the gate warns, above the second it fails (1: never).

    ``ungrounded`` is a share of the pairs that rest on a source.
    """

    ungrounded: Limits = (0.02, 0.10)
    needs_page: Limits = (0.02, 0.20)
    truncated_answer: Limits = (0.01, 0.05)
    unparsable_code: Limits = (0.01, 0.05)
    mojibake: Limits = (0.0, 0.02)
    wrong_language: Limits = (0.0, 0.05)
    off_topic: Limits = (0.05, 1.0)
    personal_data: Limits = (0.0, 0.02)
    prompt_injection: Limits = (0.0, 0.02)


class DataPolicy(Section):
    """Limits of the data gate; ``targets`` are shares of the set by case type, ``topic_min_pairs`` pairs a topic.

    ``benchmarks`` are JSON Lines files, relative to the workspace, that train must not give away.
    """

    fail_under_pairs: Count = 50
    warn_under_pairs: Count = 200
    warn_share: Share = 0.15
    fail_share: Share = 0.40
    overlap_ngram: Positive = 13
    fail_overlap: Share = 0.70
    benchmarks: tuple[str, ...] = ()
    max_benchmark_overlap: Share = 0.0
    min_test_groups: Count = 6
    max_truncated: Share = 0.02
    warn_duplicates: Share = 0.02
    fail_duplicates: Share = 0.10
    targets: dict[CaseType, Share] = TARGETS
    topic_min_pairs: Count = 1
    min_reviewers: Count = 2
    sensitive_review_share: Share = 0.20
    defects: Defects = Defects()


class ModelPolicy(Section):
    """Limits of the model gate: nats a token for text, points of accuracy (0..1) for suites."""

    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    min_gain: Annotated[float, Field(ge=0)] = 0.01
    text_fail_nats: Annotated[float, Field(gt=0)] = 0.10
    text_pass_nats: Annotated[float, Field(gt=0)] = 0.20
    suite_fail: Share = 0.03
    macro_fail: Share = 0.02
    suite_margin: Share = 0.06
    overfit_ratio: Share = 0.25
    overfit_warn_ratio: Share = 0.40
    overfit_min_gain: Annotated[float, Field(ge=0)] = 0.2
    min_test_groups: Count = 6


class ReviewPolicy(Section):
    """How much of the set a person must have judged; above zero only accepted pairs go in."""

    min_share: Share = 0.0


class Policy(Section):
    """Thresholds of both gates and of review."""

    data: DataPolicy = DataPolicy()
    model: ModelPolicy = ModelPolicy()
    review: ReviewPolicy = ReviewPolicy()


class WaiverEntry(Section):
    """A check that may fail until ``expires``, who answers for it, and why."""

    check: str
    owner: Annotated[str, Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1)]
    expires: date


class Config(Section):
    """The whole file."""

    goal: Goal = Goal()
    sources: Sources = Sources()
    chunk: ChunkSettings = ChunkSettings()
    pairs: Pairs = Pairs()
    select: Select = Select()
    style: Style = Style()
    duplicates: Duplicates = Duplicates()
    embed: Embed = Embed()
    safety: Safety = Safety()
    base: Base = Base()
    general: General = General()
    train: Train = Train()
    policy: Policy = Policy()
    waivers: tuple[WaiverEntry, ...] = ()
    keys: dict[str, str] = {}

    def policy_sha256(self) -> str:
        """Return the hash of what a verdict is judged by: policy and waivers."""
        values = self.model_dump(mode="json", include={"policy", "waivers"})
        return sha256(canonical_json(values))


def read_config(path: Path) -> Config:
    """Return the configuration in ``path``.

    Raises:
        ConfigError: the file can't be read, is no TOML, or holds an unknown key or a value that does not fit.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"There is no {path}.", "Run: tuneproof init") from error
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.", "Check the file's owner and mode.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} is not valid TOML: {error}.", "Mend that line, then run the command again."
        ) from error
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise _explain(path, error) from error


def _explain(path: Path, error: ValidationError) -> ConfigError:
    found = error.errors(include_url=False)
    first = min(found, key=lambda entry: entry["type"] != "extra_forbidden")
    where = [str(part) for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        known = _known_keys(where[:-1])
        near = difflib.get_close_matches(where[-1], known, n=1, cutoff=0.0)
        hint = f"Did you mean {near[0]!r}? Known here: {', '.join(sorted(known))}." if near else "Remove it."
        return ConfigError(f"{path}: unknown key {'.'.join(where)!r}.", hint)
    return ConfigError(
        f"{path}: {'.'.join(where)}: {first['msg']} (found {first['input']!r}).",
        "Correct that value and run again.",
    )


def _known_keys(where: Iterable[str]) -> list[str]:
    model: Any = Config
    for part in where:
        if part.isdigit():
            continue
        annotation = model.model_fields[part].annotation
        model = annotation if isinstance(annotation, type) else get_args(annotation)[0]
    return list(model.model_fields)
