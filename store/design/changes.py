"""What differs between two looks, in the words of the form."""

from django.utils.translation import gettext as _

from store.design.specs import SECTIONS, TEMPLATES
from store.design.values import Design
from store.design.words import name_choice


def describe_changes(old: Design, new: Design) -> list[str]:
    """Short sentences, the weightiest first; empty where nothing differs."""
    changes = []
    if old.template != new.template:
        changes.append(_("Template: %(name)s") % {"name": TEMPLATES[new.template].label})
    changes += _describe_theme(old, new)
    for name, label in (("logo", _("Logo")), ("hero", _("Large picture"))):
        if getattr(old, name) != getattr(new, name):
            changes.append(_("%(what)s changed") % {"what": label})
    return changes + _describe_sections(old, new)


def _describe_theme(old: Design, new: Design) -> list[str]:
    labels = {
        "brand": _("Brand color"),
        "accent": _("Accent color"),
        "surface": _("Page color"),
        "ink": _("Text color"),
        "display": _("Heading font"),
        "body": _("Text font"),
        "corners": _("Corners"),
        "density": _("Spacing"),
    }
    before, after = old.theme.to_dict(), new.theme.to_dict()
    return [
        _("%(what)s: %(before)s is now %(after)s")
        % {
            "what": label,
            "before": name_choice(name, before[name]),
            "after": name_choice(name, after[name]),
        }
        for name, label in labels.items()
        if before[name] != after[name]
    ]


def _describe_sections(old: Design, new: Design) -> list[str]:
    changes = []
    for section in new.sections:
        before, label = old.section(section.key), SECTIONS[section.key].label
        if section.is_shown and not before.is_shown:
            changes.append(_("Section “%(name)s” is shown") % {"name": label})
        elif before.is_shown and not section.is_shown:
            changes.append(_("Section “%(name)s” is hidden") % {"name": label})
        if section.settings != before.settings:
            changes.append(_("Section “%(name)s” says something else") % {"name": label})
    if old.template == new.template and [s.key for s in old.shown] != [s.key for s in new.shown]:
        kept = {s.key for s in old.shown} & {s.key for s in new.shown}
        orders = [[s.key for s in design.shown if s.key in kept] for design in (old, new)]
        if orders[0] != orders[1]:
            changes.append(_("Sections stand in another order"))
    return changes
