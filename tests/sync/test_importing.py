"""A staff list from a file, on the page and from the shell: chosen, understood, shown, applied as it was shown."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import g, has_request_context
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.people.enums import PersonField, Source
from moodle_mentorship.people.models import Person, PersonDifference
from moodle_mentorship.sync import importing
from moodle_mentorship.sync.commands import people
from moodle_mentorship.sync.enums import Column
from moodle_mentorship.sync.files import kinds
from moodle_mentorship.sync.files.headings import guess
from moodle_mentorship.sync.files.tables import Row, Table
from moodle_mentorship.sync.models import FileColumns, StaffFile
from moodle_mentorship.web import current
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool
from tests.sync.sheets import ROWS, csv_of, xlsx_of

LIST = [
    ["ФИО", "Должность", "Дата приёма"],
    ["Белова Марина Павловна", "завуч", "01.09.2019"],
    ["Ким Вера Сергеевна", "учитель", "02.09.2020"],
    ["Нездешний Иван Петрович", "учитель", "02.09.2020"],
    ["Тихонов Игорь Сергеевич", "учитель", "давно"],
]

Csrf = Callable[[FlaskClient], str]


class Browser:
    """A visitor who goes through the pages."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.token = client, token

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.client.post(f"/sync/file/{path}", data={"csrf_token": self.token, **fields})

    def send(self, content: bytes, name: str = "Список.csv") -> TestResponse:
        # Written out: werkzeug's test client keeps a large body in a file that it doesn't close.
        body = (
            f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{self.token}\r\n'
            f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        ).encode()
        body += content + b"\r\n--x--\r\n"
        return self.client.post("/sync/file/", data=body, content_type="multipart/form-data; boundary=x")

    def digest(self) -> str:
        found = re.search(r'name="digest" value="(\w+)"', self.client.get("/sync/file/preview").text)
        assert found is not None
        return found[1]

    def apply(self) -> TestResponse:
        return self.post("apply", digest=self.digest())


@pytest.fixture
def browser(sign_in: SignIn, csrf: Csrf, school: TestSchool, other_school: TestSchool) -> Browser:
    client = sign_in(school, school.curator)
    return Browser(client, csrf(client))


@pytest.fixture
def administrator(sign_in: SignIn, csrf: Csrf, school: TestSchool) -> Browser:
    client = sign_in(school, site_administrator=True)
    return Browser(client, csrf(client))


def staff(session: Session, school: TestSchool) -> dict[str, tuple[Any, ...]]:
    session.commit()
    session.expire_all()
    rows = session.scalars(select(Person).where(Person.school_id == school.id))
    return {row.last_name: (row.middle_name, row.position, row.hire_date) for row in rows}


def files(session: Session) -> list[int]:
    session.commit()
    return list(session.scalars(select(StaffFile.school_id)))


@pytest.mark.parametrize("who", ["browser", "administrator"])
@pytest.mark.parametrize("make", [csv_of, xlsx_of])
def test_the_whole_way(
    request: pytest.FixtureRequest, session: Session, school: TestSchool, who: str, make: Callable[[Any], bytes]
) -> None:
    visitor: Browser = request.getfixturevalue(who)
    before = staff(session, school)

    sent = visitor.send(make(LIST))
    assert (sent.status_code, sent.location) == (303, "/sync/file/columns")
    page = visitor.client.get("/sync/file/columns").text
    assert 'value="position" selected' in page
    said = visitor.post("columns", **{"column-0": "full_name", "column-1": "position", "column-2": "hire_date"})
    assert (said.status_code, said.location) == (303, "/sync/file/preview")
    shown = visitor.client.get("/sync/file/preview").text
    for text in ("Ким Вера", "— → Сергеевна", "Нездешний Иван Петрович", "Тихонов Игорь Сергеевич"):
        assert text in shown
    assert staff(session, school) == before

    done = visitor.apply()
    home = "/staff/" if who == "browser" else "/sync/"
    assert (done.status_code, done.location) == (303, f"{home}?done=file_applied")
    after = staff(session, school)
    # Of Белова Moodle says something else already; Ким's patronymic was missing.
    assert after == before | {"Ким": ("Сергеевна", "учитель", date(2026, 9, 3))}
    differing = session.execute(
        select(PersonDifference.field, PersonDifference.moodle_value, PersonDifference.source).order_by(
            PersonDifference.person_id, PersonDifference.field
        )
    )
    assert [tuple(row) for row in differing] == [
        (PersonField.HIRE_DATE, "2019-09-01", Source.FILE),
        (PersonField.POSITION, "завуч", Source.FILE),
        (PersonField.HIRE_DATE, "2020-09-02", Source.FILE),
    ]
    assert files(session) == []
    assert visitor.client.get("/sync/file/preview").status_code == 404


