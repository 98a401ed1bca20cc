"""A model's Markdown as HTML that cannot do anything: words, emphasis, lists, links we know."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant.links import LinkKind, judge_link

TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "span"}
# Headings, quotes, code, tables and pictures have no place in a bubble: their words stay, as plain text.
_parser = MarkdownIt("zero", {"html": False, "linkify": False, "breaks": True, "maxNesting": 12}).enable(
    ["emphasis", "list", "link", "escape", "newline", "entity"]
)


def render_markdown(text: str) -> SafeString:
    """Links to strangers become words with the host behind them; the salon's other sites are marked."""
    tokens = _parser.parse(text)
    for token in tokens:
        if token.children:
            token.children = list(_tame_links(token.children))
    html = str(_parser.renderer.render(tokens, _parser.options, {}))
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "rel", "class"}, "span": {"class"}},
        url_schemes={"https", "tel", "mailto"},
        link_rel=None,
    )
    return mark_safe(clean)  # noqa: S308 (sanitised in the line above)  # nosec B308 B703


def render_plain(text: str) -> SafeString:
    """What a client typed, with its line breaks."""
    return format_html("<p>{}</p>", text)


def _tame_links(tokens: list[Token]) -> Iterator[Token]:
    """Links do not nest in Markdown, so an opening one is followed by its own end."""
    kind, url = LinkKind.OWN, ""
    for token in tokens:
        if token.type == "link_open":
            url = str(token.attrs.get("href", ""))
            kind = judge_link(url)
            if kind is LinkKind.FOREIGN:
                continue
            token.attrs = {"href": url}
            if kind is LinkKind.KNOWN:
                token.attrs |= {"rel": "noopener nofollow", "class": "link-out"}
            yield token
        elif token.type == "link_close":
            if kind is not LinkKind.OWN:
                yield _say_host(url, kind)
            if kind is not LinkKind.FOREIGN:
                yield token
        else:
            yield token


def _say_host(url: str, kind: LinkKind) -> Token:
    """The mark: where it leads, in words."""
    host, mark = urlsplit(url).hostname or "", _("other site")
    text = f" ({mark}: {host})" if kind is LinkKind.KNOWN else f" ({host})" if host else ""
    return Token("text", "", 0, content=text)
