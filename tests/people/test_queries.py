"""The staff list: searching, narrowing, sorting, paging by key."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.people import queries
from moodle_mentorship.people.enums import PersonField, Source, StaffSort, StaffStatus, StaffView
from moodle_mentorship.people.models import Person, PersonDifference
from moodle_mentorship.people.queries import StaffFilter
from tests.conftest import NOW
from tests.factories import TestSchool, make_person


def names(session: Session, school: TestSchool, narrowed: StaffFilter, sort: StaffSort = StaffSort.NAME) -> list[str]:
    """The list, read in pages of two, forward and then back: both ways must tell the same."""
    forward, cursor = [], None
    last = None
    while True:
        last = queries.staff_page(session, school.id, narrowed, sort, cursor, limit=2)
        forward.append([person.full_name for person in last.rows])
        cursor = last.next
        if cursor is None:
            break
    backward = [forward[-1]]
    while last.previous is not None:
        last = queries.staff_page(session, school.id, narrowed, sort, last.previous, limit=2)
        backward.insert(0, [person.full_name for person in last.rows])
    assert backward == forward
    flat = [name for page in forward for name in page]
    assert queries.staff_count(session, school.id, narrowed) == len(flat)
    chunks = queries.all_staff(session, school.id, narrowed, sort)
    assert [person.full_name for chunk in chunks for person in chunk] == flat
    return flat


EVERYBODY = [
    "Белова Марина Павловна",
    "Зайцев Павел Андреевич",
    "Ким Вера",
    "Орлов Пётр Ильич",
    "Соколова Елена Викторовна",
    "Тихонов Игорь Сергеевич",
]


def test_everybody_by_name(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    assert names(session, school, StaffFilter()) == EVERYBODY


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("орл", ["Орлов Пётр Ильич"]),
        ("ПЕТР орлов", ["Орлов Пётр Ильич"]),
        ("ильич пётр", ["Орлов Пётр Ильич"]),
        ("павел", ["Зайцев Павел Андреевич"]),
        ("павл", ["Белова Марина Павловна"]),
        ("марина белова", ["Белова Марина Павловна"]),
        ("Белова М. П.", ["Белова Марина Павловна"]),
        ("белова, марина", ["Белова Марина Павловна"]),
        ("Орлов Пётр Петрович", []),
        ("заи\u0306цев", ["Зайцев Павел Андреевич"]),
        (" . ", EVERYBODY),
        ("%", []),
        ("_", []),
        ("б_лова", []),
        ("  ", EVERYBODY),
    ],
)
def test_search_takes_words_in_any_order(
    session: Session, school: TestSchool, other_school: TestSchool, search: str, found: list[str]
) -> None:
    assert names(session, school, StaffFilter(search=search)) == found


def test_views(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    make_person(session, school.id, 50, "Уволенная Анна", now=NOW, status=StaffStatus.LEFT)
    leaving = make_person(session, school.id, 51, "Уходящая Анна", now=NOW, status=StaffStatus.LEAVING)
    make_person(session, school.id, 52, "Закрытая Анна", now=NOW, suspended=True)
    for person in (leaving, other_school.teachers[0]):
        session.add(
            PersonDifference(
                school_id=person.school_id,
                person_id=person.id,
                field=PersonField.POSITION,
                moodle_value="учитель",
                source=Source.MOODLE,
                noticed_at=NOW,
            )
        )
    session.flush()
    seen = {view: names(session, school, StaffFilter(search="анна", view=view)) for view in StaffView}
    assert seen == {
        StaffView.PRESENT: ["Закрытая Анна", "Уходящая Анна"],
        StaffView.ACTIVE: ["Закрытая Анна"],
        StaffView.LEAVING: ["Уходящая Анна"],
        StaffView.LEFT: ["Уволенная Анна"],
        StaffView.SUSPENDED: ["Закрытая Анна"],
        StaffView.DIFFERING: ["Уходящая Анна"],
    }
    assert queries.open_counts(session, school.id) == queries.OpenCounts(departures=1, differences=1)
    assert queries.open_counts(session, other_school.id).departures == 0


def test_hire_dates_sort_both_ways_and_unknown_ones_come_last(session: Session, school: TestSchool) -> None:
    dated = [
        "Белова Марина Павловна",
        "Зайцев Павел Андреевич",
        "Ким Вера",
        "Тихонов Игорь Сергеевич",
    ]
    undated = ["Орлов Пётр Ильич", "Соколова Елена Викторовна"]
    assert names(session, school, StaffFilter(), StaffSort.LONGEST) == [*dated, *undated]
    assert names(session, school, StaffFilter(), StaffSort.NEWEST) == [*reversed(dated), *undated]
    assert names(session, school, StaffFilter(hired_since=date(2026, 9, 3))) == dated[2:]


def test_namesakes_are_all_listed(session: Session, school: TestSchool) -> None:
    for number in range(5):
        make_person(session, school.id, 60 + number, "Ёлкина Анна Ивановна", now=NOW, hire_date=date(2020, 1, 1))
    for sort in StaffSort:
        assert names(session, school, StaffFilter(search="елкина"), sort) == ["Ёлкина Анна Ивановна"] * 5


def test_position_and_registers(session: Session, school: TestSchool) -> None:
    some = queries.staff(school.id, StaffFilter(search="ким")).with_only_columns(Person.id)
    assert names(session, school, StaffFilter(position="УЧИТЕЛЬ", within=(some,))) == ["Ким Вера"]
    assert names(session, school, StaffFilter(position="учитель", outside=(some,))) == [
        "Белова Марина Павловна",
        "Зайцев Павел Андреевич",
        "Тихонов Игорь Сергеевич",
    ]


@pytest.mark.parametrize("cursor", ["x", "bm9uc2Vuc2U", "WyJhZnRlciJd", "WyJzaWRld2F5cyIsIDFd"])
def test_a_cursor_that_is_none_of_ours_is_refused(session: Session, school: TestSchool, cursor: str) -> None:
    with pytest.raises(Invalid):
        queries.staff_page(session, school.id, StaffFilter(), StaffSort.NAME, cursor)


def test_rows_that_come_meanwhile_shift_nothing(session: Session, school: TestSchool) -> None:
    first = queries.staff_page(session, school.id, StaffFilter(), StaffSort.NAME, None, limit=2)
    make_person(session, school.id, 70, "Абрамова Анна", now=NOW + timedelta(minutes=1))
    second = queries.staff_page(session, school.id, StaffFilter(), StaffSort.NAME, first.next, limit=2)
    assert [person.full_name for person in second.rows] == EVERYBODY[2:4]
