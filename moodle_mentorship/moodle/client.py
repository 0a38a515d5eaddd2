"""The one way to a school's Moodle: `MoodleClient`, over its REST web services.

What it takes care of, so that no caller has to: the token stays in the request's body; refusals come with HTTP 200;
`max_input_vars` drops what is too much without a word; a lost answer may be asked for again only where a repeat does
no harm.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Unpack

from moodle_mentorship.moodle import errors, schemas
from moodle_mentorship.moodle.functions import Function
from moodle_mentorship.moodle.line import Answer, Line, LineOptions, strayed
from moodle_mentorship.moodle.results import (
    ChangesPage,
    Cohort,
    CourseUser,
    Group,
    Grouping,
    GroupStates,
    GroupVisibility,
    SiteInfo,
    SiteState,
    StaffPage,
    StaffPerson,
    Talk,
    Ticked,
    Told,
)

#: PHP's default `max_input_vars` is 1,000 and drops the rest silently; an enrolment takes three of them.
BATCH = 200

#: A page of `core_enrol_get_enrolled_users` (0.33 s for 500 bare rows at 50,000 users).
COURSE_USERS_PAGE = 500

#: More people are in no school's course: a Moodle that goes on naming some would keep a worker for ever.
MOST_COURSE_USERS = 100_000

#: Moodle's FORMAT_HTML.
_HTML = 1

_LOGIN = re.compile(r"/login/index\.php|id=[\"']login[\"']", re.IGNORECASE)
_ERRORCODE = re.compile(r"[A-Za-z0-9_/:\-]{1,80}")


class MoodleClient:
    """Moodle's web services for one site and one token. Safe to share between threads that only call it.

    `url` is the REST address (``https://moodle.example/webservice/rest/server.php``). Every method raises subclasses
    of `errors.MoodleError`.
    """

    def __init__(self, url: str, token: str, **options: Unpack[LineOptions]) -> None:
        self._url = url
        self._token = token
        self._line = Line(**options)

    def __repr__(self) -> str:
        return f"<MoodleClient {self._url}>"

    def __enter__(self) -> "MoodleClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the pooled connections back."""
        self._line.close()

    # The site ---------------------------------------------------------------------------------------------------

    def site_info(self) -> SiteInfo:
        """Who the token belongs to and what it may call: the connection's check."""
        info: SiteInfo = self._load(Function.SITE_INFO, schemas.SiteInfoSchema(), {})
        return info

    def diagnose(self, *, ping: bool = False) -> SiteState:
        """What our plugin finds in its Moodle; with `ping` it sends us one signed message before it answers."""
        state: SiteState = self._load(Function.DIAGNOSE, schemas.SiteStateSchema(), {"ping": ping})
        return state

    # Staff, through our plugin ----------------------------------------------------------------------------------

    def get_staff(self, after_id: int = 0, limit: int = 500, profile_fields: Sequence[str] = ()) -> StaffPage:
        """A page of the full pass, ascending by id from `after_id` (exclusive). `limit` 1..1000.

        An unknown short name among `profile_fields` stands in the page's `warnings`. `FunctionMissing`: no plugin.
        """
        parameters = {"afterid": after_id, "limit": limit, "profilefields": list(profile_fields)}
        page: StaffPage = self._load(Function.GET_STAFF, schemas.StaffPageSchema(), parameters)
        return page

    def get_changes(self, after_sequence: int, limit: int = 500, profile_fields: Sequence[str] = ()) -> ChangesPage:
        """What changed after `after_sequence`, one row a person, ascending. `limit` 1..1000."""
        parameters = {"aftersequence": after_sequence, "limit": limit, "profilefields": list(profile_fields)}
        page: ChangesPage = self._load(Function.GET_CHANGES, schemas.ChangesPageSchema(), parameters)
        return page

    # Staff, where there is no plugin ----------------------------------------------------------------------------

    def cohorts(self) -> tuple[Cohort, ...]:
        """All cohorts of the site, by id."""
        rows = self._load(Function.GET_COHORTS, schemas.CohortSchema(many=True), {})
        return tuple(sorted(rows, key=lambda cohort: cohort.id))

    def cohort_members(self, cohort_id: int) -> tuple[int, ...]:
        """User ids of the cohort's members, ascending (Moodle gives them in no order). Deleted users aren't in it."""
        rows = self._load(
            Function.GET_COHORT_MEMBERS, schemas.CohortMembersSchema(many=True), {"cohortids": [cohort_id]}
        )
        return tuple(sorted(id_ for row in rows if row["cohortid"] == cohort_id for id_ in row["userids"]))

    def users_by_id(self, user_ids: Iterable[int]) -> tuple[StaffPerson, ...]:
        """People by id, ascending; unknown ids are left out.

        Core functions don't deliver the patronymic: `middle_name` is None. Without `user:viewalldetails` the answer
        is empty, and without `site:viewuseridentity` it is without e-mail, both without an error.
        """
        people: dict[int, StaffPerson] = {}
        for batch in _batches(user_ids):
            rows = self._load(
                Function.GET_USERS_BY_FIELD, schemas.CoreUserSchema(many=True), {"field": "id", "values": batch}
            )
            people.update((person.id, person) for person in rows)
        return tuple(people[id_] for id_ in sorted(people))

    # Groups -----------------------------------------------------------------------------------------------------

    def course_groups(self, course_id: int) -> tuple[Group, ...]:
        """All groups of the course, by id."""
        rows = self._load(Function.GET_COURSE_GROUPS, schemas.GroupSchema(many=True), {"courseid": course_id})
        return tuple(sorted(rows, key=lambda group: group.id))

    def group_by_idnumber(self, course_id: int, idnumber: str) -> Group | None:
        """The course's group with our idnumber: what a repeat adopts instead of making a second one."""
        return next((group for group in self.course_groups(course_id) if group.idnumber == idnumber), None)

    def create_group(
        self,
        course_id: int,
        name: str,
        description: str,
        idnumber: str,
        visibility: GroupVisibility = GroupVisibility.MEMBERS,
    ) -> Group:
        """Make a group (Moodle ≥ 4.2). Never retried: after a lost answer look with `group_by_idnumber` first.

        Raises `IdNumberTaken` when the idnumber exists; a name that exists is a bare `ParameterInvalid`.
        """
        group = {
            "courseid": course_id,
            "name": name,
            "description": description,
            "descriptionformat": _HTML,
            "idnumber": idnumber,
            "visibility": int(visibility),
        }
        rows = self._load(Function.CREATE_GROUPS, schemas.GroupSchema(many=True), {"groups": [group]})
        if len(rows) != 1:
            raise errors.UnexpectedAnswer(Function.CREATE_GROUPS, "", f"{len(rows)} groups instead of 1")
        created: Group = rows[0]
        return created

    def update_group(
        self, group_id: int, name: str, *, description: str | None = None, idnumber: str | None = None
    ) -> None:
        """Rename a group (Moodle always wants the name); what is None stays as it is."""
        group: dict[str, object] = {"id": group_id, "name": name}
        if description is not None:
            group |= {"description": description, "descriptionformat": _HTML}
        if idnumber is not None:
            group["idnumber"] = idnumber
        self._do(Function.UPDATE_GROUPS, {"groups": [group]})

    def delete_group(self, group_id: int) -> None:
        """Delete a group; one that is gone already is fine."""
        self._do(Function.DELETE_GROUPS, {"groupids": [group_id]})

    def group_members(self, group_id: int) -> tuple[int, ...]:
        """User ids of the group's members, ascending. `RecordMissing`: no such group."""
        rows = self._load(Function.GET_GROUP_MEMBERS, schemas.GroupMembersSchema(many=True), {"groupids": [group_id]})
        return tuple(sorted(id_ for row in rows if row["groupid"] == group_id for id_ in row["userids"]))

    def add_group_members(self, group_id: int, user_ids: Iterable[int]) -> None:
        """Put users into a group and read back that they are in it; who is missing is added once more.

        All must be enrolled in the course, otherwise Moodle refuses the batch with a bare `ParameterInvalid`.
        Raises `MembersNotAdded` when somebody is still missing then.
        """
        wanted = set(user_ids)
        missing = wanted
        for _ in range(2):
            self._members(Function.ADD_GROUP_MEMBERS, group_id, missing)
            missing = wanted - set(self.group_members(group_id))
            if not missing:
                return
        raise errors.MembersNotAdded(Function.ADD_GROUP_MEMBERS, group_id, tuple(sorted(missing)))

    def remove_group_members(self, group_id: int, user_ids: Iterable[int]) -> None:
        """Take users out of a group and read back; who isn't in it is fine. Raises `MembersNotRemoved`.

        Moodle knows no deleted users here (`RecordMissing`); it takes them out of their groups by itself.
        """
        unwanted = set(user_ids)
        remaining = unwanted
        for _ in range(2):
            self._members(Function.DELETE_GROUP_MEMBERS, group_id, remaining)
            remaining = unwanted & set(self.group_members(group_id))
            if not remaining:
                return
        raise errors.MembersNotRemoved(Function.DELETE_GROUP_MEMBERS, group_id, tuple(sorted(remaining)))

    def course_groupings(self, course_id: int) -> tuple[Grouping, ...]:
        """All groupings of the course, by id."""
        rows = self._load(Function.GET_COURSE_GROUPINGS, schemas.GroupingSchema(many=True), {"courseid": course_id})
        return tuple(sorted(rows, key=lambda grouping: grouping.id))

    def create_grouping(self, course_id: int, name: str, description: str, idnumber: str) -> Grouping:
        """Make a grouping. Never retried, and refused as groups are: see `create_group`."""
        grouping = {
            "courseid": course_id,
            "name": name,
            "description": description,
            "descriptionformat": _HTML,
            "idnumber": idnumber,
        }
        rows = self._load(Function.CREATE_GROUPINGS, schemas.GroupingSchema(many=True), {"groupings": [grouping]})
        if len(rows) != 1:
            raise errors.UnexpectedAnswer(Function.CREATE_GROUPINGS, "", f"{len(rows)} groupings instead of 1")
        created: Grouping = rows[0]
        return created

    def assign_grouping(self, grouping_id: int, group_id: int) -> None:
        """Put a group into a grouping; one that stands in it already is fine."""
        self._do(Function.ASSIGN_GROUPING, {"assignments": [{"groupingid": grouping_id, "groupid": group_id}]})

    def group_states(self, group_ids: Iterable[int], user_ids: Iterable[int]) -> GroupStates | None:
        """What our plugin tells of our groups and of people's enrolments. None: no plugin, or one that is too old.

        The time is that of the first answer, if it takes several.
        """
        groups, users = list(_batches(group_ids)), list(_batches(user_ids))
        found: GroupStates | None = None
        for group_batch, user_batch in zip_longest(groups, users, fillvalue=()):
            parameters = {"groupids": group_batch, "userids": user_batch}
            try:
                page: GroupStates = self._load(Function.GET_GROUPS, schemas.GroupStatesSchema(), parameters)
            except errors.FunctionMissing:
                return None
            found = page if found is None else found.and_(page)
        return found

    def set_conversation(self, group_id: int, *, enabled: bool) -> Talk:
        """Switch the conversation of a group of ours on or off; its name becomes the group's."""
        parameters = {"groupid": group_id, "enabled": enabled}
        talk: Talk = self._load(Function.SET_GROUP_CONVERSATION, schemas.OutcomeSchema(Talk), parameters)
        return talk

    def _members(self, function: Function, group_id: int, user_ids: Iterable[int]) -> None:
        for batch in _batches(user_ids):
            self._do(function, {"members": [{"groupid": group_id, "userid": user_id} for user_id in batch]})

    # Enrolment --------------------------------------------------------------------------------------------------

    def enrol(self, course_id: int, role_id: int, user_ids: Iterable[int]) -> None:
        """Enrol by hand. Who has the role keeps it; another role is added to those a person has.

        Raises `RoleNotAssignable`, `UserMissing` (then nobody of the batch of 200 is enrolled).
        """
        for batch in _batches(user_ids):
            rows = [{"roleid": role_id, "userid": user_id, "courseid": course_id} for user_id in batch]
            self._do(Function.ENROL_USERS, {"enrolments": rows})

    def unenrol(self, course_id: int, user_ids: Iterable[int]) -> None:
        """End manual enrolments; who has none is fine. An enrolment through the cohort stays."""
        for batch in _batches(user_ids):
            rows = [{"userid": user_id, "courseid": course_id} for user_id in batch]
            self._do(Function.UNENROL_USERS, {"enrolments": rows})

    def users_in_course(self, course_id: int) -> tuple[CourseUser, ...]:
        """Everybody enrolled in the course, by id, read in pages.

        A page may be shorter than asked for (Moodle leaves out people it may not show), so the last page is the
        empty one. Without `site:accessallgroups` a course with separate groups answers nobody, without an error.
        """
        people: dict[int, CourseUser] = {}
        for offset in range(0, MOST_COURSE_USERS, COURSE_USERS_PAGE):
            options = {
                "limitfrom": offset,
                "limitnumber": COURSE_USERS_PAGE,
                "sortby": "id",
                "userfields": "id,roles",
            }
            page = self._load(
                Function.GET_ENROLLED_USERS,
                schemas.CourseUserSchema(many=True),
                {"courseid": course_id, "options": [{"name": name, "value": options[name]} for name in options]},
            )
            if not page:
                return tuple(people[id_] for id_ in sorted(people))
            people.update((person.id, person) for person in page)
        raise errors.UnexpectedAnswer(Function.GET_ENROLLED_USERS, "", "the pages have no end")

    # One person -------------------------------------------------------------------------------------------------

    def send_message(self, user_id: int, key: str, subject: str, text: str, address: str) -> Told:
        """Send one plain text to one member of the staff cohort, with an address to go to.

        A repeat with the same `key` (up to 100 characters) sends nothing; the plugin keeps keys for 60 days.
        """
        parameters = {"userid": user_id, "key": key, "subject": subject, "text": text, "address": address}
        told: Told = self._load(Function.SEND_MESSAGE, schemas.OutcomeSchema(Told), parameters)
        return told

    def set_completion(self, link_id: int, user_id: int, *, done: bool) -> Ticked:
        """Mark our activity with this resource link as done, or not done, for one person."""
        parameters = {"linkid": link_id, "userid": user_id, "done": done}
        ticked: Ticked = self._load(Function.SET_COMPLETION, schemas.OutcomeSchema(Ticked), parameters)
        return ticked

    # How a call goes --------------------------------------------------------------------------------------------

    def _load(self, function: Function, schema: Any, parameters: Mapping[str, object]) -> Any:
        return schemas.load(function, schema, self.call(function, parameters))

    def _do(self, function: Function, parameters: Mapping[str, object]) -> None:
        answer = self.call(function, parameters)
        if answer is not None:
            raise errors.UnexpectedAnswer(function, "", "should be null")

    def call(self, function: Function, parameters: Mapping[str, object]) -> Any:
        """The JSON that `function` answers. Repeats by itself where `Retries` and the function allow it."""
        return self._line.repeat(function, lambda: self._attempt(function, parameters), idempotent=function.idempotent)

    def _attempt(self, function: Function, parameters: Mapping[str, object]) -> Any:
        # In the body, because addresses are logged on the way.
        answer = self._line.ask(function, "POST", self._url, data=self._form(function, parameters))
        return answer if isinstance(answer, errors.MoodleError) else _judge(function, answer)

    def _form(self, function: Function, parameters: Mapping[str, object]) -> list[tuple[str, str]]:
        return [
            ("wstoken", self._token),
            ("wsfunction", function.value),
            ("moodlewsrestformat", "json"),
            *flatten(parameters),
        ]


def flatten(parameters: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Parameters as Moodle's REST server reads them: ``users[0][id]``, booleans as 0/1."""
    for name, value in parameters.items():
        yield from _flat(name, value)


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}[{key}]", inner)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _flat(f"{name}[{index}]", inner)
    elif isinstance(value, bool):
        yield name, str(int(value))
    else:
        yield name, str(value)


def _judge(function: Function, answer: Answer) -> Any:
    """The JSON of an answer, or the error that it amounts to."""
    if (stray := strayed(function, answer)) is not None:
        return stray
    if answer.status == 403 and not answer.body:
        return errors.WebServicesDisabled(function)
    if answer.status != 200:
        return errors.UnexpectedStatus(function, answer.status)
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return errors.LoginDemanded(function) if _LOGIN.search(answer.text) else errors.AnswerUnreadable(function)
    if isinstance(value, dict):
        return _refusal(function, value) or value
    return value


def _refusal(function: Function, answer: dict[str, Any]) -> errors.MoodleError | None:
    """The refusal that an answer with HTTP 200 holds, if it is one."""
    try:
        if "exception" in answer or "errorcode" in answer:
            refusal = schemas.load(function, schemas.ErrorSchema(), answer)
            return _refused(function, refusal["errorcode"] or "", refusal["message"] or "")
        warnings = schemas.load(function, schemas.WarningSchema(many=True), answer.get("warnings") or [])
        unaccounted = next((warning.code for warning in warnings if warning.code not in function.news), None)
        if unaccounted is not None:
            return errors.Warned(function, _safe_code(unaccounted))
    except errors.UnexpectedAnswer as error:
        return error
    return None


def _refused(function: Function, errorcode: str, said: str) -> errors.MoodleRefused:
    kind = errors.BY_ERRORCODE.get(errorcode, errors.MoodleRefused)
    # The table's name is the same in every language, and tells a missing plugin from a missing group.
    if kind is errors.RecordMissing and "external_functions" in said:
        kind = errors.FunctionMissing
    return kind(function, _safe_code(errorcode), said=_short(said))


def _safe_code(errorcode: str) -> str:
    """An error code goes to the log: whatever doesn't look like one (it might be a sentence) doesn't."""
    return errorcode if _ERRORCODE.fullmatch(errorcode) else "unknown"


def _short(said: str | None) -> str:
    return (said or "")[:300]


def _batches(user_ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(set(user_ids))
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]
