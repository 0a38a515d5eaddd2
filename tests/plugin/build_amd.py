"""Builds the plugin's AMD modules: the source without comments and spare white space, under its full name.

Moodle serves `amd/build/*.min.js` and no source. Its own build needs Node and a whole Moodle; for a few lines without
imports this is enough: `python tests/plugin/build_amd.py` writes the files, and `test_static.py` compares them.
"""

import re
from pathlib import Path

PLUGIN = Path(__file__).resolve().parents[2] / "plugin_php_stub"

# Strings first, so that what looks like a comment inside one is left alone.
_TOKEN = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|/\*.*?\*/|//[^\n]*""", re.DOTALL)


def built(source: Path) -> str:
    """What `amd/build` must hold for a module in `amd/src`."""
    parts = re.split(r'("(?:\\.|[^"\\])*")', _TOKEN.sub(lambda match: match.group(1) or " ", source.read_text("utf-8")))
    code = "".join(part if part.startswith('"') else _squeezed(part) for part in parts).strip()
    return code.replace("define(", f'define("local_mentorship/{source.stem}",', 1) + "\n"


def _squeezed(code: str) -> str:
    return re.sub(r" ?([{}()\[\];,:=<>!|&?+*-]) ?", r"\1", re.sub(r"\s+", " ", code))


def target(source: Path) -> Path:
    return source.parents[1] / "build" / f"{source.stem}.min.js"


if __name__ == "__main__":
    for module in sorted((PLUGIN / "amd" / "src").glob("*.js")):
        target(module).parent.mkdir(exist_ok=True)
        target(module).write_text(built(module), "utf-8")
