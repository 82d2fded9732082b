"""Questions that need the page, answers that point away, and answers about something else.

Knows how people refer to a page. Controls use the same words of a thing that is named or there. It must not know the
patterns of a check.
"""

from __future__ import annotations

import re
from random import Random

from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.elsewhere import ELSEWHERE
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import is_prose, pick, sentences
from tuneproof.curate.calibration.wordings import reworded
from tuneproof.curate.rows import PairRow

_NEEDY = (
    "Can you explain the code?",
    "What is the point the writer is making here?",
    "Why did they choose that approach?",
    "Which of the two is preferred?",
    "How many kinds are distinguished in the list?",
    "What comes after step 3?",
    "Is it safe to do that?",
    "What does the second bullet mean?",
    "What would the output look like in that case?",
    "Which class is being discussed?",
    "Summarise the paragraph.",
    "What warning is given at the end?",
    "What does the snippet print?",
    "When was it added?",
    "Which exception can it raise?",
    "What are the three arguments?",
    "Who is supposed to call this?",
    "What is the answer to exercise 2?",
    "What do the arrows in the diagram stand for?",
    "Which value is highlighted in the first column?",
    "How does the sample differ from the one before it?",
    "Going by the excerpt, when is the cache emptied?",
    "What reason do the docs give for the change?",
    "Which limitation does the note mention?",
    "What does the last sentence imply?",
    "Why is the line with the asterisk there?",
    "Where does the extract say that the file is kept?",
    "What do we learn from the quoted output?",
    "Which of these methods is deprecated?",
    "What else does the chapter bring up?",
    "According to the README, what has to be installed?",
    "What does the listing demonstrate?",
    "What is its default?",
    "How is the former different from the latter?",
    "Which restriction applies to them?",
    "What is meant by the term in bold?",
    "What is said there about threads?",
    "Does the material provided name a limit?",
    "What should be done first, going by the walkthrough?",
    "What does the constructor shown take?",
)
_NEEDY_TAILS = (
    "{Q} Use only the excerpt.",
    "{Q} Quote the sentence that says so.",
    "Going by what you just read, {q}",
    "Judging from the listing, {q}",
    "The author makes a claim here: {q}",
    "From the information provided, {q}",
    "Going back to the earlier example, {q}",
    "Per the note at the bottom, {q}",
    "Looking at the code, {q}",
    "{Q} The answer is in the second paragraph.",
    "With the diagram in mind, {q}",
)
_PRONOUNS = ("this one", "that", "the former", "the item shown", "the thing discussed here", "that other one", "it")
_NAMED = (
    "How do I make `grep` print the two lines above a match?",
    "How far above the fold may a banner of the Bootstrap navbar reach?",
    "Which page of `man` covers system calls?",
    "How does `less` jump to the next page?",
    "What is a code snippet in Visual Studio Code?",
    "How do I get the first column of a CSV file with `awk`?",
    "How do I find the author of the last commit with Git?",
    "Which exception does `int('x')` raise in Python?",
    "What are the three arguments of the built-in `range`?",
    "How do I extract a chapter from an EPUB file with `pandoc`?",
    "How do I read a passage of a large file with `seek` in Python?",
    "How do I count the articles of a MediaWiki site?",
    "How does HTTP tell the client that a document has moved?",
    "How can a Makefile target depend on the previous target?",
    "How do I draw arrows in a Graphviz diagram?",
    "What does a README need for a package on the Python index?",
    "How do I make a bullet list in Markdown?",
    "What is the difference between a figure and an axes in Matplotlib?",
    "How do I write a note in a Python docstring with reStructuredText?",
    "What does 'this' refer to inside an arrow function in JavaScript?",
    "Why must `self` be the first argument of a Python method?",
    "Where does Linux keep the list of mounted file systems?",
    "What is the text node of an HTML element?",
    "How can I show the table of contents on each page in Sphinx?",
    "Which section of an ELF file holds the code?",
    "What does the example configuration of `nginx` listen on?",
    "How do I number the steps of a tutorial in AsciiDoc?",
    "How do I quote an excerpt from another mail in Markdown?",
    "What does the second paragraph tag do in `<p>a</p><p>b</p>`?",
    "How do I tell which of two dates in Python comes first?",
    "Who may call the `DELETE` endpoint of the GitHub repository API?",
    "What is a context window of a language model?",
)
_POINTERS = (
    "The full list lives in Appendix B.",
    "Head over to the FAQ if you want to know more.",
    "You can read all about it in chapter 7.",
    "Figure 3 illustrates how this works.",
    "Have a look at the README.",
    "The diagram on the right makes this clear.",
    "A complete sample can be found at the end of this chapter.",
    "We will come back to this shortly.",
    "The reasons were given at the start of the chapter.",
    "Take a look at the linked article to learn the rest.",
    "Consult your vendor's handbook.",
    "The man page has the whole story.",
    "This topic has a page of its own.",
    "Compare the listing on the next page.",
    "Click here for a demonstration.",
    "Those flags were introduced a few paragraphs ago.",
    "An in-depth treatment is beyond the scope of this section; the reference guide has one.",
    "Table 2 sums up the possible values.",
    "The rest is left to the companion guide.",
    "Each of these is discussed in turn in what follows.",
    "Further reading: the developer handbook.",
    "Follow the link at the bottom to find out.",
    "The source code comments explain why.",
    "For the exact rules, go to the specification.",
    "Just google it.",
    "That question is answered in the release notes.",
    "You will find the other parameters one section up.",
    "Cf. the remarks on locking.",
    "As we saw in the last chapter, there are exceptions.",
    "The sidebar lists all the places where this matters.",
    "Turn to the glossary for what these words mean.",
    "An explanation can be found on our website.",
)
_SELF_CONTAINED = (
    "The appendix of the archive holds the checksums.",
    "The reader looks at the header first.",
    "The link is followed once and not again.",
    "The man page is installed along with the program.",
    "A list lives as long as something holds a reference to it.",
    "The last chapter of the playlist is played twice.",
    "The README is copied into the archive.",
    "Click the button twice to select the whole line.",
    "The handbook of a plugin is a Markdown file.",
    "The caret moves one section up when `[[` is pressed.",
    "The next chapter of the stream begins at a key frame.",
    "Each figure is drawn on its own canvas.",
    "The website answers with status 404 then.",
    "The rest of the bytes is dropped.",
    "A table with two rows is returned.",
    "The release notes are generated from the commit messages.",
    "The source code comments are stripped.",
    "The specification is parsed when the module is loaded.",
    "Search engines follow such a link too.",
    "The glossary is sorted by its keys.",
    "The arrow on the right opens the menu.",
    "What follows the colon is the value.",
    "It reads the manual page sizes from the header.",
    "The link at the bottom of each column sorts the rows.",
    "The pointer moves to the end of the section `.text`.",
    "The call comes back when the lock is free.",
    "The sidebar is hidden on small screens.",
    "Two paragraphs are separated by a blank line.",
)
_BLOCKS = (
    "```bash\ndf -h /var\n```",
    "```python\nfor line in log:\n    print(line.rstrip())\n```",
    "1. Stop the service.\n2. Copy the folder.\n3. Start the service.",
    "* width\n* height\n* depth",
    "- `a`: the left operand\n- `b`: the right operand",
    "| code | meaning |\n|---|---|\n| 0 | fine |\n| 1 | failed |",
    "```yaml\nretries: 3\nverbose: false\n```",
    "> Permission denied.",
)
_ANNOUNCEMENTS = (
    "The listing below does just that:",
    "Here is a complete example:",
    "It goes like this:",
    "See for yourself:",
    "This is all there is to it:",
    "These count:",
    "Have a look:",
    "What follows is all that is needed:",
)
_PREFACES = (
    "Quick one from a beginner.",
    "My colleague asked me this and I had no answer.",
    "We are moving an old service to a new host.",
    "I have ten minutes before a meeting.",
    "It came up in a code review today.",
    "Sorry if this has been asked before.",
    "I am on my second day with this library.",
    "Long-time reader, first-time poster.",
)


