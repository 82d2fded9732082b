-- The workspace's tables (schema store) and its public views (schema main), version 1.
-- Tables are the builder's business and may change between versions; views are the contract.

CREATE SCHEMA store;

CREATE TABLE store.meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);

CREATE TABLE store.sources (
    source VARCHAR PRIMARY KEY, location VARCHAR NOT NULL, licence VARCHAR, added_at TIMESTAMP NOT NULL
);

CREATE TABLE store.documents (
    document_id VARCHAR PRIMARY KEY, source VARCHAR NOT NULL, path VARCHAR NOT NULL, format VARCHAR NOT NULL,
    sha256 VARCHAR, bytes BIGINT, title VARCHAR, state VARCHAR NOT NULL, reason VARCHAR, content VARCHAR
);

-- What was fetched from the web: bytes lie in sources/<sha256>, etag and last_modified ask whether they still hold.
CREATE TABLE store.pages (
    source VARCHAR NOT NULL, url VARCHAR NOT NULL, path VARCHAR NOT NULL, final_url VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL, format VARCHAR NOT NULL, etag VARCHAR, last_modified VARCHAR,
    fetched_at TIMESTAMP NOT NULL, PRIMARY KEY (source, url)
);

CREATE TABLE store.chunks (
    chunk_id VARCHAR PRIMARY KEY, document_id VARCHAR NOT NULL, ordinal INTEGER NOT NULL, kind VARCHAR NOT NULL,
    heading_path VARCHAR[] NOT NULL, start_byte BIGINT NOT NULL, end_byte BIGINT NOT NULL, locator JSON,
    text VARCHAR NOT NULL, tokens INTEGER NOT NULL, warning VARCHAR
);

-- What the machine made. A person's edits and verdicts are in store.judgements, so that a rebuild can't touch them.
CREATE TABLE store.pairs (
    pair_id VARCHAR PRIMARY KEY, chunk_id VARCHAR, document_id VARCHAR, question VARCHAR NOT NULL,
    answer VARCHAR NOT NULL, case_type VARCHAR NOT NULL, generator VARCHAR NOT NULL, origin VARCHAR NOT NULL,
    stale BOOLEAN NOT NULL DEFAULT false, tokens INTEGER
);

-- What an imported pair brings along: the line it stands on, its own system prompt, the turns before the last.
CREATE TABLE store.conversations (pair_id VARCHAR PRIMARY KEY, line INTEGER NOT NULL, system VARCHAR, history JSON);

CREATE TABLE store.pair_chunks (pair_id VARCHAR NOT NULL, chunk_id VARCHAR NOT NULL, ordinal INTEGER NOT NULL);

-- What the set-level stages decided of each pair; rewritten whole by build.
CREATE TABLE store.placements (
    pair_id VARCHAR PRIMARY KEY, selected BOOLEAN NOT NULL, reason VARCHAR NOT NULL, role VARCHAR, split VARCHAR,
    split_group VARCHAR, cluster_id INTEGER
);

-- flag: a person's reason, or empty; merged_into: the pair that a person kept, or empty where none says the same.
CREATE TABLE store.judgements (
    pair_id VARCHAR PRIMARY KEY, status VARCHAR, question VARCHAR, answer VARCHAR, flag VARCHAR, merged_into VARCHAR
);

CREATE TABLE store.duplicates (
    pair_id VARCHAR NOT NULL, kept_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, score DOUBLE NOT NULL,
    state VARCHAR NOT NULL, reason VARCHAR NOT NULL
);

-- How alike pairs are and what keeps them apart, whatever the thresholds, so that others are previewed from here.
CREATE TABLE store.likeness (
    pair_id VARCHAR NOT NULL, kept_id VARCHAR NOT NULL, pair_place INTEGER NOT NULL, kept_place INTEGER NOT NULL,
    question DOUBLE, answer DOUBLE, meaning DOUBLE, words DOUBLE NOT NULL, closeness DOUBLE, asked BOOLEAN NOT NULL,
    state VARCHAR NOT NULL, merges VARCHAR NOT NULL, guard VARCHAR NOT NULL, conflict JSON
);

CREATE TABLE store.clusters (cluster_id INTEGER PRIMARY KEY, title VARCHAR NOT NULL, size INTEGER NOT NULL);

