"""Each row has its test."""

import importlib
import pkgutil

import tests.lti.negative
from tests.lti.negative.rows import COVERED, ROWS


def test_every_row_has_a_test_that_pytest_finds() -> None:
    for module in pkgutil.iter_modules(tests.lti.negative.__path__, "tests.lti.negative."):
        if module.name.rpartition(".")[2].startswith("test_"):
            importlib.import_module(module.name)
    assert sorted(set(ROWS) - set(COVERED)) == []
    assert sorted(name for name in COVERED.values() if not name.rpartition("::")[2].startswith("test_")) == []
