"""DOCX from a layout and values. Layouts are Word files with tags of docxtpl (made by scripts/make_layouts.py)."""

import io
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def fill(layout: str, values: Mapping[str, Any]) -> bytes:
    """The document that `files/layouts/<layout>.docx` becomes with these values.

    Values are escaped, and a layout can only read them (a school may bring layouts of its own one day): a tag that
    names something else raises `jinja2.UndefinedError`.
    """
    template = DocxTemplate(io.BytesIO((files(__package__) / "layouts" / f"{layout}.docx").read_bytes()))
    # Autoescape writes `&` and `<` as XML wants them.
    template.render(dict(values), SandboxedEnvironment(autoescape=True, undefined=StrictUndefined))
    target = io.BytesIO()
    template.save(target)
    return target.getvalue()
