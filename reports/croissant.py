"""A dataset folder described in Croissant 1.1, the JSON-LD that data catalogues read.

Knows Croissant's vocabulary (http://mlcommons.org/croissant/1.1) and the folder's layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuneproof.reports.cards import UNKNOWN_LICENCE, DatasetFacts

_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(facts: DatasetFacts, hashes: Mapping[str, str], url: str, creator: str) -> dict[str, Any]:
    """Return the description; ``hashes`` are SHA-256 of ``data/SPLIT.jsonl`` by split, for splits that have rows."""
    licence = facts.licence
    described: dict[str, Any] = {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": facts.name,
        "description": f"{facts.rows} questions and answers made from documentation; snapshot {facts.snapshot_id}.",
        "url": url,
        "creator": {"@type": "sc:Organization", "name": creator},
        "datePublished": facts.created_at[:10],
        "version": "1.0.0",
        "citeAs": f"{facts.name}, snapshot {facts.snapshot_id}, SHA-256 {facts.sha256}",
        "license": licence if licence in (UNKNOWN_LICENCE, "other") else f"https://spdx.org/licenses/{_spdx(facts)}.html",
        "inLanguage": facts.language,
        "distribution": [
            {"@type": "cr:FileObject", "@id": f"{split}-file", "name": f"{split}-file",
             "contentUrl": f"data/{split}.jsonl", "encodingFormat": "application/jsonlines", "sha256": sha256}
            for split, sha256 in hashes.items()
        ],
        "recordSet": [_records(split) for split in hashes],
        "rai:dataCollection": "Made from documentation by " + ", ".join(sorted(facts.origins)) + ".",
        "rai:dataLimitations": "Only what the documentation says; " + f"{facts.reviewed} of {facts.rows} rows were "
        "accepted by a person.",
        "rai:dataBiases": "Rows by source: " + ", ".join(f"{name} {count}" for name, _, count in facts.sources) + ".",
        "rai:personalSensitiveInformation": "The domain is declared sensitive." if facts.sensitive
        else "Looked for by patterns; findings that block were left out.",
    }  # fmt: skip
    return described


def _spdx(facts: DatasetFacts) -> str:
    return next(str(licence) for _, licence, _ in facts.sources)


def _records(split: str) -> dict[str, Any]:
    def field(name: str) -> dict[str, Any]:
        return {
            "@type": "cr:Field", "@id": f"{split}/messages/{name}", "name": name, "dataType": "sc:Text",
# A list's transform is of each of its parts.
            "source": {"fileObject": {"@id": f"{split}-file"}, "extract": {"column": "messages"},
                       "transform": {"jsonPath": f"$.{name}"}},
        }  # fmt: skip

    return {
        "@type": "cr:RecordSet", "@id": split, "name": split,
        "description": f"The {split} conversations: roles and texts, in order.",
        "field": [{**field("role"), "repeated": True}, {**field("content"), "repeated": True}],
    }  # fmt: skip
