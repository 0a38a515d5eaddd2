"""The order that approves the road map or changes it: its text, its annex, and what follows from its life."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.db import among
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.enums import RegisterCode
from moodle_mentorship.documents.errors import NothingToSay
from moodle_mentorship.documents.fields import Field, FieldType
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Moment, Params
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.rendering import in_words
from moodle_mentorship.documents.wording import (
    CONTROL,
    Namer,
    Sentence,
    acquaint,
    by_name,
    letterhead,
    officials,
    points,
    sample_head,
    say,
    sheet,
    with_post,
)
from moodle_mentorship.people.models import NBSP, Person
from moodle_mentorship.people.queries import holders
from moodle_mentorship.roadmap import queries, ready, service
from moodle_mentorship.roadmap.acts import cited
from moodle_mentorship.roadmap.frozen import Change, FrozenLine, changes, frozen, thawed
from moodle_mentorship.roadmap.models import MapVersion
from moodle_mentorship.roadmap.words import RESPONSIBLE_RU, period_ru
from moodle_mentorship.school.queries import school_of

CODE = "road_map_order"

#: «Об утверждении …», «О внесении изменений в …».
APPROVED = (
    "дорожной карты (плана мероприятий) по реализации Положения о системе (целевой модели) наставничества "
    "педагогических работников на {year} учебный год"
)
CHANGED = APPROVED.replace("дорожной карты (плана", "дорожную карту (план")

#: The school's regulation, where the register of local acts doesn't know it.
REGULATION = "положением о системе (целевой модели) наставничества педагогических работников"


def preamble(regulation: str) -> Sentence:
    """`regulation` in the instrumental."""
    return say(
        "В целях реализации системы (целевой модели) наставничества педагогических работников, в соответствии "
        f"с{NBSP}{regulation}"
    )


def compose(session: Session, school_id: int, params: Params, today: date) -> Composed:
    """The first order of a year approves its road map, each later one says what changes and gives all of it anew.

    Raises `NothingToSay` without a road map, and where no line differs from the version in force.
    """
    road_map = queries.map_of(session, school_id, school_of(session, school_id).year_start)
    if road_map is None or not service.changed(session, road_map):
        raise NothingToSay()
    lines = frozen(queries.lines_of(session, school_id, road_map.id))
    versions = queries.versions_of(session, school_id, road_map.id)
    approved = queries.in_force(versions)
    head, namer = letterhead(session, school_id), Namer(session, school_id)
    people = _responsible(session, school_id, lines)
    year = head["year"]
    if approved is None:
        heading = f"Об утверждении {APPROVED.format(year=year)}"
        first = say(
            f"Утвердить {CHANGED.format(year=year)} (далее – Дорожная карта) согласно приложению №{NBSP}1 "
            "к настоящему приказу."
        )
    else:
        heading = f"О внесении изменений в {CHANGED.format(year=year)}"
        first = _amendment(queries.first_of(versions, approved), approved, lines, year)
    curator = officials(session, school_id).curator
    said = [
        first,
        say("Ответственным исполнителям обеспечить выполнение мероприятий Дорожной карты в установленные сроки."),
        namer.task(curator, "обеспечить координацию выполнения Дорожной карты и учёт её результатов"),
        acquaint(session, school_id, namer, params),
        CONTROL,
    ]
    values = {
        **head,
        "heading": heading,
        "preamble": preamble(cited(session, school_id, today) or REGULATION).runs(),
        "points": points(said),
        "stages": stages(lines, {person.id: person for person in people}),
        "annex": {"title": f"Дорожная карта (план мероприятий) на {year} учебный год"},
        "acquainted": sheet(people),
    }
    return Composed(heading, values, [person.id for person in by_name(people)], namer.doubtful)


def stages(lines: Iterable[FrozenLine], people: Mapping[int, Person]) -> list[dict[str, Any]]:
    """The rows of the document's table, by stages; a stage without lines is left out."""
    found: dict[int, list[dict[str, str]]] = {}
    for line in lines:
        found.setdefault(line.stage, []).append(
            {
                "number": line.number,
                "content": line.content,
                "period": period_ru(line.timing, line.starts_on, line.ends_on),
                "responsible": _named(line, people),
                "product": line.product or "",
            }
        )
    return [
        {
            "title": f"{stage}. {ready.STAGES[stage]}",
            "number": stage,
            "name": ready.STAGES[stage],
            "rows": rows,
        }
        for stage, rows in sorted(found.items())
    ]


def sample() -> Mapping[str, Any]:
    """For the layout `road_map_order`."""
    line = {
        "number": "1.1",
        "content": "Подготовка и принятие локальных нормативных правовых актов",
        "period": "01.09.2026 – 15.09.2026",
        "responsible": "директор",
        "product": "Локальные акты",
    }
    return {
        **sample_head(),
        "heading": f"Об утверждении {APPROVED.format(year='2026/27')}",
        "preamble": preamble(REGULATION).runs(),
        "points": points(
            [
                say("Внести изменения:", items=[say(f"пункт{NBSP}1.1 изложить в новой редакции")]),
                say("Контроль за исполнением настоящего приказа оставляю за собой."),
            ]
        ),
        "stages": [{"title": f"1. {ready.STAGES[1]}", "rows": [line]}],
        "annex": {"title": "Дорожная карта (план мероприятий) на 2026/27 учебный год"},
        "acquainted": [{"name": "Ким Вера", "post": "учитель информатики"}],
    }


