"""Broken fences and code that does not parse: python, json, yaml, toml and bash.

Every fault is proved one by the language's own parser before it is planted, and every control proved whole. Knows
code and fences; it must not know how a check reads them.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from functools import cache, partial
from random import Random
from shutil import which

from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import has_fence, pick
from tuneproof.curate.rows import PairRow

SAMPLES: dict[str, tuple[str, ...]] = {
    "python": (
        "from pathlib import Path\n\nfor path in Path('.').glob('*.txt'):\n    print(path.name, path.stat().st_size)",
        "def area(width, height=1.0):\n    if width < 0:\n        raise ValueError(width)\n    return width * height",
        "with open('data.csv', newline='') as file:\n    rows = [line.split(',') for line in file]\nprint(len(rows))",
        "class Point:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\n\n\np = Point(1, 2)",
        "import json\n\nsettings = {'host': 'localhost', 'port': 8080}\nprint(json.dumps(settings, indent=2))",
    ),
    "json": (
        '{\n  "name": "demo",\n  "tags": ["a", "b"],\n  "size": 3\n}',
        '{"model": "small", "stream": false, "options": {"seed": 7, "stop": ["\\n"]}}',
        '[\n  {"id": 1, "done": true},\n  {"id": 2, "done": null}\n]',
    ),
    "yaml": (
        'services:\n  web:\n    image: demo:1.2\n    ports:\n      - "8080:80"\n    environment:\n      MODE: test',
        "name: check\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make test",
        "title: Notes\ntags: [a, b]\nitems:\n  - first\n  - second: {size: 2}",
    ),
    "toml": (
        '[project]\nname = "demo"\nversion = "1.2.0"\ndependencies = ["rich>=13", "typer"]',
        '[server]\nport = 8080\nhosts = ["a.local", "b.local"]\n\n[server.limits]\nsize = 10.5\nstrict = true',
    ),
    "bash": (
        'for name in *.log; do\n  gzip "$name"\ndone',
        'if [ -f config.ini ]; then\n  cp config.ini backup.ini\nelse\n  echo "no config"\nfi',
        'export PORT=8080\ncurl -s "http://localhost:$PORT/health" | grep ok',
        'count() {\n  wc -l "$1"\n}\ncount notes.txt',
    ),
}
_SESSIONS = (
    "```pycon\n>>> 1 + 1\n2\n>>> print('a')\na\n```",
    "```console\n$ ls -l\ntotal 0\n```",
    "```text\n{not: 'json', at all\n```",
    "```python\n>>> sum([1, 2])\n3\n```",
    "```python\ndef handler(event):\n    ...\n```",
    "```\nusage: demo [-h] [--all\n```",
    "```bash\n$ make test\n```",
    "```diff\n- old(\n+ new(\n```",
    "```yaml\n# nothing but a comment\n```",
    "```python\nawait client.close()\n```",
    "```python\nreturn value\n```",
    '```jsonl\n{"a": 1}\n{"a": 2}\n```',
)


def parses(language: str, code: str) -> bool:
    """Say whether ``code`` is valid ``language``, by that language's own parser.

    YAML and bash are judged only where PyYAML and a shell are installed; without them nothing is said to be broken.
    """
    if language == "bash":
        return _bash_parses(code)
    if language == "yaml":
        return _yaml_parses(code)
    readers: dict[str, Callable[[str], object]] = {"python": ast.parse, "json": json.loads, "toml": tomllib.loads}
    try:
        readers[language](code)
    except (SyntaxError, ValueError):
        return False
    return True


def _yaml_parses(code: str) -> bool:
    try:
        import yaml
    except ImportError:
        return True
    try:
        list(yaml.safe_load_all(code))
    except yaml.YAMLError:
        return False
    return True


@cache
def _bash_parses(code: str) -> bool:
    shell = which("bash")
    return not shell or subprocess.run([shell, "-n", "-c", code], capture_output=True, check=False).returncode == 0


def broken(language: str, code: str, rng: Random) -> str | None:
    """Return ``code`` with one fault that its parser refuses, or None where ten tries leave it valid."""
    for _ in range(10):
        made = pick(_BREAKS, rng)(code, rng)
        if made != code and made.strip() and not parses(language, made):
            return made
    return None


def _drop_bracket(code: str, rng: Random) -> str:
    return _without(code, r"[()\[\]{}]", rng)


def _drop_quote(code: str, rng: Random) -> str:
    return _without(code, r"[\"']", rng)


def _drop_mark(code: str, rng: Random) -> str:
    return _without(code, r"[:,=;]", rng)


def _drop_word(code: str, rng: Random) -> str:
    return _without(code, r"\b(?:then|do|done|fi|in|import)\b", rng)


def _cut(code: str, rng: Random) -> str:
    return code[: rng.randrange(len(code) // 3, max(len(code) // 3 + 1, len(code) - 2))]


def _indent(code: str, rng: Random) -> str:
    lines = code.split("\n")
    at = rng.randrange(len(lines))
    lines[at] = ("   " if rng.random() < 0.7 else "\t") + lines[at] if rng.random() < 0.6 else lines[at].lstrip()
    return "\n".join(lines)


def _trailing_comma(code: str, rng: Random) -> str:
    return re.sub(r"(\n?\s*[}\]])", r",\1", code, count=1)


def _single_quotes(code: str, rng: Random) -> str:
    return code.replace('"', "'")


_BREAKS: tuple[Callable[[str, Random], str], ...] = (
    _drop_bracket,
    _drop_quote,
    _drop_mark,
    _drop_word,
    _cut,
    _indent,
    _trailing_comma,
    _single_quotes,
)


def _without(code: str, pattern: str, rng: Random) -> str:
    found = list(re.finditer(pattern, code))
    if not found:
        return code
    match = pick(found, rng)
    return code[: match.start()] + code[match.end() :]


def _code_of(language: str, row: PairRow, rng: Random) -> str:
    """Return a valid fence of the answer in this language, or else a sample."""
    names = {"bash": "(?:bash|sh|shell)", "yaml": "(?:yaml|yml)"}.get(language, language)
    own = re.findall(rf"```{names}\n(.+?)\n```", row.answer, re.DOTALL)
    own = [
        code
        for code in own
        if len(code) > 20 and parses(language, code) and not re.search(r"^\s*(?:>>>|\$ |\.\.\.)", code, re.MULTILINE)
    ]
    return pick(own, rng) if own and rng.random() < 0.7 else pick(SAMPLES[language], rng)


def _with_code(row: PairRow, language: str, code: str) -> str:
    plain = re.split(r"\n*```", row.answer)[0].rstrip(" :") or "Use this."
    return f"{plain}\n\n```{language}\n{code}\n```"


def _plant(language: str, row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    code = broken(language, _code_of(language, row, rng), rng)
    return None if code is None else (row.question, _with_code(row, language, code))


def _whole(language: str, row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, _with_code(row, language, _code_of(language, row, rng))


def _session(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, f"{re.split(chr(10) + '*```', row.answer)[0] or 'Use this.'}\n\n{pick(_SESSIONS, rng)}"


def _fence(close: Callable[[str, str, Random], str]) -> Edit:
    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        language = pick(("python", "json", "bash", "yaml"), rng)
        return row.question, close(
            re.split(r"\n*```", row.answer)[0] or "Use this.", f"{language}\n{pick(SAMPLES[language], rng)}", rng
        )

    return edit


def _own_fence_opened(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    lines = row.answer.split("\n")
    fences = [at for at, line in enumerate(lines) if line.startswith("```")]
    if not has_fence(row.answer) or len(fences) % 2:
        return None
    del lines[pick(fences, rng)]
    return row.question, "\n".join(lines)


_OPEN: dict[str, Edit] = {
    "own fence lost": _own_fence_opened,
    "never closed": _fence(lambda text, code, rng: f"{text}\n\n```{code}"),
    "closed by the other sign": _fence(lambda text, code, rng: f"{text}\n\n```{code}\n~~~"),
    "closed too short": _fence(lambda text, code, rng: f"{text}\n\n````{code}\n```"),
    "text after the closing": _fence(lambda text, code, rng: f"{text}\n\n```{code}\n``` and that is all."),
    "opened only": _fence(lambda text, code, rng: f"{text}\n\n```"),
}
_CLOSED: dict[str, Edit] = {
    "tildes": _fence(lambda text, code, rng: f"{text}\n\n~~~{code}\n~~~"),
    "fence in a fence": _fence(lambda text, code, rng: f"{text}\n\n````markdown\n```{code}\n```\n````"),
    "indented in a list": _fence(
        lambda text, code, rng: f"{text}\n\n1. Do this:\n\n   ```" + code.replace("\n", "\n   ") + "\n   ```"
    ),
    "inline with three": _fence(lambda text, code, rng: f"{text} Write ```a``` for it."),
    "longer closing": _fence(lambda text, code, rng: f"{text}\n\n```{code}\n`````"),
    "two fences": _fence(lambda text, code, rng: f"{text}\n\n```{code}\n```\n\nThen:\n\n```\nok\n```"),
}
FENCES = (*fault("broken_fence", _OPEN), *control("broken_fence", _CLOSED))
CODE = (
    *fault("unparsable_code", {language: partial(_plant, language) for language in SAMPLES}),
    *control(
        "unparsable_code", {**{language: partial(_whole, language) for language in SAMPLES}, "no such code": _session}
    ),
)