CREATE TABLE store.findings (
    finding_id VARCHAR PRIMARY KEY, subject VARCHAR NOT NULL, subject_id VARCHAR NOT NULL,
    check_name VARCHAR NOT NULL, severity VARCHAR NOT NULL, message VARCHAR NOT NULL, evidence JSON, score DOUBLE
);

CREATE TABLE store.decisions (
    decision_id VARCHAR PRIMARY KEY, seq BIGINT NOT NULL, decided_at TIMESTAMP NOT NULL, who VARCHAR NOT NULL,
    session VARCHAR NOT NULL, batch VARCHAR NOT NULL, subject VARCHAR NOT NULL, subject_id VARCHAR NOT NULL,
    verb VARCHAR NOT NULL, before JSON NOT NULL, after JSON NOT NULL, reason VARCHAR, undoes VARCHAR
);

-- Vectors by model and content: an edited or moved text is embedded once, an unchanged one never again.
CREATE TABLE store.embeddings (model VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, vector FLOAT[] NOT NULL);

-- What was made of a content, by kind of work and hash of all that it depends on; a build makes only what is missing.
CREATE TABLE store.remembered (kind VARCHAR NOT NULL, key VARCHAR NOT NULL, value JSON NOT NULL);

-- What a language model answered, by content, prompt and parameters: asked once, never again. ``state`` is
-- answered or failed; ``answer`` is the text as it came, ``reason`` why it was of no use.
CREATE TABLE store.completions (
    completion_id VARCHAR PRIMARY KEY, kind VARCHAR NOT NULL, subject_id VARCHAR NOT NULL, model VARCHAR NOT NULL,
    state VARCHAR NOT NULL, answer VARCHAR NOT NULL, reason VARCHAR, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL, made_at TIMESTAMP NOT NULL
);

CREATE TABLE store.snapshots (
    snapshot_id VARCHAR PRIMARY KEY, sha256 VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL, train INTEGER NOT NULL,
    validation INTEGER NOT NULL, test INTEGER NOT NULL, path VARCHAR NOT NULL
);

CREATE TABLE store.runs (
    run_id VARCHAR PRIMARY KEY, parent_id VARCHAR, snapshot_id VARCHAR NOT NULL, base VARCHAR NOT NULL,
    method VARCHAR NOT NULL, status VARCHAR NOT NULL, manifest JSON
);

CREATE TABLE store.metrics (run_id VARCHAR NOT NULL, step INTEGER NOT NULL, name VARCHAR NOT NULL, value DOUBLE NOT NULL);

CREATE TABLE store.items (
    item_id VARCHAR NOT NULL, snapshot_id VARCHAR NOT NULL, role VARCHAR NOT NULL, suite VARCHAR NOT NULL,
    document_id VARCHAR, pair_id VARCHAR, prompt VARCHAR NOT NULL, reference VARCHAR NOT NULL,
    PRIMARY KEY (item_id, snapshot_id)
);

CREATE TABLE store.scores (
    run_id VARCHAR NOT NULL, model VARCHAR NOT NULL, item_id VARCHAR NOT NULL, metric VARCHAR NOT NULL, value DOUBLE NOT NULL
);

CREATE TABLE store.outputs (run_id VARCHAR NOT NULL, model VARCHAR NOT NULL, item_id VARCHAR NOT NULL, text VARCHAR NOT NULL);

CREATE TABLE store.verdicts (
    verdict_id VARCHAR PRIMARY KEY, kind VARCHAR NOT NULL, subject_id VARCHAR NOT NULL, verdict VARCHAR NOT NULL,
    decided_at TIMESTAMP NOT NULL, policy_sha256 VARCHAR NOT NULL, document JSON NOT NULL
);

-- Sources that were taken out on request, and what had used them; their text is nowhere else any more.
CREATE TABLE store.removals (
    removal_id VARCHAR PRIMARY KEY, source VARCHAR NOT NULL, location VARCHAR NOT NULL, licence VARCHAR,
    reason VARCHAR NOT NULL, who VARCHAR NOT NULL, removed_at TIMESTAMP NOT NULL, documents INTEGER NOT NULL,
    pairs INTEGER NOT NULL, snapshot_ids VARCHAR[] NOT NULL, run_ids VARCHAR[] NOT NULL, purged BOOLEAN NOT NULL
);