def _amendment(first: MapVersion, approved: MapVersion, lines: Sequence[FrozenLine], year: str) -> Sentence:
    """What the order changes: the road map that the year's first order has approved, as the last one has left it."""
    since = f" {edition}" if (edition := edition_of(first, approved)) else ""
    said = (
        f"Внести в {CHANGED.format(year=year)} (далее – Дорожная карта), утверждённую приказом {_by_order(first)}"
        f"{since}, следующие изменения и изложить её согласно приложению №{NBSP}1 к настоящему приказу:"
    )
    return say(said, items=[say(_change(change)) for change in changes(thawed(approved.lines), lines)])


def edition_of(first: MapVersion, approved: MapVersion) -> str:
    """«(в редакции приказа от … № …)» of what was amended since its first order; empty as long as it was not."""
    return f"(в редакции приказа {_by_order(approved)})" if approved.id != first.id else ""


def _by_order(version: MapVersion) -> str:
    assert version.order_date is not None
    return f"от{NBSP}{in_words(version.order_date)} №{NBSP}{version.order_number}"


def _change(change: Change) -> str:
    if change.before is None:
        assert change.after is not None
        return f"дополнить пунктом{NBSP}{change.after.number}"
    if change.after is None:
        return f"исключить пункт{NBSP}{change.before.number}"
    moved = change.before.number != change.after.number
    now = f" (теперь пункт{NBSP}{change.after.number})" if moved else ""
    if change.fields == ("place",):
        return f"пункт{NBSP}{change.before.number} переместить{now}"
    return f"пункт{NBSP}{change.before.number} изложить в новой редакции{now}"


def _responsible(session: Session, school_id: int, lines: Sequence[FrozenLine]) -> list[Person]:
    """Whom the lines name, and who holds a role that they name: who has to be acquainted. The director signs."""
    roles = {line.role for line in lines if line.role is not None} - {Role.DIRECTOR}
    holding = holders(session, school_id)
    found = {person.id: person for role in roles for person in holding.get(role, [])}
    named = select(Person).where(Person.school_id == school_id, among(Person.id, queries.people_in(lines)))
    found.update((person.id, person) for person in session.scalars(named))
    return by_name(list(found.values()))


def _named(line: FrozenLine, people: Mapping[int, Person]) -> str:
    if line.person_id is not None:
        person = people.get(line.person_id)
        return with_post(person) if person is not None else ""
    if line.role is not None:
        return RESPONSIBLE_RU.get(line.role, "")
    return line.words or ""


def _laid(moment: Moment, document: Document) -> None:
    """The lines are frozen with the document. Raises `VersionWaits`, `NothingToApprove`."""
    road_map = service.locked(moment.session, document.school_id)
    version = service.freeze(moment.session, road_map, moment.now)
    version.document_id = document.id
    moment.session.add(version)
    moment.session.flush()


def _taken_back(moment: Moment, document: Document) -> None:
    version = _version_of(moment.session, document)
    if version is not None and version.approved_at is None:
        moment.session.delete(version)
        moment.session.flush()


def _registered(moment: Moment, document: Document) -> None:
    version = _version_of(moment.session, document)
    if version is not None:
        version.approved_at, version.approved_by = moment.now, moment.actor.person_id
        version.order_date, version.order_number = document.signed_on, document.number


def _cancelled(moment: Moment, document: Document) -> None:
    version = _version_of(moment.session, document)
    if version is not None:
        version.cancelled_at = moment.now


def ends(session: Session, document: Document) -> Sequence[str]:
    """For `DocumentKind.ends`: which lines hold without the order."""
    version = _version_of(session, document)
    if version is None:
        return []
    versions = queries.versions_of(session, document.school_id, version.road_map_id)
    held = queries.in_force(versions)
    if held is None or held.id != version.id:
        return [gettext("The road map in force is of a later order and stays as it is.")]
    former = queries.in_force([one for one in versions if one.id != version.id])
    if former is None:
        return [gettext("The road map is not approved by any order then.")]
    return [gettext("The version of order No. %(number)s is in force again.", number=former.order_number or "")]


def _version_of(session: Session, document: Document) -> MapVersion | None:
    return session.scalars(
        select(MapVersion).where(MapVersion.school_id == document.school_id, MapVersion.document_id == document.id)
    ).one_or_none()


KIND = DocumentKind(
    code=CODE,
    title=N_("Order on the road map"),
    about=N_("Approves the year's road map, or what was changed in it; the plan is its annex."),
    layout="road_map_order",
    register=RegisterCode.ORDERS,
    compose=compose,
    sample=sample,
    laid=_laid,
    taken_back=_taken_back,
    registered=_registered,
    cancelled=_cancelled,
    ends=ends,
    consequences=(N_("The version of the road map that stands in the annex comes into force."),),
    stage=1,
    begins_at="roadmap.versions",
    fields=(
        Field(
            "acquaint_until",
            N_("Everybody signs the acquaintance sheet until"),
            FieldType.DAY,
            hint=N_("Empty: within three working days of the order."),
        ),
    ),
)
