"""Text in another language than the one that the workspace is for.

Knows scripts, and the commonest words of languages written in Latin letters. Short text and code say nothing. It must
not know what the text is about.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

from tuneproof.curate.checking.fences import without_blocks
from tuneproof.curate.checking.findings import on_pair
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.datasets.workspace.records import Finding

WORDS = 8  # fewer words of prose say nothing
TOLD = 3  # different words of another language that tell a sentence of it among others
LETTERS = 12  # nor do fewer letters of a script that writes no spaces
_CODE = re.compile(r"`[^`\n]*`|<[^<>\n]{1,200}>")
_CODE_CHARS = re.compile(r"[/_(=@\\{}|#$:*+\d]|\.\w")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+")
_QUOTED = re.compile(r"[\"“„«][^\"”“»]{1,300}[\"”“»]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Scripts by the first word of a character's Unicode name, and the languages they are written for.
SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "CYRILLIC": ("ru", "uk", "bg", "sr", "mk", "be", "kk", "mn"), "GREEK": ("el",), "ARABIC": ("ar", "fa", "ur"),
    "HEBREW": ("he", "yi"), "DEVANAGARI": ("hi", "mr", "ne"), "BENGALI": ("bn",), "TAMIL": ("ta",), "TELUGU": ("te",),
    "THAI": ("th",), "HANGUL": ("ko",), "HIRAGANA": ("ja",), "KATAKANA": ("ja",), "CJK": ("zh", "ja"),
    "GEORGIAN": ("ka",), "ARMENIAN": ("hy",), "GUJARATI": ("gu",), "KANNADA": ("kn",), "MALAYALAM": ("ml",),
}  # fmt: skip
_NAMES: Mapping[str, str] = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "sv": "Swedish", "da": "Danish", "no": "Norwegian", "fi": "Finnish", "pl": "Polish", "cs": "Czech",
    "tr": "Turkish", "ro": "Romanian", "hu": "Hungarian", "id": "Indonesian", "vi": "Vietnamese", "ca": "Catalan",
}  # fmt: skip
_COMMON: Mapping[str, str] = {
    "en": """
        the a an of to and in is that it for on with as are this be by or from at which not can will if you your
        when have has was were its their they we do does all any each use used using one no then than but into
        only also how what who there these those such must should may would could more other after before
    """,
    "de": """
        der die das und ist in den von zu mit dem des ein eine einen einer eines im nicht sich auf für als auch
        es an wird werden aus er sie hat dass bei sind oder nach um wenn zum zur über vor durch kann nur noch wie
        diese dieser dieses man ihr sein können muss müssen wurde kein keine aber bis beim vom sowie
    """,
    "fr": """
        le la les de des du un une et est en que qui dans pour pas sur au aux avec ce cette ces il elle ne se
        sont par plus ou son sa ses être été vous nous votre notre si mais comme leur peut lorsque tout toute
        tous fait sans c'est l'on d'un d'une qu'il s'il n'est n'a avoir doit afin
    """,
    "es": """
        el la los las de del que y en un una es por con para no se su sus al lo como más o este esta estos estas
        si pero son sobre entre cuando también ser puede está han fue hay muy todo todos desde sin usted cada
        debe donde ya hasta porque nos le les esto valor
    """,
    "it": """
        il lo la gli le di del della dei delle e è che in un una per non con si sono da dal dalla nel nella al
        alla come più o se questo questa ma anche essere può quando ha suo sua ogni tra su sul deve viene essere
        l'utente dell' nell' all' un' i ai loro quindi
    """,
    "pt": """
        o os a as de do da dos das que e em um uma é por com para não se seu sua ao à como mais ou este esta esse
        essa são mas no na nos nas quando também ser pode está foi há muito todo cada deve onde já até você isso
        pelo pela
    """,
    "nl": """
        de het een van en in is dat op te voor met zijn niet aan er om ook als bij door naar uit over maar of
        wordt worden deze dit die kan kunnen wanneer heeft hebben je u uw geen moet moeten alleen wel nog meer
        dan zoals tot
    """,
    "sv": """
        och att det i en är som på för av med den till inte om ett har de kan från vid eller så när men detta
        denna dessa ska måste du din ditt dina vi är var blir alla utan också efter under över
    """,
    "da": """
        og at det i en er som på for af med den til ikke om et har de kan fra ved eller så når men dette denne
        disse skal du din dit dine vi var bliver alle uden også efter under over hvis hvor jeg
    """,
    "no": """
        og at det i en er som på for av med den til ikke om et har de kan fra ved eller så når men dette denne
        disse skal du din ditt dine vi var blir alle uten også etter under over hvis hvor jeg
    """,
    "fi": """
        ja on ei se että oli hän mutta ovat kun joka myös tai jos niin kuin sen ole voi tämä nämä sekä ovat mitä
        joka jotka vain kanssa sitä siitä olla voidaan kaikki
    """,
    "pl": """
        i w na z do że się nie jest to o jak za po od przez dla są może być który która które jego jej ich tym
        tego lub gdy jeśli oraz przy tylko także można należy przed ale
    """,
    "cs": """
        a je v na se že s z do o to pro jako by ale za po který která které jsou být může také nebo když pokud
        jeho pouze při podle mezi tak není lze musí už
    """,
    "tr": """
        ve bir bu için ile da de olarak olan daha gibi çok en ise kadar sonra her ne ya veya değil olduğu göre
        ancak tarafından eğer şu o ki var yok nasıl
    """,
    "ro": """
        și de la în a cu pe că un o nu este să din care pentru mai se sau sunt dacă prin fi ale lui acest această
        când doar poate trebuie după fără
    """,
    "hu": """
        a az és hogy nem is egy ez meg van de vagy csak mint ha el már még azt lehet kell olyan minden között
        után amely akkor ezt
    """,
    "id": """
        yang dan di untuk dengan ini dari pada adalah tidak dalam ke akan atau anda dapat itu oleh jika juga
        sebagai telah bisa lebih harus saat hanya semua
    """,
    "vi": """
        và của là có trong được cho không với các một này để những khi từ đã bạn như về sẽ hoặc nếu phải cũng
    """,
    "ca": """
        el la els les de del que i en un una és per amb no es al com més o aquest aquesta si però són sobre quan
        també ser pot està ha seu seva dels
    """,
}
_LISTS: Mapping[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _COMMON.items()}


_LANGUAGES_OF: Mapping[str, tuple[str, ...]] = {
    word: tuple(language for language, known in _LISTS.items() if word in known)
    for word in frozenset().union(*_LISTS.values())
}
# Letters that English has only in borrowed words, and the languages that they are typical of, the first one first.
_LETTERS: Mapping[str, str] = {
    "pl": "ąćęłńśźż", "cs": "ěřůčšžťďň", "hu": "őű", "tr": "ğışİ", "ro": "ăâîșțşţ", "de": "äöüß", "fi": "äö",
    "sv": "åäö", "da": "æøå", "no": "æøå", "fr": "éèêëàâçîïôùûœ", "es": "áéíóúñ", "pt": "ãõáéíóúâêôç",
    "it": "àèéìòù", "ca": "àèéíïòóúç",
    "vi": "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}  # fmt: skip


def find_wrong_language(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``wrong_language`` for each pair with a side that is not in ``[goal] language``."""
    wanted = inputs.config.goal.language
    for row in inputs.rows:
        for side, text in (("answer", row.answer), ("question", row.question)):
            found = other_language(text, wanted)
            if found:
                message = (
                    f"The {side} is not in {_NAMES.get(wanted, wanted)}: it looks like {_NAMES.get(found, found)}."
                )
                yield on_pair(row, "wrong_language", "warn", message, {"side": side, "language": found})
                break


