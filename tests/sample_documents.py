"""Small documents of every format, made here: what the tests of the readers read, and what the fuzzer breaks."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

MARKDOWN = """---
title: Engine
---
# Engine

The engine stores records. It must not be stopped while it writes.

## Options

| Option | Meaning | Default |
| --- | --- | --- |
| `--cache` | How many pages are kept in memory. | 64 |

```console
engine --cache 64
```

- `--log`: Where the log is written to.
"""
MDX = MARKDOWN + "\n<Tabs>\n  <Tab>\n\n```sh\nengine\n```\n\n  </Tab>\n</Tabs>\n"
RST = """.. _engine:

======
Engine
======

The engine stores records. See :ref:`options`.

.. note:: It must not be stopped
   while it writes.

Options
-------

===========  ==================================
Option       Meaning
===========  ==================================
``--cache``  How many pages are kept in memory.

``--log``    Where the log is written to.
===========  ==================================

Run it like this::

    engine --cache 64

    engine --log x

.. py:class:: Engine(path)

   An engine over the records in a folder.

   :param path: The folder that holds the pages.
   :raises OSError: If the folder can't be written.

   .. versionadded:: 1.2

   .. py:method:: stop(wait=True)

      Stop the engine after the page that it writes.

      .. deprecated:: 2.0 Use ``close`` instead.

   It closes itself at exit.

.. data:: PAGE_SIZE

   How large a page is, in bytes.

   Default: ``4096``

Empty
-----

Last
----

.. code-block:: python

   import engine

   engine.run()
"""
HTML = """<!DOCTYPE html><html><head><title>Install the engine - Engine docs</title><script>var a = 1;</script></head>
<body><header><a href="/">Home</a></header><nav><ul><li>Elsewhere</li></ul></nav>
<main><h1>Install the engine<a class="headerlink" href="#install">\u00b6</a></h1>
<p>Use <code>pip install engine</code> to <b>install</b> it. It needs 4 &lt;cores&gt; &amp; *two* disks.</p>
<ul><li>one<ul><li>nested</li></ul></li><li>two<pre>code
  here</pre></li></ul>
<section id="options"><h2><a class="doc-anchor" href="#options">§</a>Opt<wbr>ions</h2>
<table><tr><th>Option</th><th>Meaning</th></tr><tr><td><code>--a|b</code></td><td>The first of all.</td></tr></table>
<dl><dt><code>--port</code></dt><dd>The port that it listens on.</dd></dl>
<div class="highlight-python"><div class="highlight"><pre><span>import</span> engine

engine.run()
</pre></div></div>
<div class="admonition"><p class="admonition-title">Warning</p><p>Never stop it while it writes.</p></div>
</section><h2>Empty</h2></main><aside>Buy now</aside><footer>Copyright</footer></body></html>
"""
OPENAPI = """openapi: 3.0.3
info:
  title: Engine API
  version: "1.0"
paths:
  /records/{recordId}:
    parameters:
      - $ref: '#/components/parameters/RecordId'
    get:
      summary: Get a record
      description: Returns one record — whole.
      deprecated: true
      parameters:
        - name: depth
          in: query
          description: How deep inner records are followed.
          schema: {type: integer, minimum: 1, maximum: 9, default: 3}
      responses:
        '200':
          description: The record was found.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Record'
        '404':
          description: There is no such record.
        '500':
          $ref: '#/components/responses/Broken'
    delete:
      summary: Delete a record
      responses:
        '204':
          description: The record is gone.
components:
  parameters:
    RecordId:
      name: recordId
      in: path
      required: true
      description: The number of the record.
      schema: {type: string, maxLength: 26}
  responses:
    Broken:
      description: The engine can't read its pages.
  schemas:
    Record:
      type: object
      description: A record with the records inside it.
      required: [id]
      properties:
        id:
          type: string
          description: The number of the record.
        state:
          type: string
          enum: [open, closed]
          default: open
        parent:
          $ref: '#/components/schemas/Record'
        knot:
          $ref: '#/components/schemas/Knot'
    Knot:
      $ref: '#/components/schemas/Loop'
    Loop:
      $ref: '#/components/schemas/Knot'
"""
HELP = """Usage: engine [OPTIONS] COMMAND [ARGS]...

  Store records and find them again.

Options:
  -o, --output FILE       Where the result is written.  [default: out.json]
  --format [json|csv]     The format of the output.  [default: json; required]
  --retries INTEGER RANGE
                          How often to try again.  [0<=x<=10]
  -v, --verbose           Say more while it runs.  [env var: ENGINE_VERBOSE]
  --old                   Deprecated: use --output.
  --help                  Show this message and exit.

Commands:
  copy  Copy all records.
  list  List the stores.
