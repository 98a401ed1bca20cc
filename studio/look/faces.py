"""A style sheet in which every family to choose from is set in itself."""

from functools import lru_cache

from django.templatetags.static import static

from store.fonts import BODY_FAMILIES, DISPLAY_FAMILIES, Family, render_font_faces


@lru_cache(maxsize=1)
def render_faces() -> str:
    """Faces and a class for each: `.face--display-fraunces`, `.face--body-hanken`."""
    families = (*DISPLAY_FAMILIES.values(), *BODY_FAMILIES.values())
    files = dict.fromkeys(file for family in families for file in family.files)
    rules = [_rule("display", family) for family in DISPLAY_FAMILIES.values()]
    rules += [_rule("body", family) for family in BODY_FAMILIES.values()]
    return (
        render_font_faces(files, url=static, is_preloaded=False) + f"@layer components{{{''.join(rules)}}}\n"
    )


def _rule(use: str, family: Family) -> str:
    tokens = dict(family.display_tokens)
    weight, tracking = tokens.get("display-weight", "400"), tokens.get("display-tracking", "0")
    return (
        f".face--{use}-{family.name}"
        f"{{font-family:{family.stack};font-weight:{weight};letter-spacing:{tracking}}}\n"
    )
