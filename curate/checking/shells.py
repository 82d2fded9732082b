"""Whether shell commands can be read: by ``bash -n``, which reads and runs nothing, or by their quotes and brackets.

Knows sessions (prompts, output) and placeholders. Many commands are read in one process with a time limit; where
there is no bash, only quotes and brackets are counted, and the result says so. It must not know pairs.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tuneproof.curate.checking.snippets import read_json

HEAP = 32  # texts in one file
BATCH = 200  # files in one process
SECONDS = 30
BASH = "bash -n"
COUNTED = "quotes and brackets"
_ANGLE = re.compile(r"<[A-Za-z_][\w .:/|@*-]{0,60}>")
_PROMPT = re.compile(r"^[ \t]*(?:\([\w.-]+\) ?)?(?:[\w.~-]+@[\w.-]+[:~/\w.-]*)?[$%#] (?=\S)")
_ROOT = re.compile(r"^[ \t]*# ")
_ELISION = re.compile(r"\[[^\]\n$]{1,80}\]|\.\.\.|…")
_PAYLOAD = re.compile(r"(?:\s-d|--data(?:-raw|-binary)?|--json)[ =]{1,4}'(?P<json>\s*[\[{][^']*)'")
# Reads each file without running it, and prints the name and the first complaint of those that can't be read.
_SCRIPT = 'for f in "$@"; do m=$(bash -n -- "$f" 2>&1 </dev/null) || printf "%s\\t%s\\n" "$f" "${m%%$\'\\n\'*}"; done'


def commands_of(code: str, session: bool) -> str | None:
    """Return the commands in ``code``, or None where a session shows output alone.

    Where a line has a prompt, those with one are commands, with the lines that a backslash or an open quote joins to
    them; what else stands there is output.
    """
    lines = code.split("\n")
    prompted = [bool(_PROMPT.match(line)) and not _ROOT.match(line) for line in lines]
    if not any(prompted):
        return None if session else code
    kept: list[str] = []
    joined = False
    for line, has in zip(lines, prompted, strict=True):
        if has:
            kept.append(_PROMPT.sub("", line))
        elif joined:
            kept.append(re.sub(r"^[ \t]*> ", "", line))
        else:
            continue
        joined = line.endswith("\\") or count_shell("\n".join(kept)) is not None
    return "\n".join(kept)


def payload_error(code: str) -> str | None:
    """Return what is wrong with the JSON that a command sends in single quotes, or None."""
    for match in _PAYLOAD.finditer(code):
        error = read_json(match["json"])
        if error is not None:
            return f"the JSON that it sends: {error}"
    return None


def read_shell(codes: Sequence[str]) -> tuple[str, Mapping[str, str]]:
    """Return what read ``codes``, and of those that can't be read, the complaint."""
    plain = {code: _ELISION.sub("x", _ANGLE.sub("x", code)).replace("\r", "") for code in dict.fromkeys(codes)}
    plain = {code: text for code, text in plain.items() if "\0" not in text}
    bash = shutil.which("bash")
    if bash is None:
        return COUNTED, {code: said for code, text in plain.items() if (said := count_shell(text))}
    # What closes its own quotes and can't swallow what follows is read many at a time; a heap that fails, one by one.
    alone = [code for code, text in plain.items() if "<<" in text or count_shell(text)]
    others = [code for code in plain if code not in set(alone)]
    heaps = [tuple(others[at : at + HEAP]) for at in range(0, len(others), HEAP)]
    for at in range(0, len(heaps), BATCH):
        listed = heaps[at : at + BATCH]
        failed = _bash(bash, ["\n".join(plain[code] for code in heap) for heap in listed])
        alone += [code for number in failed for code in listed[number]]
    bad: dict[str, str] = {}
    for at in range(0, len(alone), BATCH):
        batch = alone[at : at + BATCH]
        bad.update((batch[number], said) for number, said in _bash(bash, [plain[code] for code in batch]).items())
    return BASH, bad


def _bash(bash: str, texts: Sequence[str]) -> dict[int, str]:
    """Return the places of those ``texts`` that bash can't read, with its complaint."""
    with tempfile.TemporaryDirectory(prefix="tuneproof-") as folder:
        files = [Path(folder) / f"{at}.sh" for at in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_bytes(f"{text}\n".encode("utf-8", "replace"))
        command = [bash, "--noprofile", "--norc", "-c", _SCRIPT, "bash", *map(str, files)]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=SECONDS, check=False, env={"PATH": "/usr/bin:/bin"}
            )
        except (subprocess.TimeoutExpired, OSError):
            return {at: said for at, text in enumerate(texts) if (said := count_shell(text))}
    bad = {}
    places = {str(file): at for at, file in enumerate(files)}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        name, _, said = line.partition("\t")
        if name in places and "warning:" not in said:
            bad[places[name]] = said.removeprefix(f"{name}: ")
    return bad


def count_shell(code: str) -> str | None:
    """Return None if quotes and round and curly brackets of ``code`` close, else what stays open; in one pass."""
    quote, stack, at = "", [], 0
    while at < len(code):
        char = code[at]
        if char == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"`":
            quote = char
        elif char == "#" and (at == 0 or code[at - 1].isspace()):
            at = code.find("\n", at)
            if at < 0:
                break
        elif char == "(" or code.startswith("${", at):
            stack.append("(" if char == "(" else "{")
            at += len(stack[-1]) - 1 if char == "(" else 1
        elif stack and ((char == ")" and stack[-1] == "(") or (char == "}" and stack[-1] == "{")):
            stack.pop()
        at += 1
    if quote:
        return f"a quote {quote} is never closed"
    return f"a bracket {stack[-1]} is never closed" if stack else None
