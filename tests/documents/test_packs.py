"""Packs of documents: what goes into them, what is left out, stopped and broken ones, and the files they become."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from moodle_mentorship.cli import serve
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.documents import errors, jobs, packs, printing, queries, service
from moodle_mentorship.documents.enums import Order, Outcome, PackState, Remark, Take
from moodle_mentorship.documents.models import Document, Pack, PackItem
from moodle_mentorship.documents.service.signing import Evidence
from moodle_mentorship.files import binding, office, pdf
from tests.conftest import NOW
from tests.documents.conftest import TODAY, Life, compose, kind_of
from tests.documents.test_signatures import OF_A_PERSON, detached
from tests.factories import BOX, PDF, grant

ALL = queries.Narrowed()


@dataclass
class Table:
    """Packs of one school in one hand; `silent` are drafts with nothing to say, `breaks` what making a draft raises."""

    life: Life
    runtime: Runtime
    silent: set[str] = field(default_factory=set)
    breaks: dict[str, BaseException] = field(default_factory=dict)

    def __post_init__(self) -> None:
        def said(session: Session, school_id: int, params: Any, today: date) -> Any:
            turn = params.get("turn", "")
            if turn in self.silent:
                raise errors.NothingToSay()
            if turn in self.breaks:
                raise self.breaks[turn]
            return replace(compose(session, school_id, params, today), heading=f"О сверке {turn}".strip())

        self.life.kinds.add(replace(kind_of(self.life.told), compose=said))
        self.make = jobs.run(self.life.kinds)

    @property
    def session(self) -> Session:
        return self.life.session

    def collect(self, narrowed: queries.Narrowed = ALL, sort: Order = Order.HEADING) -> Pack:
        pack = service.packing.collect(self.session, Jobs(), self.life.actor, narrowed, sort, self.runtime.clock.now())
        self.session.commit()
        return pack

    def made(self, pack: Pack) -> Pack:
        self.make(self.runtime, pack.id)
        return self.again(pack)

    def again(self, pack: Pack) -> Pack:
        self.session.expire_all()
        return self.session.get_one(Pack, pack.id)

    def items(self, pack: Pack) -> list[PackItem]:
        self.session.expire_all()
        return list(queries.packed(self.session, pack))

    def archive(self, pack: Pack) -> dict[str, bytes]:
        file = io.BytesIO()
        packs.write_archive(file, self.session, BOX, pack, self.items(pack), b"list", NOW)
        with zipfile.ZipFile(file) as opened:
            assert opened.testzip() is None
            return {name: opened.read(name) for name in opened.namelist()}

    def print(self, pack: Pack, *, both_sides: bool = False) -> list[str]:
        file = io.BytesIO()
        packs.write_print(file, self.session, BOX, self.items(pack), both_sides=both_sides)
        return [page.extract_text() for page in PdfReader(file, strict=True).pages]


@pytest.fixture
def table(life: Life, runtime: Runtime, app: Flask) -> Table:
    """`app`: its rooms say who holds which role."""
    return Table(life, runtime)


def pages_of(life: Life, document: Document) -> int:
    return len(PdfReader(io.BytesIO(pdf.drawn(life.file(document)))).pages)


def test_an_archive_holds_each_document_its_scan_its_signature_and_says_what_is_what(table: Table) -> None:
    life = table.life
    proof = detached(OF_A_PERSON)
    registered = life.register(
        life.sign(life.lay(life.begin(turn="а")), shown=Evidence(scan=(PDF, "a.pdf"), signature=proof)), "143/ОД"
    )
    laid = life.lay(life.begin(turn="б"))
    life.begin(turn='в: "Смета" <1>')
    pack = table.made(table.collect())
    assert (pack.state, pack.done, pack.total) == (PackState.DONE, 3, 3)
    found = table.archive(pack)
    assert list(found) == [
        "Опись.xlsx",
        "1 № 143-ОД от 24.11.2026 О сверке а.docx",
        "1 № 143-ОД от 24.11.2026 О сверке а (скан).pdf",
        "1 № 143-ОД от 24.11.2026 О сверке а (подпись).sig",
        "2 на подписи О сверке б.docx",
        "3 черновик О сверке в- -Смета- -1-.docx",
    ]
    files = list(found.values())
    assert files[1:5] == [life.file(registered), PDF, proof, life.file(laid)]
    # What the document keeps for ever has no second copy.
    kept = table.session.scalars(select(PackItem.sealed_content).order_by(PackItem.place)).all()
    assert [content is None for content in kept] == [True, False, False]


def test_the_print_has_all_of_them_and_on_both_sides_each_begins_on_a_sheet_of_its_own(table: Table) -> None:
    life = table.life
    both = [life.lay(life.begin(turn="а")), life.lay(life.begin(turn="б", people=[]))]
    counts = [pages_of(life, one) for one in both]
    pack = table.made(table.collect())
    plain = table.print(pack)
    assert len(plain) == sum(counts)
    alone = [page.extract_text() for page in PdfReader(io.BytesIO(pdf.drawn(life.file(both[1])))).pages]
    assert plain[counts[0] :] == alone
    duplex = table.print(pack, both_sides=True)
    assert len(duplex) == sum(count + count % 2 for count in counts)
    begins = counts[0] + counts[0] % 2
    assert duplex[begins : begins + counts[1]] == alone
    assert "".join(duplex[counts[0] : begins]) == ""


@pytest.mark.parametrize(
    ("narrowed", "sort", "headings"),
    [
        (ALL, Order.HEADING, ["О сверке а", "О сверке б", "О сверке в"]),
        (ALL, Order.NEWEST, ["О сверке а", "О сверке в", "О сверке б"]),
        (queries.Narrowed(search="сверке б"), Order.HEADING, ["О сверке б"]),
    ],
)
def test_it_holds_what_the_list_shows_in_its_order(
    table: Table, narrowed: queries.Narrowed, sort: Order, headings: list[str]
) -> None:
    for turn in "бва":
        table.life.begin(turn=turn)
    assert [item.heading for item in table.items(table.collect(narrowed, sort))] == headings


def test_limits_are_told(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.NothingToPack):
        table.collect()
    table.life.sign(table.life.lay(table.life.begin(turn="а")))
    table.life.begin(turn="б")
    monkeypatch.setattr(service.packing, "MOST_SCANS", len(PDF) - 1)
    with pytest.raises(errors.ScansTooLarge):
        table.collect()
    monkeypatch.setattr(service.packing, "MOST_SCANS", len(PDF))
    monkeypatch.setattr(service.packing, "MOST", 1)
    with pytest.raises(errors.PackTooLarge):
        table.collect()
    assert table.session.scalar(select(func.count(Pack.id))) == 0
    monkeypatch.setattr(service.packing, "MOST", 2)
    assert table.collect().total == 2


def test_asked_for_twice_the_running_one_is_the_answer(table: Table) -> None:
    table.life.begin(turn="а")
    pack = table.collect()
    table.life.begin(turn="б")
    assert (table.collect().id, pack.total) == (pack.id, 1)
    director = table.life.school.actor(table.life.school.director, Role.DIRECTOR)
    other = service.packing.collect(table.session, Jobs(), director, ALL, Order.HEADING, NOW)
    assert (other.id == pack.id, other.total) == (False, 2)
    table.made(pack)
    assert table.collect().id not in (pack.id, other.id)


def test_what_cannot_go_in_is_named_with_its_reason(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = {turn: table.life.begin(turn=turn) for turn in "абвгд"}
    pack = table.collect()
    service.discard(table.session, table.life.kinds, table.life.actor, drafts["а"].id, NOW)
    table.session.commit()
    table.silent.add("б")
    table.breaks["в"] = errors.TemplateUnfit("no such name")
    table.breaks["г"] = KeyError("a fault of ours")
    pack = table.made(pack)
    assert (pack.state, pack.done) == (PackState.DONE, 5)
    assert [(item.outcome, item.remark) for item in table.items(pack)] == [
        (Outcome.LEFT_OUT, Remark.GONE),
        (Outcome.LEFT_OUT, Remark.NOTHING),
        (Outcome.LEFT_OUT, Remark.UNFIT),
        (Outcome.LEFT_OUT, Remark.FAILED),
        (Outcome.PACKED, None),
    ]
    assert [name[:10] for name in table.archive(pack)] == ["Опись.xlsx", "5 черновик"]


def test_what_cannot_be_drawn_is_in_the_archive_alone(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    for turn in "аб":
        table.life.begin(turn=turn)
    drawn = printing.drawn
    calls: list[int] = []

    def first_breaks(content: bytes, *, own: bool) -> tuple[bytes, bool]:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("too high a row")
        return drawn(content, own=own)

    monkeypatch.setattr(printing, "drawn", first_breaks)
    pack = table.made(table.collect())
    assert [(item.remark, item.printed) for item in table.items(pack)] == [(Remark.NOT_DRAWN, False), (None, True)]
    assert len(table.archive(pack)) == 3
    assert "О сверке" in table.print(pack)[0]


def test_where_libreoffice_gives_up_the_print_says_that_it_is_plain(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is installed, and doesn't manage every document in time."""
    for turn in "аб":
        table.life.begin(turn=turn)
    monkeypatch.setattr(service, "is_own", lambda *_about: True)
    monkeypatch.setattr(office, "installed", lambda: True)
    answers = [None, pdf.drawn(table.life.file(table.life.lay(table.life.begin(turn="в"))))]
    monkeypatch.setattr(office, "converted", lambda _content: answers.pop(0) if answers else None)
    pack = table.made(table.collect())
    assert [(item.remark, item.printed) for item in table.items(pack)] == [
        (Remark.PLAIN, True),
        (None, True),
        (Remark.PLAIN, True),
    ]


