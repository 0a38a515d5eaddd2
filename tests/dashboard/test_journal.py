"""The journal: every act has its words, names are looked up when it is read, one school's journal is its own."""

import ast
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import moodle_mentorship
from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.dashboard.journal import ACTIONS, OBJECTS
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool


def recorded(argument: int) -> set[str]:
    """What stands as that argument in calls of `audit.record` in the package: 2 the action, 3 the kind of object."""
    found = set()
    for path in Path(moodle_mentorship.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"record", "audit.record"}:
                found |= {
                    text.value
                    for text in ast.walk(node.args[argument])
                    if isinstance(text, ast.Constant) and isinstance(text.value, str)
                }
    return found


def test_every_recorded_action_has_its_words() -> None:
    # An action put together at run time shows only its beginning in the code.
    whole = {action for action in recorded(2) if not action.endswith(".")}
    assert sorted(whole - ACTIONS.keys()) == []
    assert len(recorded(2)) > 20


def test_every_kind_of_object_has_its_words() -> None:
    """A person stands there by name."""
    assert sorted(recorded(3) - OBJECTS.keys()) == ["person"]


def test_names_are_looked_up_and_other_schools_stay_out(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    teacher = school.teachers[0]
    audit.record(session, school.actor(), "role.appoint", "person", teacher.id, NOW, role="clerk")
    audit.record(session, system_actor(school.id), "sync.ask", "sync_pass", 3, NOW)
    audit.record(session, other_school.actor(), "school.update", "school", other_school.id, NOW)
    session.commit()
    client = sign_in(school, None, site_administrator=True)
    page = body(client, "/journal/")
    assert page.count("<tr>") == 3
    table = page.split("<tbody>")[1]
    assert table.index("Синхронизация запрошена") < table.index("Роль назначена")
    assert ("Белова\u00a0М.\u00a0П." in page, "Соколова\u00a0Е.\u00a0В." in page) == (True, True)
    assert body(client, "/journal/?action=role.appoint").count("<tr>") == 2
    assert body(client, "/journal/?actor=system").count("<tr>") == 2
    assert body(client, f"/journal/?actor={other_school.curator.id}").count("<tr>") == 0


def test_paging_goes_back_in_time_and_forth(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    for number in range(120):
        audit.record(session, school.actor(), "site.add", "site", 1000 + number, NOW)
    session.commit()
    client = sign_in(school, school.curator)
    addresses, seen = ["/journal/?action=site.add"], []
    while addresses:
        page = body(client, addresses.pop()).replace("&amp;", "&")
        seen.append(page.count("<tr>") - 1)
        if 'rel="next"' in page:
            addresses.append(page.split('rel="next" href="')[1].split('"')[0])
    assert seen == [50, 50, 20]
    assert "1000" in page
    assert 'rel="prev"' in page


def body(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)
