"""Topics come out the same every time, largest first, with names that a person can read."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tuneproof.curate.likeness.clusters import cluster, cluster_count

TOPICS = {
    "socket": "open a socket, bind the address and listen for a network connection",
    "calendar": "print a calendar of the month with its weekday columns",
    "archive": "extract the archive, unpack its compressed members",
}


def made_of(sizes: dict[str, int], seed: int = 0) -> tuple[NDArray[np.float32], list[str], list[str]]:
    """Unit rows around one direction a topic, their texts, and the topic of each, mixed."""
    draw = np.random.default_rng(seed)
    labels = [topic for topic, size in sizes.items() for _ in range(size)]
    draw.shuffle(labels)
    centres = {topic: draw.normal(size=16) for topic in sizes}
    rows = np.stack([centres[label] / np.linalg.norm(centres[label]) + draw.normal(0, 0.05, 16) for label in labels])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), [f"How do I {TOPICS[label]}?" for label in labels], labels


def test_topics_are_found_numbered_by_size_and_named_by_their_words() -> None:
    vectors, texts, labels = made_of({"socket": 10, "calendar": 5, "archive": 3})
    found = cluster(vectors, texts, seed=0)
    assert cluster_count(18) == 3
    assert [one.size for one in found.clusters] == [10, 5, 3]
    assert [one.cluster_id for one in found.clusters] == [0, 1, 2]
    order = ["socket", "calendar", "archive"]
    assert [order[label] for label in found.labels] == labels
    for topic, one in zip(order, found.clusters, strict=True):
        assert set(one.title.split(", ")) <= set(TOPICS[topic].replace(",", "").split())
        assert 2 <= len(one.title.split(", ")) <= 4


def test_the_same_input_gives_the_same_topics() -> None:
    vectors, texts, _ = made_of({"socket": 60, "calendar": 50, "archive": 40})
    first, second = cluster(vectors, texts, seed=5), cluster(vectors, texts, seed=5)
    assert np.array_equal(first.labels, second.labels)
    assert first.clusters == second.clusters


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_few_texts_make_one_topic_or_none(count: int) -> None:
    vectors = np.eye(8, dtype=np.float32)[:count]
    found = cluster(vectors, ["What is a lock?"] * count, seed=0)
    assert found.labels.shape == (count,)
    assert [one.size for one in found.clusters] == ([count] if count else [])


def test_equal_vectors_leave_no_empty_topic_behind() -> None:
    vectors = np.tile(np.eye(4, dtype=np.float32)[0], (50, 1))
    found = cluster(vectors, ["What is a lock?"] * 50, seed=0)
    assert sum(one.size for one in found.clusters) == 50
    assert all(one.size > 0 and one.title for one in found.clusters)


def test_texts_without_words_are_still_named() -> None:
    assert cluster(np.eye(2, dtype=np.float32), ["?", "!"], seed=0).clusters[0].title == "other"


def test_the_number_of_topics_grows_with_the_root_of_the_texts() -> None:
    assert [cluster_count(count) for count in (1, 8, 50, 200, 5000, 10**6)] == [1, 2, 5, 10, 50, 60]
