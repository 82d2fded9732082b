"""Content addresses: how every id of the workspace is made.

Knows hashing only. An id is the first 16 hex digits of BLAKE2b over the length-prefixed parts, so that
("ab", "c") and ("a", "bc") differ. Ids depend on what a thing is, never on where or when it was read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

ID_LENGTH = 16


def digest(*parts: str | bytes | int) -> str:
    """Return the 16-digit hex id of ``parts`` in order."""
    hasher = hashlib.blake2b(digest_size=ID_LENGTH // 2)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        hasher.update(len(data).to_bytes(8, "little"))
        hasher.update(data)
    return hasher.hexdigest()


def sha256(data: bytes | str) -> str:
    """Return the full SHA-256 of ``data`` (text as UTF-8) in hex."""
    return hashlib.sha256(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data).hexdigest()


def canonical_json(value: object) -> str:
    """Return ``value`` as JSON with sorted keys and no spaces: the form that is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def document_id(source: str, path: str) -> str:
    """Return the id of a document: its source's name and its path, neither bytes nor checkout."""
    return digest("document", source, path)


def chunk_id(document: str, heading_path: Sequence[str], kind: str, text: str, occurrence: int) -> str:
    """Return the id of a chunk; ``occurrence`` counts identical ones in a document from 0. No offsets."""
    return digest("chunk", document, canonical_json(list(heading_path)), kind, text, occurrence)


def pair_id(first_chunk: str | None, generator: str, slot: str) -> str:
    """Return the id of a pair: its first chunk, its generator and its slot there, at birth."""
    return digest("pair", first_chunk or "", generator, slot)


def finding_id(check_name: str, subject: str, subject_id: str, key: Mapping[str, object] | None = None) -> str:
    """Return the id of a finding: which check says it of what; ``key`` tells two of one check apart."""
    return digest("finding", check_name, subject, subject_id, canonical_json(dict(key or {})))
