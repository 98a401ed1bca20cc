"""E-mails as they are written: the same words twice, as text and as HTML."""

from types import SimpleNamespace

from store.letters import Letter, Way, write_letter
from store.tenancy import StoreInfo, store_scope

LETTER = Letter(
    kind="test",
    subject="Of interest",
    title="Cuts & colors",
    paragraphs=("First.", "<b>Second.</b>"),
    action=Way("Look", "https://luna.example/a?b=1&c=2"),
    options=(Way("Sooner", "https://luna.example/sooner"),),
)


def test_both_say_the_same(luna: StoreInfo) -> None:
    with store_scope(luna):
        text, html = write_letter(LETTER, facts=[SimpleNamespace(label="Where", text="Here")])
    for said in ("First.", "Sooner", "https://luna.example/sooner", "Where", "Here", "Look", luna.name):
        assert said in text
        assert said in html
    assert "Cuts & colors" in text
    assert "Cuts &amp; colors" in html
    assert "<b>Second.</b>" in text
    assert "<b>" not in html
    assert "https://luna.example/a?b=1&c=2" in text


def test_no_facts_leave_no_box(luna: StoreInfo) -> None:
    with store_scope(luna):
        _text, html = write_letter(LETTER)
    assert "<dl" not in html
