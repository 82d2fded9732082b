"""Answers that send their reader elsewhere, and questions that lean on a page, beside twins of the same words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.curate.checking.pointers import pointer_in
from tuneproof.curate.checking.standalone import find_needs_page
from tuneproof.curate.rows import PairRow

ROW = PairRow("p", "", "It is a list.", "what_is", "import", "import")


@pytest.mark.parametrize(
    "answer",
    [
        "Read the manual.",
        "It retries twice. Have a look at our handbook for the exact delays.",
        "You should consult the developer guide first.",
        "The codes are documented in the appendix.",
        "Take a look at the release notes of version 3.",
        "This behaviour is outlined in an earlier chapter, as discussed previously.",
        "For further details, visit the project wiki.",
        "For a complete list, please check out the reference.",
        "More information can be found on our website.",
        "Additional examples are available elsewhere.",
        "See chapter 4.",
        "It is explained in depth in the administrator's handbook.",
        "See [Networking](network.md).",
        "Details: see https://docs.acme.dev/queues.",
        "As noted earlier, the queue is bounded.",
        "The remaining options are covered in the next section.",
        "Follow the installation guide, then restart.",
        "We will come back to this.",
        "We'll look at caching later on.",
        "The diagram below shows the flow.",
        "The steps are described further down.",
        "Look it up in the FAQ. In short, refer to the FAQ.",
        "Learn more about tokens in the security docs.",
        "Click here to see them.",
        "The following table shows the codes.",
        "See `socket.bind` for more details.",
        "It is defined in the previous example.",
        "Refer to Appendix B.",
        "```bash\nls\n```\n\nSee below.",
        "See the example above:\n\n```bash\nls\n```",
        "- one\n- two\n\nThis was explained above.",
        "The Docker tutorial covers it: see the Docker tutorial.",
    ],
)
def test_an_answer_that_points_elsewhere_is_told(answer: str) -> None:
    assert pointer_in(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Open the page with `view`, then read the section `[limits]` of the file.",
        "It returns the next page of results.",
        "The table has a header row above the data rows.",
        "The manual mode switches the valve by hand.",
        "It checks the documentation string of every function.",
        "A reference to the parent is kept.",
        "It follows the guide rail until the end of the rack.",
        "You can see the log with `tail`.",
        "The following command does it: `make clean`.",
        "The following options are read:\n\n- `a`\n- `b`",
        "As shown below, it takes a path:\n\n```python\nopen(path)\n```",
        "```bash\nls\n```\n\nThe example above lists files.",
        "Values above 5 are listed first, values below it last.",
        "Refer to a column by its name.",
        "The list contains the previous entries.",
        "The earlier example value is kept until the next call.",
        "The page number is shown below each page when printed.",
        "Each page is linked to the next one.",
        "The text is shown above the cursor if there is no room.",
        "Use `help()` to look at the docstring.",
        "The link target is checked before the file is read.",
        "It is available in the browser.",
        "The docs folder holds one file for each command.",
        "It writes the man page of the command to standard output.",
        "Sections are read in the order of the file.",
        "`MAX` is defined in the module.",
        "The option is described by its type and its default.",
        "Search the index for a word with `find`.",
        "A note is added to the changelog.",
    ],
)
def test_the_same_words_of_other_things_are_left_alone(answer: str) -> None:
    assert pointer_in(answer) == ""


def leans(question: str) -> bool:
    return bool(list(find_needs_page(CheckInputs([replace(ROW, question=question)], {}))))


@pytest.mark.parametrize(
    "question",
    [
        "As stated before, which port is used?",
        "Why does the writer warn against it?",
        "What does this walkthrough build?",
        "How does it work?",
        "What happens then, and why is that so?",
        "What is the purpose of this?",
        "What should I do after the second step?",
        "What do the preceding paragraphs say about caching?",
        "Why is the foregoing approach slow?",
        "What does the diagram below show?",
        "Using only the passage, when does the server stop?",
        "Which of those is better?",
        "What output does this script print?",
        "Which `mode` does this page recommend?",
    ],
)
def test_a_question_that_only_its_page_explains_is_told(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "How does a queue work?",
        "How do I go back to the previous step of a wizard?",
        "How do I print the first sentence of a file?",
        "What does `open` do if it fails?",
        "Is it possible to nest groups?",
        "What does a passage planner do?",
        "How do I stop Redis when it hangs?",
        "Who is the author of a commit?",
        "How do I add a section to the documentation?",
        "What is a page fault?",
        "How can I undo the last step?",
        "What is the default text of a button?",
        "How do I use this Flask extension with SQLAlchemy?",
        "Does it matter in which order hooks run?",
        "How do I show the text above a figure in LaTeX?",
    ],
)
def test_a_question_that_names_what_it_means_is_left_alone(question: str) -> None:
    assert not leans(question)
