"""What proves that a line is done. Rooms say it once, by a source; the road map asks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from moodle_mentorship.school.models import SchoolYear

#: What a source found, plain as JSON: it is kept with the line.
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Period:
    """For which school and year a source is asked, and on which day of the school's calendar."""

    school_id: int
    year: SchoolYear
    today: date

    @property
    def begins(self) -> date:
        """What was done in the summer before the first of September is done for the coming year."""
        return date(self.year.start, 7, 1)

    @property
    def ends(self) -> date:
        return self.year.ends

    def month(self, day: date) -> int:
        """The part of a monthly line in which a day lies, as `Tick.part` counts."""
        return month_of(self.year.start, day)


def month_of(year_start: int, day: date) -> int:
    """A month of a school year: its number in the first calendar year, plus 12 in the second (13: January)."""
    return (day.year - year_start) * 12 + day.month


@dataclass(frozen=True)
class Seen:
    """What there is to see: whether that is enough, and since which day (None: since today, as far as one knows).

    `months`: the same of each month by itself, of a source that tells them apart; its numbers are those of `Tick.part`.
    """

    done: bool
    values: Values
    on: date | None = None
    months: Mapping[int, "Seen"] = field(default_factory=dict)

    def of(self, part: int) -> "Seen | None":
        """What there is to see of a line's part: of the whole line (0), or of a month."""
        return self.months.get(part) if part else self


@dataclass(frozen=True)
class Source:
    """A kind of evidence.

    `look` answers None where there is nothing yet; its statements don't grow with the school. `told` puts what it
    found into the reader's words, inside a request. `endpoint` is the page on which it is seen, without arguments.
    """

    code: str
    #: Msgid: «Bank of mentees is filled».
    title: str
    look: Callable[[Session, Period], Seen | None]
    told: Callable[[Values], str]
    endpoint: str | None = None
    #: Whether it tells months apart (`Seen.months`), so that it can mark those of a monthly line.
    monthly: bool = False


@dataclass
class Evidence:
    """Registry filled by the rooms, in the order in which the form of a line offers it."""

    _sources: dict[str, Source] = field(default_factory=dict)

    def add(self, *sources: Source) -> None:
        for source in sources:
            self._sources[source.code] = source

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources.values())

    def of(self, code: str) -> Source | None:
        """None where the room that brought it is gone: its lines are marked by hand then."""
        return self._sources.get(code)

    def look(self, session: Session, period: Period, codes: Iterable[str]) -> dict[str, Seen]:
        """What each of these sources sees; those that see nothing yet are missing. Each is asked once."""
        found = {}
        for code in dict.fromkeys(codes):
            source = self._sources.get(code)
            seen = source.look(session, period) if source is not None else None
            if seen is not None:
                found[code] = seen
        return found
