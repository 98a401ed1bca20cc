"""Every text of ours has its German, and a text that was forgotten fails here rather than on a page."""

import ast
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils.translation.template import templatize

from store.tenancy import StoreInfo

ROOT = Path(settings.BASE_DIR)
CATALOGUES = sorted(ROOT.glob("locale/*/LC_MESSAGES/django.po"))
# As in the Makefile: what is not ours, not shipped, or speaks English on purpose.
IGNORED = {".venv", "sandbox", "tests", ".demo", "var", "staticfiles", "node_modules"}
WORDS = {
    "gettext": (1,),
    "gettext_lazy": (1,),
    "gettext_noop": (1,),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
WITH_CONTEXT = {"pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|</?\w+[^>]*>")
FIX = "run `make messages`, then translate what is empty (docs/translations.md)"

each_language = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def messages(path: Path) -> list[Message]:
    return [message for message in read(path) if message.id]


def sources(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if message.pluralizable else (str(message.id),)


def translations(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if message.pluralizable else (str(message.string),)


@each_language
def test_every_message_is_translated(path: Path) -> None:
    empty = [message.id for message in messages(path) if not all(translations(message))]
    assert empty == [], FIX


@each_language
def test_no_translation_is_a_guess(path: Path) -> None:
    """msgmerge copies what is similar and marks it fuzzy; Babel leaves such messages out."""
    assert [message.id for message in messages(path) if message.fuzzy] == []
    assert [problem for _message, problems in read(path).check() for problem in problems] == []


@each_language
def test_placeholders_and_tags_are_kept(path: Path) -> None:
    """The singular may say "one" in words; every other form has exactly what its source has."""
    wrong = []
    for message in messages(path):
        asked = [Counter(PLACEHOLDER.findall(source)) for source in sources(message)]
        for number, translation in enumerate(translations(message)):
            found = Counter(PLACEHOLDER.findall(translation))
            if found != asked[min(number, len(asked) - 1)]:
                wrong.append((message.id, translation))
    assert wrong == []


@each_language
def test_compiled_catalogue_is_current(path: Path) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, read(path))
    assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), FIX


@each_language
def test_no_text_is_forgotten(path: Path) -> None:
    known = {source for message in messages(path) for source in sources(message)}
    found = {text: place for place, text in _texts_in_code()}
    assert {text: place for text, place in found.items() if text not in known} == {}, FIX


def test_every_call_can_be_read_by_the_extraction() -> None:
    """xgettext knows gettext's functions by their names and `_`, and reads literals alone."""
    assert list(_calls_out_of_sight()) == []


@pytest.mark.django_db
def test_german_store_speaks_german(
    open_store: Callable[[str], StoreInfo], visit: Callable[[StoreInfo], Client]
) -> None:
    browser = visit(open_store("stille-spa"))
    pages = {
        address: browser.get(address).content.decode() for address in ("/", "/services/", "/book/", "/no/")
    }
    assert all('<html lang="de' in page for page in pages.values())
    assert "Öffnungszeiten" in pages["/"]
    assert "Leistungen" in pages["/services/"]
    assert "Was darf es sein?" in pages["/book/"]
    assert "Unter dieser Adresse gibt es nichts" in pages["/no/"]
    assert "Opening hours" not in pages["/"]


# --- the texts as they stand in the code, found without GNU gettext -----------------------------------------


def _files(suffixes: set[str]) -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        if path.suffix in suffixes and not IGNORED & set(path.relative_to(ROOT).parts) and path.is_file():
            yield path


def _texts_in_code() -> Iterator[tuple[str, str]]:
    """(file, text); both forms of a plural. Templates become Python the way makemessages makes them."""
    for path in _files({".py"}):
        yield from _texts(path, path.read_text())
    for path in (path for path in _files({".html", ".txt"}) if "templates" in path.parts):
        source = templatize(path.read_text(), origin=str(path))
        # What is left of the markup between the calls is no Python: line by line it does no harm.
        yield from _texts(path, "\n".join(line.strip() for line in source.splitlines()))


def _texts(path: Path, source: str) -> Iterator[tuple[str, str]]:
    keywords = {**WORDS, **WITH_CONTEXT, "_": (1,)}
    for _line, found, _comments, _context in extract("python", io.BytesIO(source.encode()), keywords):
        for text in (found,) if isinstance(found, str) else found:
            yield str(path.relative_to(ROOT)), text


def _calls_out_of_sight() -> Iterator[str]:
    """Calls through a name that xgettext does not know, and calls whose text is not a literal."""
    for path in _files({".py"}):
        tree = ast.parse(path.read_text())
        names = {
            alias.asname or alias.name: alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
            for alias in node.names
            if alias.name in WORDS
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                places = WORDS[names[node.func.id]]
                is_known = WORDS.get(node.func.id, (1,)) == places and node.func.id in {"_", *WORDS}
                if not is_known or not all(
                    isinstance(text, ast.Constant) for text in node.args[: len(places)]
                ):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}"