CREATE VIEW sources AS SELECT source, location, licence, added_at FROM store.sources;

CREATE VIEW documents AS
SELECT document_id, source, path, format, sha256, bytes, title, state, content FROM store.documents;

CREATE VIEW chunks AS
SELECT chunk_id, document_id, kind, heading_path, start_byte, end_byte, locator, text, tokens FROM store.chunks;

CREATE VIEW pairs AS
SELECT
    p.pair_id, p.chunk_id, p.document_id, coalesce(j.question, p.question) AS question,
    coalesce(j.answer, p.answer) AS answer,
    to_json(
        CASE WHEN c.system IS NULL THEN [] ELSE [{'role': 'system', 'content': c.system}] END
        || coalesce(from_json(c.history, '[{"role": "VARCHAR", "content": "VARCHAR"}]'), [])
        || [{'role': 'user', 'content': coalesce(j.question, p.question)},
            {'role': 'assistant', 'content': coalesce(j.answer, p.answer)}]
    ) AS messages,
    p.case_type, p.generator, p.origin,
    CASE WHEN p.stale THEN 'stale' ELSE coalesce(j.status, 'pending') END AS status,
    coalesce(s.selected, false) AS selected, s.role, s.split, s.cluster_id
FROM store.pairs p
LEFT JOIN store.judgements j ON j.pair_id = p.pair_id
LEFT JOIN store.conversations c ON c.pair_id = p.pair_id
LEFT JOIN store.placements s ON s.pair_id = p.pair_id;

CREATE VIEW pair_chunks AS SELECT pair_id, chunk_id, ordinal FROM store.pair_chunks;
-- What a person said of two pairs goes before what build found.
CREATE VIEW duplicates AS
SELECT
    d.pair_id, d.kept_id, d.kind, d.score,
    CASE WHEN j.merged_into = '' AND d.state IN ('merged', 'suggested') THEN 'variant' ELSE d.state END AS state,
    CASE WHEN j.merged_into = '' THEN 'a person told them apart' ELSE d.reason END AS reason
FROM store.duplicates d
LEFT JOIN store.judgements j ON j.pair_id = d.pair_id
LEFT JOIN store.judgements k ON k.pair_id = d.kept_id
WHERE coalesce(j.merged_into, '') <> d.kept_id AND coalesce(k.merged_into, '') <> d.pair_id
UNION ALL
SELECT
    j.pair_id, j.merged_into, coalesce(any_value(d.kind), 'semantic'), coalesce(max(d.score), 0.0), 'merged',
    'merged by a person'
FROM store.judgements j
LEFT JOIN store.duplicates d
    ON (d.pair_id = j.pair_id AND d.kept_id = j.merged_into) OR (d.kept_id = j.pair_id AND d.pair_id = j.merged_into)
WHERE j.merged_into <> ''
GROUP BY j.pair_id, j.merged_into;
CREATE VIEW clusters AS SELECT cluster_id, title, size FROM store.clusters;
CREATE VIEW findings AS
SELECT finding_id, subject, subject_id, check_name, severity, message, evidence, score FROM store.findings;
CREATE VIEW decisions AS
SELECT decision_id, seq, decided_at, who, session, batch, subject, subject_id, verb, before, after, reason, undoes
FROM store.decisions;
CREATE VIEW snapshots AS SELECT snapshot_id, sha256, created_at, train, validation, test, path FROM store.snapshots;
CREATE VIEW runs AS SELECT run_id, parent_id, snapshot_id, base, method, status, manifest FROM store.runs;
CREATE VIEW metrics AS SELECT run_id, step, name, value FROM store.metrics;
CREATE VIEW items AS
SELECT item_id, snapshot_id, role, suite, document_id, pair_id, prompt, reference FROM store.items;
CREATE VIEW scores AS SELECT run_id, model, item_id, metric, value FROM store.scores;
CREATE VIEW outputs AS SELECT run_id, model, item_id, text FROM store.outputs;
CREATE VIEW verdicts AS
SELECT verdict_id, kind, subject_id, verdict, decided_at, policy_sha256, document FROM store.verdicts;
