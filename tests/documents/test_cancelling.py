"""The page on which a document is declared no longer in force."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moodle_mentorship.core.actor import Role
from moodle_mentorship.documents import service
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.views import KINDS as REGISTRY
from tests.conftest import NOW, SignIn
from tests.documents.conftest import Life
from tests.factories import grant

Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def client(app: Flask, life: Life, sign_in: SignIn) -> FlaskClient:
    app.extensions[REGISTRY].add(*life.kinds)
    return sign_in(life.school, life.school.curator)


def said(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.text.replace("\u00a0", " ").replace("&nbsp;", " ").split())


def test_the_page_names_what_follows_and_both_documents_point_at_each_other(
    client: FlaskClient, csrf: Csrf, life: Life
) -> None:
    old, new = life.register(), life.another("144-ОД")
    life.session.commit()
    path = f"/documents/{old.id}/cancel"
    assert path in said(client, f"/documents/{old.id}")
    page = said(client, path)
    assert f'value="{new.id}"' in page
    assert f'value="{old.id}"' not in page
    assert "2 человека, которые не расписались в листе ознакомления" in page
    answer = client.post(path, data={"csrf_token": csrf(client), "by_id": new.id})
    assert answer.location == f"/documents/{old.id}?done=document_cancelled"
    page = said(client, f"/documents/{old.id}")
    assert f'<a href="/documents/{new.id}">О сверке, <span class="k-nb">№ 144-ОД' in page
    assert path not in page
    assert f'<a href="/documents/{old.id}">О сверке, <span class="k-nb">№ 143-ОД' in said(
        client, f"/documents/{new.id}"
    )
    # An old tab: the page of the document, and twice is once.
    assert client.get(path).location == f"/documents/{old.id}"
    assert client.post(path, data={"csrf_token": csrf(client), "by_id": new.id}).status_code == 303
    # What has cancelled another one says so before it is cancelled itself.
    life.another("145-ОД")
    life.session.commit()
    assert "1 документ, который он отменил, снова в силу не вступит" in said(client, f"/documents/{new.id}/cancel")


def test_only_later_ones_are_offered_the_latest_first_and_found(client: FlaskClient, life: Life) -> None:
    document = life.register(life.sign(day=date(2026, 11, 20)), "140-ОД")
    earlier = life.register(life.sign(life.lay(life.begin(turn=1)), day=date(2026, 11, 19)), "139-ОД")
    same_day = life.register(life.sign(life.lay(life.begin(turn=2)), day=date(2026, 11, 20)), "141-ОД")
    later = life.another("144-ОД")
    signed = life.sign(life.lay(life.begin(turn=3)))
    gone = life.another("145-ОД")
    service.cancel(life.kinds, life.moment, gone.id, later.id)
    life.session.commit()
    page = said(client, f"/documents/{document.id}/cancel")
    offered = [one for one in (earlier, same_day, later, signed, gone) if f'value="{one.id}"' in page]
    assert offered == [same_day, later]
    assert page.index(f'value="{later.id}"') < page.index(f'value="{same_day.id}"')
    found = said(client, f"/documents/{document.id}/cancel?q=144")
    assert f'value="{later.id}"' in found
    assert f'value="{same_day.id}"' not in found
    assert "Таких документов нет" in said(client, f"/documents/{document.id}/cancel?q=999")


def test_without_another_document_the_page_says_what_to_do(client: FlaskClient, life: Life) -> None:
    document = life.register()
    life.session.commit()
    page = said(client, f"/documents/{document.id}/cancel")
    assert "Документа, который мог бы его отменить, пока нет" in page
    assert "из журнала «Приказы»" in page
    assert "/documents/new" in page


@pytest.mark.parametrize("choice", ["nothing", "itself", "a draft", "an earlier one"])
def test_a_wrong_choice_changes_nothing(client: FlaskClient, csrf: Csrf, life: Life, choice: str) -> None:
    document = life.register()
    life.another("144-ОД")
    earlier = life.register(life.sign(life.lay(life.begin(turn=1)), day=date(2026, 11, 19)), "139-ОД")
    by = {
        "nothing": "",
        "itself": str(document.id),
        "a draft": str(life.begin(turn=9).id),
        "an earlier one": str(earlier.id),
    }
    life.session.commit()
    answer = client.post(f"/documents/{document.id}/cancel", data={"csrf_token": csrf(client), "by_id": by[choice]})
    assert answer.status_code == (422 if choice == "nothing" else 409)
    assert 'id="e-by_id"' in answer.text
    life.session.expire_all()
    assert document.state is DocumentState.REGISTERED


def test_the_clerk_does_it_too_and_another_schools_document_is_none(
    app: Flask, client: FlaskClient, csrf: Csrf, life: Life, other_life: Life, sign_in: SignIn
) -> None:
    clerk = life.school.teachers[3]
    grant(life.session, clerk, Role.CLERK, NOW)
    old, foreign = life.register(), other_life.register()
    client = sign_in(life.school, clerk)
    life.session.commit()
    page = said(client, f"/documents/{old.id}/cancel")
    assert "Документа, который мог бы его отменить, пока нет" in page
    assert "/documents/new" not in page
    wrong = client.post(f"/documents/{old.id}/cancel", data={"csrf_token": csrf(client), "by_id": foreign.id})
    assert wrong.status_code == 404
    new = life.another("144-ОД")
    life.session.commit()
    answer = client.post(f"/documents/{old.id}/cancel", data={"csrf_token": csrf(client), "by_id": new.id})
    assert answer.status_code == 303
    life.session.expire_all()
    assert (old.state, old.cancelled_by_id) == (DocumentState.CANCELLED, new.id)