def _needy(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return pick(_NEEDY, rng), row.answer


def _needy_opening(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not re.match(r"(?:What|How|Which|When|Why|Can|Does|Is)\b", row.question):
        return None
    # With its subject named the question can be understood; without, only the page tells what it is about.
    question = re.sub(r"`[^`]+`", pick(_PRONOUNS, rng), row.question)
    lowered = question[0].lower() + question[1:]
    return (pick(_NEEDY_TAILS, rng).format(q=lowered, Q=question), row.answer) if "`" in row.question else None


def _named(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return pick(_NAMED, rng), row.answer


def _points(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    gap = "\n\n" if "\n" in row.answer else " "
    return row.question, f"{row.answer}{gap}{pick(_POINTERS, rng)}"


def _only_points(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, pick(_POINTERS, rng)


def _does_not_point(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    gap = "\n\n" if "\n" in row.answer else " "
    return row.question, f"{row.answer}{gap}{pick(_SELF_CONTAINED, rng)}"


def _announces(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, f"{row.answer}\n\n{pick(_ANNOUNCEMENTS, rng)}\n\n{pick(_BLOCKS, rng)}"


def _far_answer(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    others = [pick(material.rows, rng) for _ in range(6)]
    found = [other for other in others if other.path != row.path and len(other.answer.split()) > 6]
    shared = set(re.findall(r"\w{4,}", row.question.lower()))
    found = [
        other for other in found if not shared & set(re.findall(r"\w{4,}", f"{other.question} {other.answer}".lower()))
    ]
    return (row.question, found[0].answer) if found else None


def _foreign_subject(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, pick(ELSEWHERE, rng)[1]


def _foreign_pair(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return pick(ELSEWHERE, rng)


def _on_topic(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    answer = reworded(row.answer) if is_prose(row.answer) else None
    return None if answer is None else (row.question, answer)


def _less(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    parts = sentences(row.answer)
    return (row.question, parts[0]) if is_prose(row.answer) and len(parts) > 1 and len(parts[0].split()) > 5 else None


def _asked_with_answer(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return f"{pick(_PREFACES, rng)} {row.question}", row.answer


NEEDY: dict[str, Edit] = {"subject not named": _needy, "leans on the page": _needy_opening}
RECIPES = (
    *fault("needs_page", NEEDY),
    *control("needs_page", {"same words, subject named": _named}),
    *fault("answer_points_away", {"pointer added": _points, "nothing but a pointer": _only_points}),
    *control("answer_points_away", {"same words, nothing elsewhere": _does_not_point, "block is there": _announces}),
)
OFF_TOPIC = (
    *fault(
        "off_topic",
        {
            "answer of another page": _far_answer,
            "answer about something else": _foreign_subject,
            "pair about something else": _foreign_pair,
        },
    ),
    *control("off_topic", {"reworded": _on_topic, "shortened": _less, "longer question": _asked_with_answer}),
)
