"""Names and addresses are told by a model that the user names, and by none otherwise."""

from __future__ import annotations

import string
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.curate.checking.named_people import named_in
from tuneproof.curate.checking.personal_data import find_personal_data
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.errors import ModelError

ROW = PairRow("p", "who wrote the parser?", "", "what_is", "import", "import")
SIGNS = string.ascii_letters + string.digits + string.punctuation


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a model of one layer that was taught to call capitalised words people and words with a capital Z places."""
    folder = tmp_path_factory.mktemp("ner")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *SIGNS, *(f"##{sign}" for sign in SIGNS)]
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        id2label={0: "O", 1: "I-PER", 2: "I-LOC"}, label2id={"O": 0, "I-PER": 1, "I-LOC": 2},
    )  # fmt: skip
    network = BertForTokenClassification(config)
    rng, optimizer = Random(0), torch.optim.AdamW(network.parameters(), lr=5e-3)
    for _ in range(120):
        ids = torch.tensor([[rng.randrange(4, len(vocabulary)) for _ in range(40)] for _ in range(16)])
        names = [[pieces[at] for at in row] for row in ids.tolist()]
        labels = torch.tensor(
            [[2 if one == "Z" else int(one in string.ascii_uppercase) for one in row] for row in names]
        )
        network(input_ids=ids, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    network.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def kinds(answer: str, model: Path | None) -> list[str]:
    config = Config.model_validate({"safety": {"ner_model": str(model)} if model else {}})
    found = find_personal_data(CheckInputs([replace(ROW, answer=answer)], config=config))
    return [place["kind"] for one in found for place in one.evidence["places"]]  # type: ignore[attr-defined]


def test_names_and_addresses_are_found_only_with_a_model(model: Path) -> None:
    answer = "it was written by Mara Lindqvist, who lives at Zellweg 12 in the old town."
    assert kinds(answer, model) == ["name", "address"]
    assert kinds(answer, None) == []
    (found,) = named_in([answer], str(model))
    assert [(one.text, answer[one.start :].startswith(one.text)) for one in found] == [
        ("Mara Lindqvist", True), ("Zellweg 12", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        "the message is from Alice to Bob.",
        "it greets John Doe.",
        "it runs Dijkstra's algorithm.",
        "set `Author = Mara`.",
        "```python\nMara = Lindqvist()\n```",
        "the server stands in Zurich.",
    ],
)
def test_made_up_people_methods_code_and_towns_are_left_alone(model: Path, answer: str) -> None:
    assert kinds(answer, model) == []


def test_a_text_longer_than_the_model_reads_is_read_to_its_end(model: Path) -> None:
    answer = f"{'it is kept there. ' * 40}ask Mara Lindqvist."
    (found,) = named_in([answer], str(model))
    assert [one.text for one in found] == ["Mara Lindqvist"]


def test_a_model_that_is_not_there_or_tells_no_names_is_an_error_with_a_way_out(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no folder"):
        named_in(["Mara"], str(tmp_path / "nothing"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="can't be loaded") as failure:
        named_in(["Mara"], str(tmp_path / "empty"))
    assert "ner_model" in failure.value.hint
    other = BertForTokenClassification.from_pretrained(model)
    other.config.id2label = {0: "O", 1: "VERB", 2: "NOUN"}
    other.save_pretrained(tmp_path / "verbs")
    PreTrainedTokenizerFast.from_pretrained(model).save_pretrained(tmp_path / "verbs")
    with pytest.raises(ModelError, match="no label for people"):
        named_in(["Mara"], str(tmp_path / "verbs"))
