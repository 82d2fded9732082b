"""Pairs from an OpenAPI description: requests, parameters, bodies, defaults, limits, answers and errors.

Knows OpenAPI 3 and which chunks a fact rests on: the operation's, and that of a parameter, response or schema it refers
to. It must not know where a chunk begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuneproof.curate.pairing.headings import is_order, to_first_person
from tuneproof.curate.pairing.openapi_facts import (
    Facts,
    example_text,
    joined,
    kind_of,
    said_once,
    sentences_of,
    stated_limits,
    value_text,
)
from tuneproof.curate.pairing.questions import Draft, draft, number
from tuneproof.curate.reading.openapi_chunks import is_error, operation_name, operations
from tuneproof.curate.reading.openapi_tree import Node, escape_pointer, parse_openapi
from tuneproof.datasets.workspace.records import Chunk, Document

_WHICH = (
    "Which request do I send to {task}?",
    "How do I {task} with the {title}?",
    "Which operation of the {title} lets me {task}?",
    "I want to {task}. Which request is it?",
    "Which endpoint is there to {task}?",
)
_DOES = (
    "What does `{name}` do?",
    "What is `{name}` for?",
    "Explain the request `{name}`.",
    "Describe the operation `{name}`.",
    "What happens when I send `{name}`?",
)
_PARAMETERS = (
    "Which parameters does `{name}` take?",
    "What can I pass to `{name}`?",
    "List the parameters of `{name}`.",
)
_PARAMETER = (
    "What is the parameter `{field}` of `{name}` for?",
    "Describe the parameter `{field}` of `{name}`.",
    "`{name}` takes `{field}`. What does that do?",
    "What does `{field}` mean in `{name}`?",
    "Explain the parameter `{field}` of `{name}`.",
    "What do I pass as `{field}` to `{name}`?",
)
_FIELD = (
    "What is the field `{field}` of `{name}`?",
    "What does `{field}` mean in `{name}`?",
    "Explain the property `{field}` of `{name}`.",
    "What does `{name}` hold in `{field}`?",
    "`{name}` has a field `{field}`. What is it for?",
    "Describe `{field}` of `{name}`.",
    "How is `{field}` of `{name}` to be understood?",
    "Which meaning does `{field}` have in `{name}`?",
)
_DEFAULT = (
    "What is the default of `{field}` in `{name}`?",
    "What does `{field}` of `{name}` default to?",
    "Which value has `{field}` in `{name}` if I leave it out?",
)
_LIMIT = (
    "Which values may `{field}` have in `{name}`?",
    "What are the limits of `{field}` in `{name}`?",
    "What is allowed for `{field}` of `{name}`?",
)
_REQUIRED = (
    "Which fields does `{name}` require?",
    "What must I give for `{name}`?",
    "Which fields of `{name}` are mandatory?",
)
_BODY = (
    "What goes into the request body of `{name}`?",
    "Which body does `{name}` expect?",
    "What do I send as the body of `{name}`?",
)
_RETURNS = (
    "What does `{name}` return with status {status}?",
    "What is the answer of `{name}` with status {status}?",
    "What do I get back from `{name}` if the status is {status}?",
)
_ERROR = (
    "What does status {status} mean for `{name}`?",
    "When does `{name}` answer with {status}?",
    "Why would I get status {status} from `{name}`?",
    "I get {status} from `{name}`. What is wrong?",
)
_ERRORS = (
    "Which errors can `{name}` return?",
    "Which error statuses does `{name}` document?",
    "What can go wrong with `{name}`?",
)
_GONE = ("Is `{name}` deprecated?", "Should I still use `{name}`?", "Can I rely on `{name}` in new code?")
_AUTH = (
    "Which authentication does `{name}` need?",
    "How do I authenticate for `{name}`?",
    "What security does `{name}` require?",
)
_EXAMPLE = (
    "Show me an example request body for `{name}`.",
    "What does a request body of `{name}` look like?",
    "Give me a sample body for `{name}`.",
)
_SCHEMA = ("What is `{name}`?", "What does the schema `{name}` describe?", "Explain the schema `{name}`.")
_METHODS = (
    "How do I {verb} `{path}`?",
    "Which request do I send to {verb} `{path}`?",
)
_SILENT = ("What is the rate limit of `{name}`?", "How many times a minute may I send `{name}`?")


@dataclass(frozen=True, slots=True)
class _Operation:
    """One operation: its name (``GET /pets``), its value, the values around it and the chunks it rests on."""

    name: str
    node: Node
    pointer: str
    chunks: tuple[Chunk, ...]
    item: Node
    item_pointer: str


def openapi_drafts(document: Document, chunks: Sequence[Chunk], limit: int) -> Iterator[Draft]:
    """Yield pairs from one description, answers of at most ``limit`` characters."""
    facts = Facts(parse_openapi(document.content), chunks)
    title = facts.description.title or "API"
    title = title if re.search(r"\bapi\b", title, re.IGNORECASE) else f"{title} API"
    title = re.sub(r"\s*-?\s*OpenAPI \d[\d.]*$", " API", title)
    silent_on_rates = not any(word in document.content.lower() for word in ("rate limit", "rate-limit", "ratelimit"))
    for method, path, node, item, pointer in operations(facts.description.root):
        around = f"#/paths/{escape_pointer(path)}"
        found = facts.chunks(pointer, around)
        if not found:
            continue
        operation = _Operation(operation_name(method, path), node, pointer, found, item, around)
        yield from _purpose(operation, title, limit)
        yield from _parameters(facts, operation, limit)
        yield from _body(facts, operation, limit)
        yield from _responses(facts, operation, limit)
        yield from _security(facts, operation)
        if silent_on_rates and number("silent", found[0].chunk_id) % 6 == 0:
            answer = f"The description of the API states no rate limit for `{operation.name}`."
            yield draft(found, "openapi.not_stated", "unanswerable", _SILENT, answer, name=operation.name)
    yield from _schemas(facts, limit)


def _purpose(operation: _Operation, title: str, limit: int) -> Iterator[Draft]:
    summary = operation.node.text("summary").rstrip(". ")
    said = sentences_of(operation.node.text("description"), limit - 80)
    names = {"name": operation.name, "title": title}
    if summary and is_order(summary) and len(summary) <= 90:
        task = to_first_person(summary[0].lower() + summary[1:])
        answer = f"Send `{operation.name}`." + (f" {said}" if said else "")
        yield draft(operation.chunks, "openapi.request", "how_to", _WHICH, answer, task=task, **names)
    about = said or (f"{summary}." if len(summary.split()) >= 2 else None)
    if about is not None:
        yield draft(operation.chunks, "openapi.operation", "what_is", _DOES, about, name=operation.name)
    if operation.node.flag("deprecated"):
        answer = f"Yes, `{operation.name}` is deprecated." + (f" {said}" if said else "")
        yield draft(operation.chunks, "openapi.deprecated", "deprecation", _GONE, answer, name=operation.name)


def _parameters(facts: Facts, operation: _Operation, limit: int) -> Iterator[Draft]:
    shown: list[str] = []
    used: list[Chunk] = []
    for owner, pointer in ((operation.item, operation.item_pointer), (operation.node, operation.pointer)):
        listed = owner.get("parameters")
        for place, written in enumerate(listed.each() if listed is not None else []):
            own = f"{pointer}/parameters/{place}"
            parameter, target = facts.description.resolve(written)
            name = parameter.text("name") if parameter is not None else ""
            if parameter is None or not name:
                continue
            chunks = (*facts.chunks(own, target), *operation.chunks)
            shown.append(f"`{name}` ({parameter.text('in') or 'request'}{', required' * parameter.flag('required')})")
            used.extend(chunks)
            schema, schema_at = facts.description.resolve(parameter.get("schema"))
            said = _sentence(f"`{name}`", parameter, schema, limit, parameter.text("in"))
            names = {"field": name, "name": operation.name}
            if said is not None:
                yield draft(chunks, "openapi.parameter", "parameter", _PARAMETER, said, name, **names)
            yield from _value_drafts((*chunks, *facts.chunks(schema_at)), schema, name, operation.name)
            if parameter.flag("deprecated"):
                gone = f"Yes, the parameter `{name}` of `{operation.name}` is deprecated."
                whole = f"{name} of {operation.name}"
                yield draft(chunks, "openapi.deprecated", "deprecation", _GONE, gone, name, name=whole)
    if len(shown) >= 2:
        answer = f"`{operation.name}` takes {joined(shown)}."
        if len(answer) <= limit:
            chunks = (*operation.chunks, *used)
            yield draft(chunks, "openapi.parameters", "parameter", _PARAMETERS, answer, name=operation.name)


def _sentence(subject: str, node: Node, schema: Node | None, limit: int, where: str = "") -> str | None:
    """Return what a parameter or property is: its own words, then its type and place; None without words."""
    said = sentences_of(
        node.text("description") or (schema.text("description") if schema is not None else ""), limit - 80
    )
    if said is None:
        return None
    kind = kind_of(schema)
    place = {"path": "in the path", "query": "in the query", "header": "in a header", "cookie": "in a cookie"}.get(
        where
    )
    need = "required" if node.flag("required") and where else ""
    facts = [each for each in (f"of type {kind}" if kind else "", place or "", need) if each]
    if not facts:
        return said
    return f"{said} {subject} is {', '.join(facts[:-1]) + ' and ' if len(facts) > 1 else ''}{facts[-1]}."


def _value_drafts(chunks: tuple[Chunk, ...], schema: Node | None, field: str, name: str) -> Iterator[Draft]:
    if schema is None:
        return
    default = schema.get("default")
    if default is not None and (shown := value_text(default)) is not None:
        answer = f"`{field}` defaults to `{shown}`."
        yield draft(chunks, "openapi.default", "default", _DEFAULT, answer, f"{field}", field=field, name=name)
    limits = stated_limits(schema)
    if limits:
        answer = f"`{field}` {said_once(limits)}."
        yield draft(chunks, "openapi.limit", "limit", _LIMIT, answer, field, field=field, name=name)


def _body(facts: Facts, operation: _Operation, limit: int) -> Iterator[Draft]:
    written = operation.node.get("requestBody")
    own = f"{operation.pointer}/requestBody"
    body, target = facts.description.resolve(written)
    if body is None:
        return
    chunks = (*facts.chunks(own, target), *operation.chunks)
    content = body.get("content")
    kinds = [kind for kind, _ in content.pairs()] if content is not None else []
    said = sentences_of(body.text("description"), limit - 200) or ""
    media = content.pairs()[0][1] if kinds and content is not None else None
    schema, schema_at = facts.description.resolve(media.get("schema") if media is not None else None)
    if kinds:
        shape = f" with a `{schema_at.rpartition('/')[2]}`" if schema_at else ""
        need = "requires" if body.flag("required") else "takes"
        as_what = joined([f"`{kind}`" for kind in kinds[:5]], "or")
        answer = f"{said} `{operation.name}` {need} a body as {as_what}{shape}."
        yield draft(
            (*chunks, *facts.chunks(schema_at)), "openapi.body", "how_to", _BODY, answer.strip(), name=operation.name
        )
    if schema is not None and schema_at is None:
        yield from _properties(facts, chunks, schema, operation.name, limit)
    example = media.get("example") if media is not None else None
    if example is None and media is not None and (several := media.get("examples")) is not None and several.pairs():
        example = several.pairs()[0][1].get("value")
    text = example_text(example) if example is not None else None
    if text is not None:
        answer = f"A request body of `{operation.name}`:\n\n```json\n{text}\n```"
        yield draft(chunks, "openapi.example", "how_to", _EXAMPLE, answer, name=operation.name)


def _responses(facts: Facts, operation: _Operation, limit: int) -> Iterator[Draft]:
    responses = operation.node.get("responses")
    errors: list[str] = []
    used: list[Chunk] = []
    for status, written in responses.pairs() if responses is not None else []:
        own = f"{operation.pointer}/responses/{escape_pointer(status)}"
        response, target = facts.description.resolve(written)
        said = sentences_of(response.text("description"), limit - 120) if response is not None else None
        if response is None or said is None:
            continue
        chunks = (*facts.chunks(own, target), *operation.chunks)
        names = {"name": operation.name, "status": status}
        if is_error(status):
            meaning = "any other status" if status == "default" else f"Status {status}"
            errors.append(f"{status} ({said.rstrip('.')})")
            used.extend(chunks)
            if status != "default":
                answer = f"{meaning} of `{operation.name}` means: {said}"
                yield draft(chunks, "openapi.error", "error", _ERROR, answer, status, **names)
        else:
            answer, schema_at = _answer_of(facts, operation.name, status, said, response)
            chunks = (*chunks, *facts.chunks(schema_at))
            yield draft(chunks, "openapi.response", "what_is", _RETURNS, answer, status, **names)
    listed = f"`{operation.name}` documents these errors: {'; '.join(errors)}."
    if len(errors) >= 2 and len(listed) <= limit:
        chunks = (*operation.chunks, *used)
        yield draft(chunks, "openapi.errors", "error", _ERRORS, listed, name=operation.name)


def _answer_of(facts: Facts, name: str, status: str, said: str, response: Node) -> tuple[str, str | None]:
    """Return what a response is, and the pointer of the schema that it names."""
    content = response.get("content")
    media = content.pairs() if content is not None else []
    _, schema_at = facts.description.resolve(media[0][1].get("schema") if media else None)
    shape = f" with a `{schema_at.rpartition('/')[2]}`" if schema_at else ""
    body = f", as {joined([f'`{kind}`' for kind, _ in media[:5]], 'or')}{shape}" if media else ""
    return f"`{name}` answers with status {status}{body}. {said}", schema_at


def _security(facts: Facts, operation: _Operation) -> Iterator[Draft]:
    needs = operation.node.get("security")
    schemes: list[str] = []
    chunks: list[Chunk] = list(operation.chunks)
    for option in needs.each() if needs is not None else []:
        names = []
        for name, scopes in option.pairs():
            scope = joined([f"`{item.scalar}`" for item in scopes.each()])
            names.append(f"`{name}`" + (f" (scopes {scope})" if scope else ""))
            chunks.extend(facts.chunks(f"#/components/securitySchemes/{escape_pointer(name)}"))
        if names:
            schemes.append(" with ".join(names))
    if schemes:
        answer = f"`{operation.name}` needs {joined(schemes, 'or')}."
        yield draft(tuple(chunks), "openapi.security", "how_to", _AUTH, answer, name=operation.name)


def _schemas(facts: Facts, limit: int) -> Iterator[Draft]:
    schemas = facts.description.at("#/components/schemas")
    for name, written in schemas.pairs() if schemas is not None else []:
        chunks = facts.chunks(f"#/components/schemas/{escape_pointer(name)}")
        schema, target = facts.description.resolve(written)
        if not chunks or schema is None or target is not None:
            continue
        said = sentences_of(schema.text("description"), limit)
        if said is not None:
            yield draft(chunks, "openapi.schema", "what_is", _SCHEMA, said, name=name)
        if schema.flag("deprecated"):
            gone = f"Yes, the schema `{name}` is deprecated."
            yield draft(chunks, "openapi.deprecated", "deprecation", _GONE, gone, name=name)
        limits = stated_limits(schema)
        if limits:
            answer = f"`{name}` {said_once(limits)}."
            yield draft(chunks, "openapi.limit", "limit", _LIMIT, answer, "", field=name, name=name)
        yield from _properties(facts, chunks, schema, name, limit)


def _properties(facts: Facts, chunks: tuple[Chunk, ...], schema: Node, name: str, limit: int) -> Iterator[Draft]:
    required = schema.get("required")
    fields = [f"`{item.scalar}`" for item in (required.each() if required is not None else []) if item.scalar]
    if fields and len(fields) <= 12:
        answer = f"`{name}` requires {joined(fields)}."
        yield draft(chunks, "openapi.required", "limit", _REQUIRED, answer, name=name)
    properties = schema.get("properties")
    for field, written in properties.pairs()[:60] if properties is not None else []:
        node, target = facts.description.resolve(written)
        if node is None:
            continue
        rests_on = (*chunks, *facts.chunks(target))
        said = _sentence(f"`{field}`", written if written.text("description") else node, node, limit)
        if said is not None:
            names = {"field": field, "name": name}
            yield draft(rests_on, "openapi.field", "parameter", _FIELD, said, field, **names)
        yield from _value_drafts(rests_on, node, field, name)
        if node.flag("deprecated"):
            gone = f"Yes, the field `{field}` of `{name}` is deprecated."
            yield draft(chunks, "openapi.deprecated", "deprecation", _GONE, gone, field, name=f"{field} of {name}")
