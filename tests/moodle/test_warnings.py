"""No function of Moodle's is called without its warnings being read."""

import re
from pathlib import Path

import pytest

import moodle_mentorship
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.functions import Function
from tests.moodle.test_client import Answer, once, recorded

PACKAGE = Path(moodle_mentorship.__file__).parent
NEWS = {"item": "rank", "itemid": 0, "warningcode": "unknownprofilefield", "message": "…"}


@pytest.mark.parametrize("function", Function)
def test_a_warning_that_nobody_accounts_for_is_an_error_of_every_function(function: Function) -> None:
    """What `core_user_get_users` answers to a key that it doesn't know: a warning beside everybody of the site."""
    with pytest.raises(errors.Warned) as caught:
        once(Answer(recorded("user_get_users_bad_key")["response"]["json"])).call(function, {})
    assert str(caught.value) == f"{function}: refused with invalidfieldparameter"


def test_news_accompany_a_good_answer_where_no_other_warning_stands_beside() -> None:
    assert {function: function.news for function in Function if function.news} == {
        Function.GET_STAFF: {"unknownprofilefield"},
        Function.GET_CHANGES: {"unknownprofilefield"},
    }
    good = {"people": [], "warnings": [NEWS]}
    assert once(Answer(good)).call(Function.GET_STAFF, {}) == good
    with pytest.raises(errors.Warned, match="nopermissions"):
        once(Answer({"warnings": [NEWS, NEWS | {"warningcode": "nopermissions"}]})).call(Function.GET_STAFF, {})


@pytest.mark.parametrize("warnings", ["x", {"warningcode": "a"}, [1], [{"item": "a"}]])
def test_warnings_of_another_shape_are_no_good_answer(warnings: object) -> None:
    with pytest.raises(errors.UnexpectedAnswer):
        once(Answer({"people": [], "warnings": warnings})).call(Function.GET_STAFF, {})


def test_there_is_one_door_to_moodle() -> None:
    """Nothing else speaks to the REST server, and the function that answers everybody by mistake isn't known at all."""
    sources = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    speaking = {name for name, text in sources.items() if "wsfunction" in text and not name.startswith("demo/moodle/")}
    naming = {name for name, text in sources.items() if re.search(r"core_user_get_users(?!_by_field)", text)}
    assert (speaking, naming) == ({"moodle/client.py"}, set())
