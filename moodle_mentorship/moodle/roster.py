"""The course's members, by LTI Names and Role Provisioning Services 2.0 (NRPS): `RosterClient`.

Where its address comes from: each launch names the one of its course, which we keep (`RosterAddress`).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.outgoing import AddressGuard
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle import errors, schemas
from moodle_mentorship.moodle.line import Answer, Line, strayed
from moodle_mentorship.moodle.models import MoodleSite, Platform, RosterAddress
from moodle_mentorship.moodle.platforms import origin_of
from moodle_mentorship.moodle.results import RosterPage, RosterRole
from moodle_mentorship.moodle.service_tokens import MEMBERSHIPS, Client, ServiceTokens

#: With plain `application/json` Moodle finds no handler and answers 400.
_ACCEPT = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

#: Members asked for at once. Moodle reads the whole course for every page, so small pages are dear.
PAGE = 500

#: One link of RFC 8288's header: an address in pointed brackets, then parameters.
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[A-Za-z*]+\s*=\s*(?:\"[^\"]*\"|[^\s\";,]+))*)")
_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\";,]+))", re.IGNORECASE)

#: Moodle knows no other words in a filter, and answers everybody to a word that it doesn't know.
_FILTER = {RosterRole.INSTRUCTOR: "Instructor", RosterRole.LEARNER: "Learner"}

NAME = "lti_memberships"


@dataclass(frozen=True)
class RosterSource:
    """Whose members are read, and who we are there; detached from any session."""

    context_id: str
    memberships_url: str
    client: Client


class RosterClient:
    """Reads a course's members page by page. Every method raises subclasses of `errors.MoodleError`.

    It holds pooled connections: use it in a `with`, outside of transactions. `role` asks for instructors or learners
    alone (Moodle filters, and then a page may be shorter than asked for).
    """

    def __init__(
        self, source: RosterSource, tokens: ServiceTokens, line: Line, *, role: RosterRole | None = None
    ) -> None:
        self._source = source
        self._tokens = tokens
        self._line = line
        self._role = _FILTER[role] if role is not None else None

    def __repr__(self) -> str:
        return f"<RosterClient {self._source.memberships_url}>"

    def __enter__(self) -> "RosterClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the pooled connections back."""
        self._line.close()

    def page(self, url: str | None = None) -> RosterPage:
        """The first page, or the one whose address the page before named.

        Raises `RosterNotAllowed` where the tool may not read names and roles, `RecordMissing` for a course that is
        gone, `UnexpectedAnswer` for a next page on another host (the token would go there).
        """
        address = self._address(url)
        return self._line.repeat(NAME, lambda: self._attempt(address), idempotent=True)

    def _address(self, url: str | None) -> str:
        if url is not None and not _same_origin(url, self._source.memberships_url):
            raise errors.UnexpectedAnswer(NAME, "Link", "the next page is on another host")
        asked = {"limit": str(PAGE)} if url is None else {}
        if self._role is not None:
            # Moodle's Link header loses the role, and the next page would hold everybody.
            asked["role"] = self._role
        parts = urlsplit(url or self._source.memberships_url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True)) | asked
        return urlunsplit(parts._replace(query=urlencode(query), fragment=""))

    def _attempt(self, address: str) -> RosterPage | errors.MoodleError:
        answer = self._ask(address, self._tokens.token)
        if isinstance(answer, Answer) and answer.status == 401:
            # Expired sooner than it said, or deleted with Moodle's caches: once more with a new one.
            answer = self._ask(address, self._tokens.renewed)
        return answer if isinstance(answer, errors.MoodleError) else _page(answer)

    def _ask(self, address: str, token: Callable[[str], str | errors.MoodleError]) -> Answer | errors.MoodleError:
        bearer = token(MEMBERSHIPS)
        if isinstance(bearer, errors.MoodleError):
            return bearer
        return self._line.ask(NAME, "GET", address, headers={"Accept": _ACCEPT, "Authorization": f"Bearer {bearer}"})


def _page(answer: Answer) -> RosterPage | errors.MoodleError:
    if (stray := strayed(NAME, answer)) is not None:
        return stray
    if answer.status in {401, 403}:
        return errors.AccessRefused(NAME, f"http_{answer.status}")
    if answer.status == 404:
        return errors.RecordMissing(NAME, "http_404")
    if answer.status != 200:
        return errors.UnexpectedStatus(NAME, answer.status)
    try:
        loaded = schemas.load(NAME, schemas.RosterSchema(), json.loads(answer.body))
    except errors.UnexpectedAnswer as error:
        return error
    except (ValueError, RecursionError):
        return errors.AnswerUnreadable(NAME)
    following = next_page(answer.headers.get("Link", ""))
    if following is not None and (following == answer.url or not _same_origin(following, answer.url)):
        return errors.UnexpectedAnswer(NAME, "Link", "the next page is this one, or on another host")
    return RosterPage(loaded["context"]["id"], tuple(loaded["members"]), following)


def next_page(header: str) -> str | None:
    """The address that a `Link` header calls `next` (RFC 8288, section 3); None when there is none."""
    for link in _LINK.finditer(header):
        relation = _RELATION.search(link[2])
        if relation and "next" in (relation[1] or relation[2]).lower().split():
            return link[1]
    return None


def _same_origin(left: str, right: str) -> bool:
    try:
        return origin_of(left) == origin_of(right)
    except ValueError:
        return False


# Which course's ---------------------------------------------------------------------------------------------------


def remember_address(session: Session, school_id: int, platform_id: int, context_id: str, url: str) -> None:
    """Keep where a launch says that its course's members are to be read. A later launch's word replaces it."""
    row = session.scalars(
        select(RosterAddress).where(
            RosterAddress.school_id == school_id,
            RosterAddress.platform_id == platform_id,
            RosterAddress.context_id == context_id,
        )
    ).one_or_none()
    if row is None:
        try:
            with session.begin_nested():
                session.add(
                    RosterAddress(
                        school_id=school_id, platform_id=platform_id, context_id=context_id, memberships_url=url
                    )
                )
        except IntegrityError:
            # Another first launch from the same course, at the same moment.
            return
    elif row.memberships_url != url:
        row.memberships_url = url


def roster_source(session: Session, school_id: int) -> RosterSource | None:
    """The course whose members are the school's staff; None while no launch has named one.

    The course «Mentoring» where the plugin connected the school; otherwise the one from which the first launch came:
    a link that is placed in another course later must not exchange everybody for that course's members. Of several
    registrations the newest: an older one may be gone in Moodle.
    """
    rows = session.execute(
        select(RosterAddress, Platform)
        .join(Platform, (Platform.school_id == RosterAddress.school_id) & (Platform.id == RosterAddress.platform_id))
        .where(RosterAddress.school_id == school_id, Platform.disabled_at.is_(None))
        .order_by(RosterAddress.id)
    ).all()
    course: int | str | None = session.scalar(
        select(MoodleSite.course_id).where(MoodleSite.school_id == school_id, MoodleSite.disabled_at.is_(None))
    )
    if course is None and rows:
        course = rows[0][0].context_id
    named = [(address, platform) for address, platform in rows if address.context_id == str(course)]
    if not named:
        return None
    address, platform = max(named, key=lambda pair: pair[1].id)
    return RosterSource(address.context_id, address.memberships_url, Client(platform.client_id, platform.token_url))


def roster_client(runtime: Runtime, source: RosterSource, role: RosterRole | None = None) -> RosterClient:
    """A client for the source."""
    line = Line(guard=AddressGuard.of(runtime.settings))
    return RosterClient(source, ServiceTokens(runtime, line, source.client), line, role=role)
