"""DOCX from a layout and values. Layouts are Word files with tags of docxtpl (made by scripts/make_layouts.py)."""

import io
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def layout(name: str) -> bytes:
    """A shipped layout, `files/layouts/<name>.docx`."""
    return (files(__package__) / "layouts" / f"{name}.docx").read_bytes()


def fill(template: bytes, values: Mapping[str, Any]) -> bytes:
    """The document that a template becomes with these values.

    Values are escaped, and a template can only read them (a school brings templates of its own): a tag that names
    something else raises `jinja2.UndefinedError`.
    """
    document = DocxTemplate(io.BytesIO(template))
    # Autoescape writes `&` and `<` as XML wants them.
    document.render(dict(values), SandboxedEnvironment(autoescape=True, undefined=StrictUndefined))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
