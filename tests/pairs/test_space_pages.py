"""What people changed by hand in a pair's group in Moodle, on the pair's page and on «Сегодня»."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.pairs import errors, queries, service
from moodle_mentorship.pairs.enums import EndReason, Mark
from moodle_mentorship.pairs.models import Pair, SpaceMember
from tests.conftest import NOW, SignIn
from tests.pairs.conftest import Two
from tests.pairs.test_jobs import several

Csrf = Callable[[FlaskClient], str]


def changed(two: Two, **values: Any) -> Pair:
    """A pair at work in whose group people have changed all that can be changed."""
    pair = two.ordered()
    two.session.scalars(select(OutboxItem)).one().state = OutboxState.DELIVERED
    space = pair.space
    space.moodle_group_id, space.noticed_at, space.found_name, space.strangers = 7, NOW, "Наша пара", 2
    space.noticed = ["renamed", "taken_out", "guests", "ungrouped", "silenced"]
    for name, value in values.items():
        setattr(space, name, value)
    members = {"school_id": two.school.id, "space_id": space.id}
    two.session.add_all(
        [
            SpaceMember(**members, person_id=two.mentor.id, mark=Mark.PLACED),
            SpaceMember(**members, person_id=two.mentee.id, mark=Mark.TAKEN_OUT),
            SpaceMember(**members, person_id=two.school.teachers[2].id, mark=Mark.GUEST),
        ]
    )
    two.session.commit()
    return pair


def text_of(client: FlaskClient, address: str) -> str:
    return client.get(address).text.replace("\u00a0", " ")


SENTENCES = (
    "Группа теперь называется «Наша пара»",
    "Выведены из группы: Зайцев П. А.",
    "2 человека не из списка педагогов",
    "Группу убрали из потока учебного года",
    "Беседу группы выключили",
)


def test_the_pairs_page_says_what_was_changed(sign_in: SignIn, two: Two, other_two: Two) -> None:
    pair = changed(two)
    theirs = other_two.ordered()
    two.session.commit()
    page = text_of(sign_in(two.school, two.school.curator), f"/pairs/{pair.id}")
    assert all(sentence in page for sentence in SENTENCES)
    guest = two.school.teachers[2].short_name.replace("\u00a0", " ")
    assert f"Добавлены в группу: {guest}, 2 человека" in page
    assert "Вернуть как было" in page
    assert "Оставить так" in page
    assert "Вернуть как было" not in text_of(sign_in(other_two.school, other_two.school.curator), f"/pairs/{theirs.id}")


def test_a_deleted_group_is_not_said_to_be_there(sign_in: SignIn, two: Two) -> None:
    pair = changed(two, noticed=["gone"])
    page = text_of(sign_in(two.school, two.school.curator), f"/pairs/{pair.id}")
    assert "Группы в курсе больше нет: её удалили" in page
    assert "Её группа — в курсе Moodle" not in page


def test_a_director_reads_and_changes_nothing(sign_in: SignIn, csrf: Csrf, two: Two) -> None:
    pair = changed(two)
    director = sign_in(two.school, two.school.director)
    page = text_of(director, f"/pairs/{pair.id}")
    assert SENTENCES[0] in page
    assert "Вернуть как было" not in page
    for act in ("restore", "leave"):
        answer = director.post(f"/pairs/{pair.id}/space/{act}", data={"csrf_token": csrf(director)})
        assert answer.status_code == 403


@pytest.mark.parametrize("act", ["restore", "leave"])
def test_the_same_over_rest(sign_in: SignIn, csrf: Csrf, two: Two, other_two: Two, act: str) -> None:
    pair, theirs = changed(two), other_two.ordered()
    two.session.commit()
    director = sign_in(two.school, two.school.director)
    told = director.get(f"/api/v1/pairs/{pair.id}/space").get_json()
    assert (told["noticed"], told["left_at"]) == (["renamed", "taken_out", "guests", "ungrouped", "silenced"], None)
    path, headers = f"/api/v1/pairs/{pair.id}/space/{act}", {"X-CSRF-Token": csrf(director)}
    assert director.post(path, headers=headers).status_code == 403
    curator = sign_in(two.school, two.school.curator)
    headers = {"X-CSRF-Token": csrf(curator)}
    assert curator.post(path, headers=headers).get_json()["left_at"] == NOW.isoformat()
    assert curator.post(f"/api/v1/pairs/{theirs.id}/space/{act}", headers=headers).status_code == 404


@pytest.mark.parametrize(("act", "notice"), [("restore", "space_restored"), ("leave", "space_left")])
def test_one_click_and_the_task_is_gone(sign_in: SignIn, csrf: Csrf, two: Two, act: str, notice: str) -> None:
    pair = changed(two)
    curator = sign_in(two.school, two.school.curator)
    assert "1 группу в Moodle изменили вручную" in text_of(curator, "/")
    for _ in range(2):
        answer = curator.post(f"/pairs/{pair.id}/space/{act}", data={"csrf_token": csrf(curator)})
        assert answer.location == f"/pairs/{pair.id}?done={notice}"
    assert "изменили вручную" not in text_of(curator, "/")
    two.session.expire_all()
    items = [item.payload for item in two.session.scalars(select(OutboxItem).order_by(OutboxItem.id))][1:]
    restored = [{"space_id": pair.space_id, "restore": True}] if act == "restore" else []
    assert (items, pair.space.left_at) == (restored, NOW)
    acts = two.session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == pair.id)).all()
    assert acts.count(f"pair.{act}_space") == 1
    page = text_of(curator, f"/pairs/{pair.id}")
    assert ("Возвращаем как было." in page, "Оставить так" in page) == (act == "restore", False)
    assert SENTENCES[0] in page


def test_what_was_left_may_still_be_put_back(two: Two) -> None:
    pair = changed(two)
    service.leave_space(two.session, two.curator, pair.id, NOW)
    service.restore_space(two.session, Jobs(), two.curator, pair.id, NOW + timedelta(days=1))
    assert queries.restoring(two.session, two.school.id, service.stream_of(pair.space_id))


def test_where_nothing_was_changed_nothing_is_done(two: Two) -> None:
    pair = two.ordered()
    before = len(two.session.scalars(select(OutboxItem)).all())
    service.restore_space(two.session, Jobs(), two.curator, pair.id, NOW)
    service.leave_space(two.session, two.curator, pair.id, NOW)
    assert len(two.session.scalars(select(OutboxItem)).all()) == before
    assert pair.space.left_at is None


def test_another_schools_curator_and_an_ended_pair(two: Two, other_two: Two) -> None:
    pair = changed(two)
    with pytest.raises(NotFound):
        service.restore_space(two.session, Jobs(), other_two.curator, pair.id, NOW)
    with pytest.raises(NotFound):
        service.leave_space(two.session, other_two.curator, pair.id, NOW)
    assert queries.pairs_changed_by_hand(two.session, other_two.school.id) == []
    assert [row.id for row in queries.pairs_changed_by_hand(two.session, two.school.id)] == [pair.id]
    service.end(two.session, Jobs(), two.curator, pair.id, EndReason.COMPLETED, NOW)
    assert queries.pairs_changed_by_hand(two.session, two.school.id) == []
    with pytest.raises(errors.PairMovedOn):
        service.restore_space(two.session, Jobs(), two.curator, pair.id, NOW)


def test_several_pairs_of_one_group_are_one_task(two: Two) -> None:
    """The group is changed, not each of its pairs."""
    first, second = several(two, 2)
    second.space.noticed, second.space.noticed_at = ["gone"], NOW
    two.session.commit()
    assert [row.id for row in queries.pairs_changed_by_hand(two.session, two.school.id)] == [first.id]