def test_the_act_is_written_down_without_names(browser: Browser, session: Session, school: TestSchool) -> None:
    browser.send(csv_of(LIST))
    browser.apply()
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "staff.import")).one()
    assert event.actor_person_id == school.curator.id
    counts = {"changed": 2, "unchanged": 0, "repeated": 0, "ambiguous": 0, "unknown": 1, "refused": 1}
    assert event.details == counts | {"open": 3}


def test_the_same_file_again_changes_nothing(browser: Browser, session: Session, school: TestSchool) -> None:
    browser.send(csv_of(LIST))
    browser.apply()
    first = staff(session, school)
    browser.send(xlsx_of(LIST))
    page = browser.client.get("/sync/file/preview").text
    assert 'name="digest"' not in page
    assert "Файл не сообщает ничего нового" in page
    assert staff(session, school) == first


def test_what_was_said_about_columns_is_remembered_for_such_a_file_in_this_school(
    browser: Browser, session: Session, school: TestSchool, sign_in: SignIn, csrf: Csrf, other_school: TestSchool
) -> None:
    odd = csv_of([["Кто", "Кем"], ["Ким Вера", "методист"]])
    browser.send(odd)
    assert browser.client.get("/sync/file/preview").location == "/sync/file/columns"
    browser.post("columns", **{"column-0": "full_name", "column-1": "position"})
    sent = browser.send(csv_of([["КТО", "кем"], ["Белова Марина", "завуч"]]))
    assert sent.location == "/sync/file/preview"
    row = session.scalars(select(FileColumns)).one()
    assert (row.school_id, row.meanings) == (school.id, {"0": "full_name", "1": "position"})

    client = sign_in(other_school, other_school.curator)
    assert Browser(client, csrf(client)).send(odd).location == "/sync/file/columns"


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"column-1": "position"}, "где стоят имена"),
        ({"column-0": "last_name", "column-1": "last_name"}, "не могут значить одно"),
        ({"column-0": "shoe_size"}, "где стоят имена"),
        ({}, "где стоят имена"),
    ],
)
def test_columns_that_name_nobody_are_asked_for_again(
    browser: Browser, session: Session, chosen: dict[str, str], words: str
) -> None:
    browser.send(csv_of(LIST))
    answer = browser.post("columns", **chosen)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert session.scalar(select(func.count(FileColumns.id))) == 0


@pytest.mark.parametrize("change", ["edit", "newcomer", "file"])
def test_what_was_not_shown_is_not_written(browser: Browser, session: Session, school: TestSchool, change: str) -> None:
    browser.send(csv_of(LIST))
    digest = browser.digest()
    if change == "edit":
        school.teachers[2].middle_name = "Петровна"
    elif change == "newcomer":
        school.teachers[3].last_name, school.teachers[3].first_name = "Ким", "Вера"
        school.teachers[3].middle_name = None
    else:
        browser.send(csv_of([LIST[0], ["Ким Вера Олеговна", "завуч", ""]]))
    session.commit()
    before = staff(session, school)
    answer = browser.post("apply", digest=digest)
    assert (answer.status_code, "directory_moved" in answer.text) == (409, True)
    assert staff(session, school) == before
    assert len(files(session)) == 1
    # What is shown now can be applied.
    assert browser.apply().status_code == 303


@pytest.mark.parametrize("digest", ["", "x", "0" * 64])
def test_a_forged_digest_applies_nothing(browser: Browser, session: Session, school: TestSchool, digest: str) -> None:
    browser.send(csv_of(LIST))
    before = staff(session, school)
    assert browser.post("apply", digest=digest).status_code == 409
    assert staff(session, school) == before