def other_language(text: str, wanted: str) -> str:
    """Return the language or script that ``text`` is in, if it can be told and is not ``wanted``; else nothing."""
    spaced = _CODE.sub(" ", without_blocks(text)).split()
    prose = " ".join(token for token in spaced if not _CODE_CHARS.search(token.strip("*_(:")))
    letters = sum(char.isalpha() for char in prose)
    if prose.isascii():
        return _by_words(prose, wanted) or _by_sentence(prose, wanted)
    scripts = Counter(_script(char) for char in prose if char.isalpha() and char > "ɏ")
    foreign = sum(scripts.values())
    if scripts and foreign >= LETTERS and foreign >= 0.4 * letters:
        if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.05 * foreign:
            return "" if wanted == "ja" else "ja"
        script = scripts.most_common(1)[0][0]
        languages = SCRIPTS.get(script, ())
        return "" if wanted in languages else languages[0] if languages else script.casefold()
    return _by_words(prose, wanted) or _by_sentence(prose, wanted)


def _by_sentence(prose: str, wanted: str) -> str:
    """Return the language of the first sentence that is surely in another one; what is quoted is nobody's own words."""
    if wanted not in _LISTS:
        return ""
    for sentence in _SENTENCE.split(_QUOTED.sub(" ", prose)):
        found = _by_words(sentence, wanted)
        words = {word.casefold() for word in _WORD.findall(sentence)}
        if found in _LISTS and len(words & (_LISTS[found] - _LISTS[wanted])) >= TOLD:
            return found
    return ""


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "UNKNOWN").split(" ", 1)[0].split("-", 1)[0]


def _by_words(prose: str, wanted: str) -> str:
    words = [word.replace("’", "'") for word in _WORD.findall(prose)]
    if len(words) < WORDS:
        return ""
    if wanted not in _LISTS:
        # Written in Latin letters throughout, where another script is wanted, or in a language not known here.
        other = any(wanted in languages for languages in SCRIPTS.values())
        return "latin" if other and sum(map(len, words)) >= 4 * LETTERS else ""
    # Names are written large: Los Angeles, La Paz. So are the words that sentences begin with, of which there are few.
    small = [word for word in words if word.islower()]
    if words[0].istitle():
        small.append(words[0].casefold())
    counts = Counter(language for word in small for language in _LANGUAGES_OF.get(word, ()))
    share = {language: count / len(words) for language, count in counts.items()}
    own = share.get(wanted, 0.0)
    if own < 0.3 and share:
        best = max(share, key=lambda language: (share[language], language))
        telling = [word for word in small if word in _LISTS[best] and word not in _LISTS[wanted]]
        if (
            share[best] >= 0.2
            and share[best] - own >= 0.15
            and (len(set(telling)) >= 2 or (len(telling) > 1 and own < 0.1))
        ):
            return best
    if wanted == "en" and own < 0.12:
        odd = [word for word in small if not word.isascii()]
        if len(odd) >= 2 and len(odd) >= 0.15 * len(words):
            text = "".join(odd)
            letters = {language: sum(text.count(char) for char in chars) for language, chars in _LETTERS.items()}
            return max(letters, key=lambda language: (letters[language], share.get(language, 0.0)))
    return ""