def test_what_is_kept_of_one_pack_has_an_end_that_is_told(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    for turn in "абв":
        table.life.begin(turn=turn)
    before = table.made(table.collect())
    first, *_rest = table.session.execute(
        select(func.length(PackItem.sealed_content), func.length(PackItem.sealed_print)).order_by(PackItem.place)
    ).all()
    monkeypatch.setattr(service.packing, "MOST_KEPT", sum(first) + first[0] + first[0] // 2)
    monkeypatch.setattr(jobs, "STRETCH", timedelta(0))
    pack = table.collect()
    while pack.state is not PackState.DONE:
        pack = table.made(pack)
    assert [(item.outcome, item.remark, item.printed) for item in table.items(pack)] == [
        (Outcome.PACKED, None, True),
        (Outcome.PACKED, Remark.TOO_MUCH_TO_PRINT, False),
        (Outcome.LEFT_OUT, Remark.TOO_MUCH, False),
    ]
    sizes = func.length(PackItem.sealed_content), func.coalesce(func.length(PackItem.sealed_print), 0)
    kept = select(func.sum(sizes[0] + sizes[1])).where(PackItem.pack_id == pack.id)
    assert pack.kept == table.session.scalar(kept) <= service.packing.MOST_KEPT < table.again(before).kept
    assert len(table.archive(pack)) == 3


def test_a_document_that_goes_on_meanwhile_is_as_it_was_at_its_turn(table: Table) -> None:
    draft = table.life.begin(turn="а")
    pack = table.made(table.collect())
    table.life.register(table.life.sign(table.life.lay(draft)))
    table.session.commit()
    (_list, name) = table.archive(pack)
    assert name == "1 черновик О сверке а.docx"


class Died(BaseException):
    """The worker's process is gone: nothing is caught, nothing is written."""


@pytest.mark.parametrize(
    ("deaths", "lost"),
    [
        ([(0, "making")], []),
        ([(0, "keeping"), (2, "keeping")], []),
        ([(1, "making"), (1, "keeping")], [2]),
        ([(0, "making"), (0, "making"), (0, "keeping"), (0, "keeping"), (2, "making")], [1, 2]),
        ([(2, "making"), (2, "keeping")], [3]),
    ],
)
def test_however_workers_die_each_document_is_there_once_and_in_order(
    table: Table, monkeypatch: pytest.MonkeyPatch, deaths: list[tuple[int, str]], lost: list[int]
) -> None:
    """A death is told by how many documents were made, or kept, before it. A document at which two workers have died is
    left out."""
    clock = table.runtime.clock
    assert isinstance(clock, FixedClock)
    for turn in "абв":
        table.life.begin(turn=turn)
    pack, left = table.collect(), list(deaths)
    with monkeypatch.context() as patch, capture_logs() as lines:
        for name, when in (("_made", "making"), ("_keep", "keeping")):
            patch.setattr(jobs, name, _mortal(getattr(jobs, name), when, left))
        for _ in deaths:
            with pytest.raises(Died):
                table.make(table.runtime, pack.id)
            clock.move_to(clock.now() + jobs.STALE + timedelta(seconds=1))
        pack = table.made(pack)
    assert (pack.state, pack.done, pack.attempts) == (PackState.DONE, 3, len(deaths) + 1)
    items = table.items(pack)
    assert [item.place for item in items if item.remark is Remark.FAILED] == lost
    # The page says that the reason stands in the log.
    told = [line["document"] for line in lines if line["event"] == "pack_document_broke_workers"]
    assert told == [item.document_id for item in items if item.place in lost]
    whole = [item.place for item in items if item.outcome is Outcome.PACKED and item.printed]
    assert whole == [place for place in (1, 2, 3) if place not in lost]
    assert [int(name[0]) for name in list(table.archive(pack))[1:]] == whole
    assert len(table.print(pack)) == len(whole) * pages_of(table.life, table.life.lay(table.life.begin(turn="г")))


def _mortal(work: Callable[..., Any], when: str, left: list[tuple[int, str]]) -> Callable[..., Any]:
    """Dies in the place of this work, once it was done so often, as `left` says next."""
    seen = [0]

    def maybe(*arguments: Any) -> Any:
        if left and left[0] == (seen[0], when):
            left.pop(0)
            raise Died
        seen[0] += 1
        return work(*arguments)

    return maybe


def test_a_full_disk_is_no_fault_of_the_document(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    table.life.begin(turn="а")
    pack = table.collect()

    def full(*_arguments: Any) -> None:
        error = Exception("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"  # type: ignore[attr-defined]
        raise OperationalError("UPDATE", {}, error)

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_keep", full)
        for _ in range(jobs.TRIES + 1):
            with pytest.raises(OperationalError):
                table.make(table.runtime, pack.id)
    assert table.again(pack).state is PackState.QUEUED
    assert table.made(pack).state is PackState.DONE
    assert [item.outcome for item in table.items(pack)] == [Outcome.PACKED]


def test_a_stopped_pack_keeps_nothing_and_its_worker_leaves_it(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    for turn in "абв":
        table.life.begin(turn=turn)
    pack, keep = table.collect(), jobs._keep

    def stopped_meanwhile(runtime: Runtime, *more: Any) -> None:
        service.packing.stop(table.session, table.life.actor, pack.id, NOW)
        table.session.commit()
        keep(runtime, *more)

    monkeypatch.setattr(jobs, "_keep", stopped_meanwhile)
    assert table.made(pack).state is PackState.CANCELLED
    assert table.items(pack) == []
    with pytest.raises(errors.PackNotReady):
        service.packing.take(table.session, table.life.actor, pack.id, Take.ARCHIVE, NOW)
    # Once more changes nothing, and leaves no second trace.
    service.packing.stop(table.session, table.life.actor, pack.id, NOW)
    told = select(AuditEvent.action).where(AuditEvent.action.startswith("pack.")).order_by(AuditEvent.id)
    assert table.session.scalars(told).all() == ["pack.collect", "pack.stop"]


def test_a_worker_that_was_taken_over_writes_nothing_any_more(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    for turn in "аб":
        table.life.begin(turn=turn)
    pack, made = table.collect(), jobs._made
    clock = table.runtime.clock
    assert isinstance(clock, FixedClock)
    slow = [True]

    def slowly(*arguments: Any) -> Any:
        if slow.pop() if slow else False:
            clock.move_to(NOW + jobs.STALE + timedelta(seconds=1))
            table.make(table.runtime, pack.id)
        return made(*arguments)

    monkeypatch.setattr(jobs, "_made", slowly)
    pack = table.made(pack)
    assert (pack.state, pack.done, pack.attempts) == (PackState.DONE, 2, 2)
    assert len(table.archive(pack)) == 3
    assert len(table.print(pack)) == 2 * pages_of(table.life, table.life.lay(table.life.begin(turn="в")))


def test_the_sweep_finds_what_was_lost(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    table.life.begin(turn="а")
    pack = table.collect()
    woken: list[tuple[str, int]] = []
    monkeypatch.setattr(table.runtime.jobs, "wake", lambda name, row: woken.append((name, row)))
    jobs.sweep(table.runtime)
    assert woken == [(service.packing.RUN, pack.id)]
    table.made(pack)
    jobs.sweep(table.runtime)
    assert len(woken) == 1


def test_a_long_pack_lets_others_have_their_turn(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute at a stretch, then a message of its own anew; nothing is lost, or counted as a failed try."""
    clock = table.runtime.clock
    assert isinstance(clock, FixedClock)
    for turn in "абвгд":
        table.life.begin(turn=turn)
    pack, made = table.collect(), jobs._made
    woken: list[int] = []
    monkeypatch.setattr(table.runtime.jobs, "wake", lambda name, row: woken.append(row))

    def slowly(*arguments: Any) -> Any:
        clock.move_to(clock.now() + jobs.STRETCH / 2)
        return made(*arguments)

    monkeypatch.setattr(jobs, "_made", slowly)
    for turns, done in ((1, 2), (2, 4)):
        pack = table.made(pack)
        assert (pack.state, pack.done, woken) == (PackState.QUEUED, done, [pack.id] * turns)
        assert [item.tries for item in table.items(pack)] == [1] * done + [0] * (5 - done)
        # Its message is under way: a sweep adds none.
        jobs.sweep(table.runtime)
        assert len(woken) == turns
    pack = table.made(pack)
    assert (pack.state, pack.done, len(woken)) == (PackState.DONE, 5, 2)
    assert len(table.archive(pack)) == 6
    assert len(table.print(pack)) == 5 * pages_of(table.life, table.life.lay(table.life.begin(turn="е")))


def test_a_pack_that_lines_up_can_be_stopped_and_is_found_when_its_message_is_lost(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = table.runtime.clock
    assert isinstance(clock, FixedClock)
    for turn in "аб":
        table.life.begin(turn=turn)
    monkeypatch.setattr(jobs, "STRETCH", timedelta(0))
    pack = table.made(table.collect())
    assert (pack.state, pack.done) == (PackState.QUEUED, 1)
    woken: list[int] = []
    monkeypatch.setattr(table.runtime.jobs, "wake", lambda name, row: woken.append(row))
    clock.move_to(clock.now() + jobs.STALE + timedelta(seconds=1))
    for _ in range(3):
        jobs.sweep(table.runtime)
    assert woken == [pack.id]
    service.packing.stop(table.session, table.life.actor, pack.id, NOW)
    table.session.commit()
    assert table.made(pack).state is PackState.CANCELLED
    assert table.items(pack) == []


def test_a_sound_document_may_wait_for_every_thread_of_the_web_server(table: Table) -> None:
    """LibreOffice draws one document at a time, for the pages too."""
    threads = next(one.default for one in serve.params if one.name == "threads")
    assert isinstance(threads, int)
    assert timedelta(seconds=(threads + 2) * office.PATIENCE) < jobs.STALE


def test_what_was_made_is_destroyed_after_a_day_and_forgotten_after_a_month(table: Table) -> None:
    clock = table.runtime.clock
    assert isinstance(clock, FixedClock)
    table.life.begin(turn="а")
    pack = table.made(table.collect())
    clock.move_to(NOW + service.packing.KEPT - timedelta(seconds=1))
    jobs.expire(table.runtime)
    assert table.again(pack).state is PackState.DONE
    late = NOW + service.packing.KEPT
    with pytest.raises(errors.PackNotReady):
        service.packing.take(table.session, table.life.actor, pack.id, Take.ARCHIVE, late)
    clock.move_to(late)
    jobs.expire(table.runtime)
    assert (table.again(pack).state, table.items(pack)) == (PackState.EXPIRED, [])
    clock.move_to(late + service.packing.REMEMBERED)
    jobs.expire(table.runtime)
    assert table.session.scalar(select(func.count(Pack.id))) == 0


def test_of_one_person_three_are_kept(table: Table) -> None:
    table.life.begin(turn="а")
    made = [table.made(table.collect()) for _ in range(service.packing.KEPT_PACKS + 1)]
    states = [table.again(pack).state for pack in made]
    assert states == [PackState.EXPIRED, *[PackState.DONE] * service.packing.KEPT_PACKS]


def test_who_lost_the_role_gets_no_pack(table: Table, session: Session) -> None:
    clerk = table.life.school.teachers[3]
    table.life.begin(turn="а")
    actor = table.life.school.actor(clerk, Role.CLERK)
    pack = service.packing.collect(session, Jobs(), actor, ALL, Order.HEADING, NOW)
    session.commit()
    assert table.made(pack).state is PackState.CANCELLED
    grant(session, clerk, Role.CLERK, NOW)
    pack = service.packing.collect(session, Jobs(), actor, ALL, Order.HEADING, NOW)
    session.commit()
    assert table.made(pack).state is PackState.DONE


def test_a_pack_is_its_owners_alone_and_the_schools(table: Table, other_life: Life) -> None:
    table.life.begin(turn="а")
    pack = table.collect()
    director = table.life.school.actor(table.life.school.director, Role.DIRECTOR)
    for stranger in (director, other_life.actor):
        with pytest.raises(NotFound):
            service.packing.stop(table.session, stranger, pack.id, NOW)
        with pytest.raises(NotFound):
            service.packing.take(table.session, stranger, pack.id, Take.ARCHIVE, NOW)
    with pytest.raises(errors.NothingToPack):
        service.packing.collect(other_life.session, Jobs(), other_life.actor, ALL, Order.HEADING, NOW)
    other_life.begin(turn="ч")
    assert [item.school_id for item in table.items(table.made(pack))] == [table.life.school.id]


@given(heading=st.text(max_size=500), number=st.none() | st.text(min_size=1, max_size=40))
def test_names_suit_every_system(heading: str, number: str | None) -> None:
    item = PackItem(place=7, heading=heading, number=number, state=None, signed_on=TODAY)
    name = packs.name_of(item, 300)
    assert name.startswith("007 ")
    assert len(name) <= 120
    assert not set(name) & set('<>:"/\\|?*\n\r\t\0')
    assert name == name.strip(" .")


def test_pieces_of_foreign_pdfs_fit_together() -> None:
    """As other programs write them: attributes that a page inherits, streams of objects, links between pages."""
    from pypdf import PdfWriter
    from pypdf.annotations import Link
    from pypdf.generic import DictionaryObject, Fit, NameObject, NumberObject

    writer = PdfWriter()
    for width in (200, 300):
        writer.add_blank_page(width, 400)
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), target_page_index=1, fit=Fit.fit()))
    tree = writer.pages[0]["/Parent"].get_object()
    assert isinstance(tree, DictionaryObject)
    tree[NameObject("/Rotate")] = NumberObject(90)
    writer.add_outline_item(title="Глава", page_number=1)
    written = io.BytesIO()
    writer.write(written)
    first = binding.piece(written.getvalue(), binding.FIRST)
    second = binding.piece(written.getvalue(), binding.FIRST + len(first.offsets))
    bound = io.BytesIO()
    binding.bind(bound, [first, second], both_sides=False)
    reader = PdfReader(bound, strict=True)
    assert [(float(page.mediabox.width), page.rotation) for page in reader.pages] == [(200, 90), (300, 90)] * 2
    target = reader.pages[2]["/Annots"][0].get_object()["/Dest"][0]  # type: ignore[index]
    assert target.idnum == reader.pages[3].indirect_reference.idnum  # type: ignore[union-attr]
