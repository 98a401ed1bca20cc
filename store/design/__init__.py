"""A store's look: what it can be made of (specs), and one look as a value (values)."""

from store.design.specs import SECTIONS, TEMPLATES, SectionSpec, Setting, TemplateSpec, Value
from store.design.values import DEFAULT_TEMPLATE, Design, InvalidDesign, Section, check_setting

__all__ = [
    "DEFAULT_TEMPLATE",
    "SECTIONS",
    "TEMPLATES",
    "Design",
    "InvalidDesign",
    "Section",
    "SectionSpec",
    "Setting",
    "TemplateSpec",
    "Value",
    "check_setting",
]
