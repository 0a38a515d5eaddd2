"""Verbs of questionnaires: taking over, asking, saving, sending off."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import ClosedWhy, GroundKind
from moodle_mentorship.consents.errors import NoGround
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.consents.service import close_processing
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.grounds import Grounds, Purpose
from moodle_mentorship.core.schemas import NOT_OFFERED, REQUIRED
from moodle_mentorship.people.enums import Category, Source, StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import errors, queries, service
from moodle_mentorship.surveys.enums import Kind, VersionState
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.models import Participant, Questionnaire, Response, Round, Theme, Version
from moodle_mentorship.surveys.ready import THEMES
from tests.conftest import NOW
from tests.factories import BOX, TestSchool, make_ground, make_round, make_school

TODAY = NOW.date()
NEED: dict[str, Any] = {"hardest": ["discipline"], "levels": {"discipline": 3, "parents": 1}, "help": ["visit"]}


def save(session: Session, actor: Actor, round_id: int, said: dict[str, Any], **changes: Any) -> service.Sheet:
    values: dict[str, Any] = {"version": 1, "today": TODAY, "now": NOW} | changes
    return service.save(session, BOX, actor, round_id, said=said, **values)


def submit(session: Session, actor: Actor, round_id: int, said: dict[str, Any], **changes: Any) -> service.Sheet:
    values: dict[str, Any] = {"version": 1, "revision": 0, "listeners": Submitted(), "today": TODAY, "now": NOW}
    return service.submit(session, BOX, actor, round_id, said=said, **values | changes)


def acts(session: Session, school: TestSchool) -> list[str]:
    statement = select(AuditEvent.action).where(AuditEvent.school_id == school.id).order_by(AuditEvent.id)
    return list(session.scalars(statement))


def test_ready_made_questionnaires_are_taken_over_once(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    first = service.take_ready_made(session, school.actor(), NOW)
    second = service.take_ready_made(session, school.actor(), NOW)
    assert [one.code for one in first] == ["need", "offer", "pulse", "finish_mentee", "finish_mentor"]
    assert second == []
    assert acts(session, school) == ["questionnaire.take"] * 5
    assert [row.version for row in queries.questionnaires(session, school.id)] == [1] * 5
    assert [(theme.code, theme.title) for theme in queries.themes(session, school.id)] == list(THEMES)
    assert queries.questionnaires(session, other_school.id) == []
    assert session.scalar(select(func.count()).where(Theme.school_id == other_school.id)) == 0


def test_the_schools_own_themes_stand_in_the_questionnaires(session: Session, school: TestSchool) -> None:
    session.add(Theme(school_id=school.id, code="robots", title="Робототехника", place=0))
    service.take_ready_made(session, school.actor(), NOW)
    need = queries.by_code(session, school.id, "need")
    assert need is not None
    stored = queries.published(session, school.id, need.id).content
    assert stored["sections"][0]["items"][1]["themes"] == [{"code": "robots", "title": "Робототехника"}]


def test_a_round_asks_who_is_employed(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    gone, suspended, *staying = school.teachers
    gone.status, suspended.suspended = StaffStatus.LEFT, True
    session.flush()
    asked = make_round(session, school, [*school.teachers, *other_school.teachers], NOW)
    found = session.scalars(select(Participant.person_id).where(Participant.round_id == asked.id)).all()
    assert sorted(found) == sorted(person.id for person in staying)
    assert acts(session, school)[-1] == "survey.start"
    with pytest.raises(errors.NobodyToAsk):
        make_round(session, school, [gone, *other_school.teachers], NOW)


def test_a_second_click_asks_nobody_twice(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    gone, *staying = school.teachers
    first = make_round(session, school, school.teachers, NOW)
    gone.status = StaffStatus.LEFT
    session.flush()
    assert make_round(session, school, school.teachers, NOW).id == first.id
    assert make_round(session, school, staying[:1], NOW).id == first.id
    assert acts(session, school).count("survey.start") == 1
    with pytest.raises(errors.NobodyToAsk):
        make_round(session, school, [gone], NOW)
    # Other days, another questionnaire, somebody who is not asked yet, another school, and after its end: a round anew.
    others = [
        make_round(session, school, staying, NOW, days=7),
        make_round(session, school, staying, NOW, code="pulse"),
        make_round(session, school, [*staying, school.curator], NOW),
        make_round(session, other_school, other_school.teachers, NOW),
    ]
    service.close_round(session, school.actor(), first.id, NOW)
    service.close_round(session, school.actor(), others[2].id, NOW)
    others.append(make_round(session, school, staying, NOW))
    assert len({first.id, *(asked.id for asked in others)}) == 6


def test_of_several_rounds_of_a_day_everybody_has_their_own(session: Session, school: TestSchool) -> None:
    one, two = school.teachers[:2]
    first, second = make_round(session, school, [one], NOW), make_round(session, school, [two], NOW)
    both = make_round(session, school, [one, two], NOW)
    assert len({first.id, second.id, both.id}) == 3
    assert make_round(session, school, [two], NOW).id == second.id
    assert make_round(session, school, [one, two], NOW).id == both.id


@pytest.mark.parametrize(("first", "last"), [(0, -1), (0, 367)])
def test_the_days_of_a_round_make_sense(session: Session, school: TestSchool, first: int, last: int) -> None:
    questionnaire = service.take_ready_made(session, school.actor(), NOW)[0]
    with pytest.raises(Invalid) as refused:
        service.start_round(
            session,
            school.actor(),
            questionnaire_id=questionnaire.id,
            people=select(Person.id),
            opens_on=TODAY + timedelta(days=first),
            closes_on=TODAY + timedelta(days=last),
            now=NOW,
        )
    assert set(refused.value.errors) == {"closes_on"}


def test_another_schools_questionnaire_can_not_be_asked(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    foreign = service.take_ready_made(session, other_school.actor(), NOW)[0]
    with pytest.raises(NotFound):
        service.start_round(
            session,
            school.actor(),
            questionnaire_id=foreign.id,
            people=select(Person.id),
            opens_on=TODAY,
            closes_on=TODAY,
            now=NOW,
        )


def test_people_are_put_into_the_open_round(session: Session, school: TestSchool) -> None:
    one, two, *_others = school.teachers
    service.take_ready_made(session, school.actor(), NOW)
    first = service.ask(session, school.actor(), "offer", [one.id], TODAY, school.school.year_ends, NOW)
    again = service.ask(session, school.actor(), "offer", [one.id, two.id], TODAY, school.school.year_ends, NOW)
    assert (again.id, first.opens_on, first.closes_on) == (first.id, TODAY, date(2027, 8, 31))
    assert queries.shares(session, school.id, [first.id]) == {first.id: queries.Share(2, 0)}
    service.close_round(session, school.actor(), first.id, NOW)
    later = service.ask(session, school.actor(), "offer", [one.id], TODAY, school.school.year_ends, NOW)
    assert later.id != first.id
    with pytest.raises(errors.NothingPublished):
        service.ask(session, school.actor(), "unknown", [one.id], TODAY, TODAY, NOW)


def test_a_draft_grows_by_parts_and_an_answer_can_be_taken_back(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked, me = make_round(session, school, [teacher], NOW), school.actor(teacher)
    save(session, me, asked.id, {"hardest": ["parents"]})
    save(session, me, asked.id, {"teach": "Интерактивная доска", "levels": {"parents": "2"}})
    sheet = save(session, me, asked.id, {"hardest": None}, now=NOW + timedelta(minutes=5))
    assert sheet.values == {"teach": "Интерактивная доска", "levels": {"parents": 2}}
    assert (sheet.revision, sheet.sent) == (3, False)
    assert sheet.response is not None
    assert (sheet.response.started_at, sheet.response.saved_at) == (NOW, NOW + timedelta(minutes=5))
    # A draft is no act.
    assert acts(session, school)[-1] == "survey.start"


def test_an_answer_that_does_not_fit_changes_nothing(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked, me = make_round(session, school, [teacher], NOW), school.actor(teacher)
    save(session, me, asked.id, {"teach": "Доска"})
    with pytest.raises(Invalid) as refused:
        save(session, me, asked.id, {"teach": "Иное", "help": ["dance"]})
    assert refused.value.errors == {"answers": {"help": [NOT_OFFERED]}}
    assert service.sheet(session, BOX, school.id, asked.id, teacher.id).values == {"teach": "Доска"}


def test_a_private_answer_is_stored_sealed(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked, me = make_round(session, school, [teacher], NOW), school.actor(teacher)
    sheet = save(session, me, asked.id, {"vetoes": "Не с Зайцевым", "teach": "Доска"})
    response = sheet.response
    assert response is not None
    assert (sheet.values, response.answers) == ({"vetoes": "Не с Зайцевым", "teach": "Доска"}, {"teach": "Доска"})
    assert response.sealed_private is not None
    assert "Зайцев" not in response.sealed_private
    submit(session, me, asked.id, NEED | {"vetoes": "Не с Зайцевым"}, revision=1)
    latest = queries.latest_answers(session, school.id, teacher.id, "need")
    assert latest is not None
    assert "vetoes" not in latest.values
    sent = service.last_sent(session, BOX, school.id, teacher.id, "need")
    assert sent is not None
    assert sent.values == NEED | {"vetoes": "Не с Зайцевым", "teach": "Доска"}
    assert service.last_sent(session, BOX, school.id, school.director.id, "need") is None


def test_a_questionnaire_is_sent_once_and_listeners_hear_of_it(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked, me = make_round(session, school, [teacher], NOW), school.actor(teacher)
    heard: list[tuple[int, dict[str, Any]]] = []
    listeners = Submitted()
    listeners.add(lambda session, actor, response, now: heard.append((response.person_id, response.answers)))
    first = submit(session, me, asked.id, NEED, listeners=listeners)
    second = submit(session, me, asked.id, {"teach": "Другое"}, listeners=listeners, now=NOW + timedelta(hours=1))
    assert (first.values, second.values) == (NEED, NEED)
    assert second.response is not None
    assert second.response.submitted_at == NOW
    assert heard == [(teacher.id, NEED)]
    assert acts(session, school)[-1] == "survey.submit"
    assert acts(session, school).count("survey.submit") == 1
    with pytest.raises(errors.AlreadySubmitted):
        save(session, me, asked.id, {"teach": "Поздно"})


def test_what_is_required_must_be_answered(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked, me = make_round(session, school, [teacher], NOW), school.actor(teacher)
    with pytest.raises(Invalid) as refused:
        submit(session, me, asked.id, {"hardest": ["parents"]})
    assert refused.value.errors == {"answers": {"levels": [REQUIRED], "help": [REQUIRED]}}


def test_an_answer_that_is_not_asked_any_more_is_not_sent(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked, me = make_round(session, school, [teacher], NOW), school.actor(teacher)
    save(session, me, asked.id, {"levels": {"parents": 3}, "urgent": "Собрание завтра"})
    sent = submit(session, me, asked.id, NEED | {"levels": {"parents": 1}, "urgent": "Собрание завтра"}, revision=1)
    assert sent.values == NEED | {"levels": {"parents": 1}}


def test_two_windows_that_answer_different_questions_both_win(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked, me = make_round(session, school, [teacher], NOW), school.actor(teacher)
    save(session, me, asked.id, {"help": ["visit"]})
    assert save(session, me, asked.id, {"hardest": ["parents"]}).values == {"help": ["visit"], "hardest": ["parents"]}


def test_a_window_that_knows_less_does_not_overwrite(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked, me = make_round(session, school, [teacher], NOW), school.actor(teacher)
    save(session, me, asked.id, {"teach": "Доска"})
    # The other window was opened before that, and sends the whole form with an empty field.
    with pytest.raises(errors.ChangedElsewhere):
        submit(session, me, asked.id, NEED | {"teach": ""}, revision=0)
    assert submit(session, me, asked.id, NEED | {"teach": ""}, revision=1).values == NEED


def test_a_late_autosave_of_the_same_answers_is_no_conflict(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked, me = make_round(session, school, [teacher], NOW), school.actor(teacher)
    save(session, me, asked.id, NEED)
    assert submit(session, me, asked.id, NEED, revision=0).sent


def test_answers_stay_with_the_version_they_began(session: Session, school: TestSchool) -> None:
    one, two = school.teachers[:2]
    asked = make_round(session, school, [one, two], NOW)
    save(session, school.actor(one), asked.id, {"teach": "Доска"})
    old = queries.published(session, school.id, asked.questionnaire_id)
    changed = {**old.content, "intro": "Новое"}
    session.add(
        Version(
            school_id=school.id,
            questionnaire_id=asked.questionnaire_id,
            kind=Kind.NEED,
            number=2,
            state=VersionState.PUBLISHED,
            content=changed,
            published_at=NOW,
        )
    )
    session.flush()
    begun = save(session, school.actor(one), asked.id, {"hardest": ["parents"]}, version=2)
    fresh = service.sheet(session, BOX, school.id, asked.id, two.id)
    # Whose page was open already answers what it showed.
    open_page = save(session, school.actor(two), asked.id, {"teach": "Доска"}, version=1)
    assert [(sheet.version.number, sheet.newer) for sheet in (begun, fresh, open_page)] == [
        (1, True),
        (2, False),
        (1, True),
    ]


@pytest.mark.parametrize("moment", ["before", "after", "closed"])
def test_a_round_takes_answers_only_while_it_lasts(session: Session, school: TestSchool, moment: str) -> None:
    teacher = school.teachers[0]
    asked, me = make_round(session, school, [teacher], NOW, days=3), school.actor(teacher)
    if moment == "closed":
        service.close_round(session, school.actor(), asked.id, NOW)
        service.close_round(session, school.actor(), asked.id, NOW)
        assert acts(session, school).count("survey.close") == 1
    today = {"before": TODAY - timedelta(days=1), "after": TODAY + timedelta(days=4), "closed": TODAY}[moment]
    for act in (save, submit):
        with pytest.raises(errors.RoundClosed):
            act(session, me, asked.id, NEED, today=today)
    assert queries.waiting(session, school.id, teacher.id, today) == []


def test_who_is_not_asked_answers_nothing(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW)
    for actor, refusal in (
        (school.actor(school.teachers[1]), errors.NotAsked),
        (Actor(school.id, None, frozenset()), errors.NotAsked),
        (other_school.actor(other_school.teachers[0]), NotFound),
    ):
        for act in (save, submit):
            with pytest.raises(refusal):
                act(session, actor, asked.id, NEED)
    assert session.scalar(select(func.count()).select_from(Response)) == 0


def test_the_database_refuses_an_answer_of_somebody_who_is_not_asked(session: Session, school: TestSchool) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW)
    version = queries.published(session, school.id, asked.questionnaire_id)
    values = {
        "school_id": school.id,
        "round_id": asked.id,
        "version_id": version.id,
        "kind": Kind.NEED,
        "ground_id": make_ground(session, school.teachers[1], NOW).id,
        "answers": {},
        "revision": 1,
        "started_at": NOW,
        "saved_at": NOW,
    }
    ground_id = session.scalars(
        select(ProcessingGround.id).where(ProcessingGround.person_id == school.teachers[0].id)
    ).one()
    mine = {"person_id": school.teachers[0].id, "ground_id": ground_id}
    for wrong in ({"person_id": school.teachers[1].id}, mine | {"kind": Kind.OFFER}):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(Response).values(values | wrong))


def test_the_database_refuses_a_profile_without_a_ground(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW)
    strangers = make_ground(session, school.teachers[1], NOW)
    sheet = save(session, school.actor(teacher), asked.id, {"teach": "Доска"})
    assert sheet.response is not None
    assert sheet.response.ground_id is not None
    for wrong in (None, strangers.id):
        change = update(Response).where(Response.id == sheet.response.id).values(ground_id=wrong)
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(change)


def test_a_consent_withdrawn_half_way_stops_the_answering(session: Session, school: TestSchool) -> None:
    teacher, other = school.teachers[:2]
    asked = make_round(session, school, [teacher, other], NOW)
    me, grounds = school.actor(teacher), Grounds()
    save(session, me, asked.id, {"teach": "Доска"})
    submit(session, school.actor(other), asked.id, NEED)
    for person in (teacher, other):
        close_processing(
            session,
            grounds,
            me,
            person.id,
            Purpose.MENTEE_PROFILE,
            set(GroundKind),
            ClosedWhy.WITHDRAWN,
            NOW,
        )
    for act in (save, submit):
        with pytest.raises(NoGround):
            act(session, me, asked.id, NEED)
    assert queries.latest_answers(session, school.id, other.id, "need") is None
    assert service.last_sent(session, BOX, school.id, other.id, "need") is None
    # A new consent, and the draft is there again.
    make_ground(session, teacher, NOW, kind=GroundKind.ELECTRONIC_MARK)
    assert save(session, me, asked.id, {"hardest": ["parents"]}).values == {"teach": "Доска", "hardest": ["parents"]}


def test_the_monthly_pulse_is_no_profile(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW, code="pulse")
    sent = submit(session, school.actor(teacher), asked.id, {"met": "no", "support": "no"})
    assert sent.response is not None
    assert (sent.sent, sent.response.ground_id) == (True, None)


def test_the_latest_sent_answers_are_found(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    one, two, three = school.teachers[:3]
    first = make_round(session, school, [one, two, three], NOW)
    second = make_round(session, school, [one, two, three], NOW, days=15)
    submit(session, school.actor(one), first.id, NEED)
    newer = NEED | {"hardest": ["parents"]}
    submit(session, school.actor(one), second.id, newer, now=NOW + timedelta(days=1))
    submit(session, school.actor(two), first.id, NEED)
    save(session, school.actor(three), first.id, NEED)
    found = queries.latest_of(session, school.id, [one.id, two.id, three.id], "need")
    assert {person: (row.values, row.version) for person, row in found.items()} == {
        one.id: (newer, 1),
        two.id: (NEED, 1),
    }
    assert queries.latest_answers(session, school.id, one.id, "offer") is None
    assert queries.latest_answers(session, other_school.id, one.id, "need") is None


def test_of_twenty_simultaneous_sendings_one_counts(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        asked = make_round(session, school, school.teachers[:1], NOW)
        round_id, me = asked.id, school.actor(school.teachers[0])
    heard: list[int] = []
    listeners = Submitted()
    listeners.add(lambda session, actor, response, now: heard.append(response.id))
    revisions: list[bool] = []
    start = threading.Barrier(20)

    def click() -> None:
        start.wait()
        with database.unit_of_work() as session:
            revisions.append(submit(session, me, round_id, NEED, listeners=listeners).sent)

    together(20, click)
    with database.unit_of_work() as session:
        count = session.scalar(select(func.count()).select_from(Response))
        sent = session.scalar(select(func.count()).where(AuditEvent.action == "survey.submit"))
    database.engine.dispose()
    assert (count, sent, len(heard), revisions) == (1, 1, 1, [True] * 20)


def together(number: int, act: Callable[[], None]) -> None:
    threads = [threading.Thread(target=act) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_rounds_and_questionnaires_have_their_school(session: Session, school: TestSchool) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW)
    assert session.scalars(select(Round.id)).all() == [asked.id]
    twice = insert(Questionnaire).values(school_id=school.id, code="need", kind=Kind.NEED, title="Ещё", created_at=NOW)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(twice)


def correct(session: Session, actor: Actor, round_id: int, said: dict[str, Any], revision: int) -> service.Sheet:
    return service.submit(
        session,
        BOX,
        actor,
        round_id,
        version=1,
        revision=revision,
        said=said,
        listeners=Submitted(),
        correcting=True,
        today=TODAY,
        now=NOW + timedelta(hours=1),
    )


def test_what_was_sent_stays_in_force_until_its_correction_is_sent(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW)
    me = school.actor(teacher)
    first = NEED | {"vetoes": "Тайна"}
    service.submit(
        session,
        BOX,
        me,
        asked.id,
        version=1,
        revision=0,
        said=first,
        listeners=Submitted(),
        today=TODAY,
        now=NOW,
    )
    with pytest.raises(errors.AlreadySubmitted):
        save(session, me, asked.id, {"teach": "Доска"})
    begun = save(session, me, asked.id, {"teach": "Доска", "vetoes": "Другая тайна"}, correcting=True)
    assert (begun.values, begun.correcting) == (first | {"teach": "Доска", "vetoes": "Другая тайна"}, True)
    # The curator and the rooms above still read what was sent.
    assert service.sheet(session, BOX, school.id, asked.id, teacher.id).values == first
    assert [row.values for row in queries.sent(session, school.id, asked.id)] == [NEED]
    stored = session.scalars(select(Response)).one()
    assert "тайна" not in str(stored.correction)
    # A sheet's revision is the row's own, so it is noted down.
    before = begun.revision
    corrected = correct(session, me, asked.id, {"help": ["talk"]}, before)
    whole = NEED | {"help": ["talk"], "teach": "Доска", "vetoes": "Другая тайна"}
    assert (corrected.values, corrected.submitted_at) == (whole, NOW + timedelta(hours=1))
    assert (stored.correction, stored.sealed_correction) == (None, None)
    # A second click: nothing more happens, and no other window of an older state wins unseen.
    after = corrected.revision
    assert correct(session, me, asked.id, {"help": ["talk"]}, before).revision == after == before + 1
    with pytest.raises(errors.ChangedElsewhere):
        correct(session, me, asked.id, {"help": ["visit"]}, before)
    done = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [action for action in done if action in ("survey.submit", "survey.correct")] == [
        "survey.submit",
        "survey.correct",
    ]


def test_a_correction_needs_an_open_round_and_the_ground(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW, days=1)
    me = school.actor(teacher)
    service.submit(
        session, BOX, me, asked.id, version=1, revision=0, said=NEED, listeners=Submitted(), today=TODAY, now=NOW
    )
    with pytest.raises(errors.RoundClosed):
        save(session, me, asked.id, {"teach": "Доска"}, correcting=True, today=TODAY + timedelta(days=2))
    session.execute(update(ProcessingGround).values(closed_at=NOW, closed_why=ClosedWhy.WITHDRAWN))
    with pytest.raises(NoGround):
        save(session, me, asked.id, {"teach": "Доска"}, correcting=True)


def test_answers_about_the_work_fill_the_directory(session: Session, school: TestSchool) -> None:
    person, other, *_ = school.teachers
    asked = make_round(session, school, [person], NOW, "offer")
    said = {
        "strengths": {"planning": 3},
        "experience": "no",
        "capacity": 1,
        "hours": "upto2",
        "teaching": "12",
        "category": "highest",
    }
    service.submit(
        session,
        BOX,
        school.actor(person),
        asked.id,
        version=1,
        revision=0,
        said=said,
        listeners=Submitted(),
        today=NOW.date(),
        now=NOW,
    )
    assert (person.teaching_since, person.category) == (date(2014, 9, 1), Category.HIGHEST)
    assert person.sources["category"]["source"] == Source.QUESTIONNAIRE
    assert (other.teaching_since, other.category) == (None, None)
