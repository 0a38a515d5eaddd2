"""Each row has its test."""

import importlib
import pkgutil
from pathlib import Path

import tests.lti.negative
from tests.lti.negative.rows import COVERED, ELSEWHERE, ROWS

ROOT = Path(__file__).parents[3]


def test_every_row_has_a_test_that_pytest_finds() -> None:
    for module in pkgutil.iter_modules(tests.lti.negative.__path__, "tests.lti.negative."):
        if module.name.rpartition(".")[2].startswith("test_"):
            importlib.import_module(module.name)
    assert sorted(set(ROWS) - set(COVERED)) == []
    assert sorted(name for name in COVERED.values() if not name.rpartition("::")[2].startswith("test_")) == []


def test_rows_with_tests_elsewhere_have_them() -> None:
    missing = []
    for name, test in ELSEWHERE.items():
        path, _, function = test.partition("::")
        if f"def {function}(" not in (ROOT / path).read_text(encoding="utf-8"):
            missing.append(f"{name}: {test}")
    assert missing == []
