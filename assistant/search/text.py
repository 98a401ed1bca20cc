"""Words as they are compared: lower case, without accents, by their stems."""

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

# Letters that Unicode does not take apart, and quotes that people leave out.
FOLDED = str.maketrans({"đ": "d", "ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "'": None, "’": None})
STEMMERS = {"en": "english", "de": "german"}
LONGEST_TEXT = 20_000
LONGEST_WORD = 40

# Words that say nothing about what is looked for. Vietnamese has few that are not also syllables of others.
STOP_WORDS = {
    "en": """a an and any are at be by can could do does for from get give have how i im in is it me my
        need of off on or over please some that the their them there this to us want was we what
        when where which who will with would you your""",
    "de": """aber als am an auch auf aus bei das dem den der des die dies ein eine einem einen einer es
        fur gibt haben hat ich ihr im in ist kann man mein mich mit mir mochte nach oder sein sich
        sie sind uber um und uns vom von was wie wir wo zu zum zur""",
    "vi": "cho cua co la toi va voi nhung cac mot",
}

_stemmers = {language: snowballstemmer.stemmer(name) for language, name in STEMMERS.items()}
_stemming = threading.Lock()  # a stemmer keeps the word it works on in itself


def fold(text: str) -> str:
    """ "Fußpflege für Özdoğan" and "fusspflege fuer oezdogan" become the same."""
    plain = unicodedata.normalize("NFKD", text[:LONGEST_TEXT]).lower().translate(FOLDED)
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # Who has no ä types ae: both become a, on either side, in every language alike.
    return re.sub("([aou])e", r"\1", letters)


def split_words(text: str) -> list[str]:
    """Folded words, in order."""
    return [word[:LONGEST_WORD] for word in re.findall(r"[a-z0-9]+", fold(text))]


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """Of a folded word; itself in a language without a stemmer."""
    stemmer = _stemmers.get(language)
    if stemmer is None or len(word) < 4:
        return word
    with _stemming:
        return str(stemmer.stemWord(word))


_stop_words = {language: frozenset(split_words(words)) for language, words in STOP_WORDS.items()}


def drop_stop_words(words: list[str], language: str) -> list[str]:
    """What is left of a query; all of it where nothing else is said. English is understood everywhere."""
    return [word for word in words if not is_stop_word(word, language)] or words


def is_stop_word(word: str, language: str) -> bool:
    return word in _stop_words["en"] or word in _stop_words.get(language, ())
