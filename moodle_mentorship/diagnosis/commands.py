"""`mentorship doctor`: everything that can be looked at, each finding with its fix."""

import json

import click

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.diagnosis import installation, queries, service, words
from moodle_mentorship.diagnosis.checks import Check, by_weight
from moodle_mentorship.diagnosis.enums import State
from moodle_mentorship.school.models import School

MARKS = {State.OK: "✓", State.WARN: "!", State.BAD: "✗", State.UNKNOWN: "?"}


def doctor(runtime: Runtime, school_id: int | None, *, as_json: bool) -> bool:
    """Look at the installation and at each school's Moodle (or one), and print it. Whether nothing is broken."""
    found = list(installation.look(runtime))
    _tell(runtime, None, found, as_json)
    broken = any(check.state is State.BAD for check in found)
    if all(check.state is State.OK for check in found if check.code in {"database", "writing"}):
        for number, name in _schools(runtime, school_id):
            checks = _examine(runtime, number)
            _tell(runtime, (number, name), checks, as_json)
            broken |= any(check.state is State.BAD for check in checks)
    return not broken


def _schools(runtime: Runtime, school_id: int | None) -> list[tuple[int, str]]:
    with runtime.db.unit_of_work(read_only=True) as session:
        if school_id is not None:
            school = session.get(School, school_id)
            if school is None:
                raise NotFound("school")
            return [(school.id, school.short_name)]
        return [(number, session.get_one(School, number).short_name) for number in queries.school_ids(session)]


def _examine(runtime: Runtime, school_id: int) -> list[Check]:
    with runtime.db.unit_of_work() as session:
        service.begin(session, school_id, runtime.clock.now())
    service.examine(runtime, school_id)
    with runtime.db.unit_of_work(read_only=True) as session:
        return service.report(session, school_id, runtime.clock.now()).checks


def _tell(runtime: Runtime, school: tuple[int, str] | None, checks: list[Check], as_json: bool) -> None:
    locale = runtime.settings.default_locale
    if not as_json:
        click.echo(f"\n{school[0]} · {school[1]}" if school else runtime.settings.base_url)
    for check in by_weight(checks):
        told = words.told(check, locale)
        if as_json:
            row = {"school": school[0] if school else None, **check.stored()}
            row |= {"title": told.title, "detail": told.detail, "fix": told.fix, "page": told.page}
            click.echo(json.dumps(row, ensure_ascii=False))
            continue
        click.echo(f"  {MARKS[check.state]} {told.title}{': ' + told.detail if told.detail else ''}")
        if told.fix and check.state is not State.OK:
            click.echo(f"      → {told.fix}")