"""
TEXT = "Engine\n\nThe engine stores records.\n\nIt must not be stopped while it writes.\n"
PYTHON = '"""An engine."""\n\n\ndef run(port: int = 80) -> None:\n    """Run it on `port`."""\n'


def notebook() -> str:
    """Return a notebook of format 4 with Markdown, code, text output, a picture, and a fence that is never closed."""
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Try the engine\n", "\n", "Load some records:"]},
        {
            "cell_type": "code", "execution_count": 1, "metadata": {}, "source": "records = load()\nlen(records)",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["\x1b[1mloaded\x1b[0m\n"]},
                {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "42"}},
                {"output_type": "display_data", "metadata": {}, "data": {"image/png": "aGk="}},
            ],
        },
        {"cell_type": "markdown", "metadata": {}, "source": "An open fence:\n\n```\nnever closed"},
        {"cell_type": "markdown", "metadata": {}, "source": "## Stop it\n\nCall `stop()` to stop the engine."},
    ]  # fmt: skip
    whole = {
        "cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 4,
    }  # fmt: skip
    return json.dumps(whole)


def docx_bytes() -> bytes:
    """Return a Word document with headings, both kinds of list, code, a table and a bare heading."""
    import docx

    document = docx.Document()
    document.core_properties.title = "Engine Handbook"
    document.add_heading("Engine Handbook", 0)
    document.add_paragraph("The engine stores *records* in pages. It must not be stopped while a page is written.")
    document.add_heading("Set the page size", 1)
    paragraph = document.add_paragraph("Use ")
    paragraph.add_run("--page-size").font.name = "Courier New"
    paragraph.add_run(" to set it. The default is 4096 bytes.")
    for text, style in (("first", "List Bullet"), ("inner", "List Bullet 2"), ("second", "List Bullet")):
        document.add_paragraph(text, style=style)
    for text in ("Stop the engine.", "Start it again."):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph().add_run("engine --page-size 8192\n\nengine --check").font.name = "Consolas"
    document.add_heading("Options", 2)
    table = document.add_table(rows=0, cols=3)
    for row in (("Option", "Meaning", "Default"), ("--cache|-c", "How many pages are kept in memory.", "64")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_heading("Empty", 1)
    raw = io.BytesIO()
    document.save(raw)
    return raw.getvalue()


Text = tuple[str, float, float, float, str]


def pdf_bytes(pages: Sequence[Sequence[Text]], outline: Sequence[tuple[str, int]] = ()) -> bytes:
    """Return a PDF of ``pages`` of (face, size, x, y, text), Courier being F2, with an ``outline`` of (title, page)."""
    objects: list[bytes] = [b"", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>")
    kids: list[int] = []
    for page in pages:
        drawn = "\n".join(
            f"BT /{face} {size} Tf {x} {y} Td ({text.translate(_ESCAPES)}) Tj ET" for face, size, x, y, text in page
        ).encode("latin-1")
        objects.append(b"<</Length %d>>\nstream\n%s\nendstream" % (len(drawn), drawn))
        kids.append(len(objects) + 1)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R" % len(objects)
            + b"/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>>>"
        )
    root = b"<</Type/Catalog/Pages 2 0 R>>"
    if outline:
        first = len(objects) + 2
        last = first + len(outline) - 1
        root = b"<</Type/Catalog/Pages 2 0 R/Outlines %d 0 R>>" % (first - 1)
        objects.append(b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (first, last, len(outline)))
        for place, (title, page_number) in enumerate(outline):
            links = b"/Prev %d 0 R" % (first + place - 1) if place else b""
            links += b"/Next %d 0 R" % (first + place + 1) if place + 1 < len(outline) else b""
            dest = b"/Dest[%d 0 R/XYZ 0 800 0]" % kids[page_number]
            name = title.translate(_ESCAPES).encode("latin-1")
            objects.append(b"<</Title(%s)/Parent %d 0 R%s%s>>" % (name, first - 1, links, dest))
    objects[0] = root
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids))
    raw, offsets = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(raw))
        raw += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(raw))
    return raw + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


_ESCAPES = str.maketrans({"\\": "\\\\", "(": "\\(", ")": "\\)"})


def guide_pdf() -> bytes:
    """Return four pages with a running header and footer, an outline, words cut at lines' ends, and code."""
    pages: list[list[Text]] = []
    for number in range(1, 5):
        pages.append(
            [
                ("F1", 8, 60, 815, "Engine Guide 2.0"),
                ("F1", 18, 60, 740, f"{number} Chapter of {('pages', 'logs', 'locks', 'limits')[number - 1]}"),
                ("F1", 10, 60, 700, f"Part {number} says what the well-known engine keeps. It is docu-"),
                ("F1", 10, 60, 688, "mented here, and it is well-"),
                ("F1", 10, 60, 676, "known that it can be con-"),
                ("F1", 10, 60, 664, "figured."),
                ("F1", 10, 60, 630, "A second paragraph stands apart from the first."),
                ("F2", 10, 60, 600, f"engine --chapter {number}"),
                ("F2", 10, 84, 588, "--check"),
                ("F1", 8, 280, 30, f"Page {number} of 4"),
            ]
        )
    titles = [(f"Chapter of {name}", place) for place, name in enumerate(("pages", "logs", "locks", "limits"))]
    return pdf_bytes(pages, titles)


def samples() -> dict[str, bytes]:
    """Return one good document of every format, by file name."""
    texts = {
        "engine.md": MARKDOWN, "engine.mdx": MDX, "engine.rst": RST, "engine.html": HTML, "engine.yaml": OPENAPI,
        "engine.help": HELP, "engine.txt": TEXT, "engine.py": PYTHON, "engine.ipynb": notebook(),
    }  # fmt: skip
    return {name: text.encode() for name, text in texts.items()} | {
        "engine.docx": docx_bytes(),
        "engine.pdf": guide_pdf(),
    }


def write_samples(folder: Path) -> None:
    """Write one document of every format into ``folder``."""
    for name, raw in samples().items():
        (folder / name).write_bytes(raw)