def test_a_fault_half_way_leaves_nothing_and_the_file_for_another_try(
    browser: Browser, session: Session, school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.send(csv_of(LIST))
    before = staff(session, school)
    with monkeypatch.context() as broken:

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("the disk is full")

        broken.setattr("moodle_mentorship.core.audit.record", fail)
        assert browser.apply().status_code == 500
    assert (staff(session, school), len(files(session))) == (before, 1)
    assert browser.apply().status_code == 303
    assert staff(session, school)["Ким"][0] == "Сергеевна"


def test_a_refused_file_says_why_and_the_one_before_stays(browser: Browser, session: Session) -> None:
    browser.send(csv_of(LIST), "Хороший.csv")
    for content, code in ((b"\xff\xd8\xff\xe0", "file_kind"), (b"", "file_empty"), (b"PK\3\4", "file_damaged")):
        answer = browser.send(content, "фото.xlsx")
        assert (answer.status_code, code in answer.text, "Хороший.csv" in answer.text) == (422, True, True)
    assert browser.post("").status_code == 422
    assert browser.post("", file="no file").status_code == 422
    assert len(files(session)) == 1


@pytest.mark.parametrize(("size", "status"), [(kinds.LARGEST + 1, 413), (kinds.LARGEST + 2 * 1024 * 1024, 413)])
def test_a_file_that_is_too_large_is_refused_in_words(browser: Browser, size: int, status: int) -> None:
    answer = browser.send(b"x" * size)
    assert answer.status_code == status
    assert "too_large" in answer.text


def test_other_forms_stay_as_small_as_they_were(browser: Browser) -> None:
    assert browser.post("columns", padding="x" * 3 * 1024 * 1024).status_code == 413


def test_a_fault_deep_in_the_file_is_told_when_it_is_met(browser: Browser) -> None:
    """The first rows are sound, so the file is kept; nothing of it can be applied."""
    browser.send(csv_of([*LIST, *LIST[1:] * 20]) + '"Ким;Вера;;;\r\n'.encode())
    for path in ("preview", "preview.csv"):
        answer = browser.client.get(f"/sync/file/{path}")
        assert (answer.status_code, "file_quotes" in answer.text) == (422, True)
    assert browser.post("apply", digest="x").status_code == 422


def test_the_file_is_sealed_and_gone_after_a_day(
    browser: Browser, session: Session, runtime: Runtime, clock: FixedClock
) -> None:
    browser.send(csv_of(LIST))
    (kept,) = session.scalars(select(StaffFile)).all()
    assert "Белова" not in kept.sealed_content
    assert BOX.open(kept.sealed_content)
    clock.move_to(NOW + timedelta(hours=23, minutes=59))
    importing.forget_expired(runtime)
    assert len(files(session)) == 1
    clock.move_to(NOW + timedelta(hours=24))
    # Even before the night comes by.
    assert importing.kept_file(session, kept.school_id, clock.now()) is None
    importing.forget_expired(runtime)
    assert files(session) == []


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each look into a file, whether a transaction that writes was open meanwhile."""
    seen: list[bool] = []
    writing = 0
    init, rows, unit_of_work = Table.__init__, Table.rows, Database.unit_of_work

    def busy() -> bool:
        in_page = has_request_context() and not g.read_only and current.session().in_transaction()
        return bool(writing) or in_page

    def noted_init(table: Table, content: bytes) -> None:
        init(table, content)
        seen.append(busy())

    def noted_rows(table: Table) -> Iterator[Row]:
        for row in rows(table):
            seen.append(busy())
            yield row

    @contextmanager
    def noted_work(database: Database, *, read_only: bool = False) -> Iterator[Session]:
        nonlocal writing
        with unit_of_work(database, read_only=read_only) as session:
            writing += not read_only
            try:
                yield session
            finally:
                writing -= not read_only

    monkeypatch.setattr(Table, "__init__", noted_init)
    monkeypatch.setattr(Table, "rows", noted_rows)
    monkeypatch.setattr(Database, "unit_of_work", noted_work)
    return seen


def test_nobody_waits_to_write_while_a_file_is_read(
    browser: Browser, runtime: Runtime, readings: list[bool], tmp_path: Path, school: TestSchool
) -> None:
    """SQLite has one writer, and a spreadsheet takes seconds."""
    assert browser.send(csv_of(LIST)).status_code == 303
    said = {"column-0": Column.FULL_NAME, "column-1": Column.POSITION}
    assert browser.post("columns", **said).status_code == 303
    assert browser.apply().status_code == 303
    on_pages = len(readings)
    path = tmp_path / "list.csv"
    path.write_bytes(csv_of(LIST))
    assert CliRunner().invoke(people, ["import", str(path), "--school", str(school.id)], obj=runtime).exit_code == 0
    assert len(readings) > on_pages > len(LIST) * 3
    assert readings == [False] * len(readings)


def test_another_file_that_came_meanwhile_stays(
    browser: Browser, session: Session, school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.send(csv_of(LIST))
    digest = browser.digest()
    apply = importing.apply

    def slow(*arguments: Any) -> Any:
        session.execute(delete(StaffFile))
        session.add(
            StaffFile(school_id=school.id, name="new.csv", sealed_content="", uploaded_at=NOW + timedelta(seconds=1))
        )
        session.commit()
        return apply(*arguments)

    monkeypatch.setattr(importing, "apply", slow)
    assert browser.post("apply", digest=digest).status_code == 303
    session.expire_all()
    assert session.scalars(select(StaffFile.name)).all() == ["new.csv"]


def test_it_is_put_aside_at_once_when_somebody_says_so(
    browser: Browser, session: Session, sign_in: SignIn, csrf: Csrf, other_school: TestSchool
) -> None:
    client = sign_in(other_school, other_school.curator)
    Browser(client, csrf(client)).send(csv_of(LIST))
    browser.send(csv_of(LIST))
    assert browser.post("discard").location == "/staff/?done=file_discarded"
    assert files(session) == [other_school.id]


def test_another_schools_file_is_nobodys_business(
    browser: Browser, session: Session, sign_in: SignIn, csrf: Csrf, other_school: TestSchool
) -> None:
    client = sign_in(other_school, other_school.curator)
    Browser(client, csrf(client)).send(csv_of(LIST), "Чужой.csv")
    assert "Чужой.csv" not in browser.client.get("/sync/file/").text
    for path in ("columns", "preview", "preview.csv"):
        assert browser.client.get(f"/sync/file/{path}").status_code == 404
    assert browser.post("apply", digest="x").status_code == 404
    browser.post("discard")
    assert files(session) == [other_school.id]


def test_the_table_to_download_holds_all_rows_and_no_live_formula(browser: Browser) -> None:
    rows = [LIST[0], *([f"=Ф{number} И", "=1+1", ""] for number in range(150))]
    browser.send(csv_of(rows))
    text = browser.client.get("/sync/file/preview.csv").data.decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 151
    assert all(line.split(";")[1].startswith("'=") for line in lines[1:])
    assert "и\xa0ещё 50" in browser.client.get("/sync/file/preview").text


def test_hostile_texts_are_shown_as_texts(browser: Browser, school: TestSchool, session: Session) -> None:
    browser.send(csv_of([LIST[0], ["Ким Вера", '"<script>alert(1)</script>"', ""], ["<b>Кто Там", "x", ""]]))
    for path in ("columns", "preview"):
        page = browser.client.get(f"/sync/file/{path}").text
        assert ("<script>alert" in page, "<b>Кто" in page) == (False, False)


@pytest.mark.parametrize("who", ["director", "mentee"])
def test_it_is_for_curator_and_administrator(sign_in: SignIn, school: TestSchool, who: str) -> None:
    client = sign_in(school, school.director if who == "director" else school.teachers[0])
    assert client.get("/sync/file/").status_code == 403
    assert "/sync/file/" not in client.get("/staff/").text


def test_the_browser_knows_what_is_too_large(browser: Browser) -> None:
    page = browser.client.get("/sync/file/").text
    assert f'data-largest="{kinds.LARGEST}" data-too-large="Файл больше 5 МБ"' in page


def test_the_way_in_stands_where_the_staff_list_and_the_passes_stand(browser: Browser, administrator: Browser) -> None:
    assert '"/sync/file/"' in browser.client.get("/staff/").text
    assert '"/sync/file/"' in administrator.client.get("/sync/").text


def test_twenty_kinds_of_files_are_remembered(session: Session, school: TestSchool) -> None:
    for number in range(25):
        table = Table(csv_of([["ФИО", f"Столбец {number}"], ["Ким Вера", "x"]]))
        importing.remember(session, school.actor(), table, {0: Column.FULL_NAME}, NOW + timedelta(minutes=number))
    assert session.scalar(select(func.count(FileColumns.id))) == 20
    assert importing.remembered(session, school.id, table) == {0: Column.FULL_NAME}


# From the shell ---------------------------------------------------------------------------------------------------


def call(runtime: Runtime, session: Session, path: Path, school_id: int, *arguments: str) -> Result:
    session.commit()
    return CliRunner().invoke(people, ["import", str(path), "--school", str(school_id), *arguments], obj=runtime)


def test_from_the_shell(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(csv_of(LIST, encoding="cp1251"))
    before = staff(session, school)
    told = [
        "changed\tline 2\tБелова Марина Павловна\tposition: учитель ≠ завуч\thire_date: 2026-09-01 ≠ 2019-09-01",
        "changed\tline 3\tКим Вера Сергеевна\tmiddle_name: — → Сергеевна\thire_date: 2026-09-03 ≠ 2020-09-02",
        "unknown\tline 4\tНездешний Иван Петрович\tnobody of this name is in the staff list",
        "refused\tline 5\tТихонов Игорь Сергеевич\tthe date of hire is no date, such as 01.09.2024",
    ]
    counts = "rows 4: changed 2, unchanged 0, repeated 0, ambiguous 0, unknown 1, refused 1; to be decided 3"
    absent = "Not in the file, and left as they are: 4"

    dry = call(runtime, session, path, school.id, "--dry-run")
    assert (dry.exit_code, dry.output.splitlines()) == (
        0,
        [*told, f"School {school.id}: dry run, nothing written: {counts}", absent],
    )
    assert staff(session, school) == before

    done = call(runtime, session, path, school.id)
    assert (done.exit_code, done.output.splitlines()) == (0, [*told, f"School {school.id}: {counts}", absent])
    assert staff(session, school)["Ким"][0] == "Сергеевна"
    assert staff(session, other_school) == before
    again = call(runtime, session, path, school.id).output
    assert "changed 0, unchanged 2" in again


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "file_kind: This is not a table. Its content is: a picture."),
        (csv_of([["Кто", "Кем"], ["Ким Вера", "x"]]), "columns_unclear: It is not clear which columns hold the names"),
        (csv_of(ROWS[:1]), "file_header: No table was found in the file"),
    ],
)
def test_a_refused_file_from_the_shell(
    runtime: Runtime, session: Session, school: TestSchool, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(content)
    result = call(runtime, session, path, school.id)
    assert (result.exit_code, words in result.output) == (1, True)


def test_an_unknown_school_from_the_shell(runtime: Runtime, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(csv_of())
    assert isinstance(call(runtime, session, path, 999).exception, NotFound)


def test_the_shell_leaves_the_file_of_the_page_alone(
    browser: Browser, runtime: Runtime, session: Session, school: TestSchool, tmp_path: Path
) -> None:
    browser.send(csv_of(LIST))
    path = tmp_path / "list.csv"
    path.write_bytes(csv_of())
    assert call(runtime, session, path, school.id).exit_code == 0
    assert files(session) == [school.id]


def test_what_is_remembered_holds_no_name(browser: Browser, session: Session) -> None:
    browser.send(csv_of(LIST))
    browser.post("columns", **{"column-0": "full_name", "column-1": "position"})
    (row,) = session.scalars(select(FileColumns)).all()
    assert "Белова" not in json.dumps([row.signature, row.meanings], ensure_ascii=False)


def test_free_lessons_stand_in_a_column_as_people_write_them() -> None:
    rows = [
        ["ФИО", "Свободные уроки"],
        ["Белова Марина Павловна", "пн 1-3, 5; ср 2"],
        ["Ким Вера", "по договорённости"],
        ["Орлов Пётр Ильич", ""],
    ]
    table = Table(csv_of(rows, delimiter="\t"))
    meanings = guess(table.headings)
    assert meanings == {0: Column.FULL_NAME, 1: Column.FREE_SLOTS}
    read, wrong, silent = importing.entries(table, meanings, NOW.date())
    assert read.values == {PersonField.MIDDLE_NAME: "Павловна", PersonField.FREE_SLOTS: "1-1,1-2,1-3,1-5,3-2"}
    assert "lessons from 1 to 8" in (wrong.problem or "")
    assert silent.values == {PersonField.MIDDLE_NAME: "Ильич"}


def test_line_managers_are_named_in_the_preview_and_those_not_found_wait(
    browser: Browser, session: Session, school: TestSchool
) -> None:
    rows = [["ФИО", "Руководитель"], ["Ким Вера", "Орлов П. И."], ["Белова Марина", "Сидорова О. П."]]
    browser.send(csv_of([*rows, ["Орлов Пётр Ильич", "—"]]))
    shown = browser.client.get("/sync/file/preview").text.replace("\u00a0", " ")
    assert "Непосредственный руководитель: — → Орлов Пётр Ильич" in shown
    assert "руководитель «Сидорова О. П.» не найден в списке сотрудников" in shown
    assert "1 руководителя не удалось определить" in shown
    browser.apply()
    session.expire_all()
    assert school.teachers[2].line_manager_id == school.director.id
    waiting = session.execute(select(PersonDifference.person_id, PersonDifference.moodle_value))
    assert [tuple(row) for row in waiting] == [(school.teachers[0].id, "Сидорова О. П.")]
