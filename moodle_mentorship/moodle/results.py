"""What Moodle tells us, typed. Field names are ours; ids are Moodle's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Self


class GroupVisibility(IntEnum):
    """Who sees a group's members (since Moodle 4.2). Only an empty group's visibility can be changed later."""

    ALL = 0
    MEMBERS = 1
    OWN = 2
    NONE = 3


class ChangeKind(StrEnum):
    """What became of a person, as our plugin's journal tells it (`docs/plugin-protocol.md`, section 4)."""

    CHANGED = "changed"
    LEFT = "left"
    DELETED = "deleted"


class Told(StrEnum):
    """What became of a message to one person."""

    SENT = "sent"
    #: A message with this key was sent before; nothing was sent now.
    ALREADY = "already"
    #: Not in the staff cohort (any more), or the account is suspended: Moodle sends nothing to them from us.
    NOT_STAFF = "not_staff"
    #: The site's administrator has switched our messages off.
    OFF = "off"


class Talk(StrEnum):
    """What became of a group's conversation."""

    SET = "set"
    SAME = "same"
    #: Messages are switched off for the whole site.
    OFF = "off"
    #: There is no such group of ours in the course (any more).
    MISSING = "missing"


class Ticked(StrEnum):
    """What became of the mark that somebody is done with an activity."""

    SET = "set"
    SAME = "same"
    #: Completion is switched off: for the site, for the course, or for this activity.
    OFF = "off"
    #: The activity completes by conditions of its own, and nobody may set it by hand.
    AUTOMATIC = "automatic"
    #: There is no such activity of ours in the course (any more).
    MISSING = "missing"
    NOT_ENROLLED = "not_enrolled"


@dataclass(frozen=True, slots=True)
class MoodleWarning:
    """A warning beside a good answer. `item` is what it is about, for our plugin a custom field's short name."""

    code: str
    item: str = ""
    item_id: int = 0


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """The site as the token's owner sees it. `release` is for people, `version` for comparing ("2024100706")."""

    site_name: str
    site_url: str
    release: str
    version: str
    user_id: int
    username: str
    is_site_admin: bool
    functions: frozenset[str]


@dataclass(frozen=True, slots=True)
class StaffPerson:
    """A person. `middle_name` is None where Moodle doesn't deliver a patronymic (its core functions), "" where the
    person has none. `profile` holds custom fields by short name; a datetime field is Unix seconds as a string."""

    id: int
    last_name: str
    first_name: str
    middle_name: str | None
    email: str
    suspended: bool
    profile: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StaffPage:
    """A page of the full pass. `next` is the `after_id` of the next page, 0 after the last one; `total` counts the
    cohort's living members; `sequence` is the journal's newest number when the page was read."""

    people: tuple[StaffPerson, ...]
    next: int
    total: int
    sequence: int
    warnings: tuple[MoodleWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """The newest thing that happened to one person; `person` is None unless the kind is `CHANGED`."""

    sequence: int
    user_id: int
    kind: ChangeKind
    person: StaffPerson | None


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of the delta. `oldest` is the smallest sequence still kept, `journal` the id of this journal: with a gap
    or another journal the sidecar makes a full pass."""

    changes: tuple[Change, ...]
    next: int
    more: bool
    oldest: int
    journal: str
    warnings: tuple[MoodleWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Cohort:
    """A site-wide or category cohort."""

    id: int
    name: str
    idnumber: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A course group. `idnumber` is our handle on it; `name` is unique in the course."""

    id: int
    course_id: int
    name: str
    description: str
    idnumber: str
    visibility: GroupVisibility


@dataclass(frozen=True, slots=True)
class Grouping:
    """A set of groups in a course. `idnumber` is our handle on it; `name` is unique in the course."""

    id: int
    name: str
    idnumber: str


@dataclass(frozen=True, slots=True)
class GroupState:
    """What our plugin tells of a group of ours."""

    id: int
    conversation: bool
    groupings: frozenset[int]


@dataclass(frozen=True, slots=True)
class GroupStates:
    """How groups stood at a moment of Moodle's clock. `enrolled` says since when whoever is enrolled in the course has
    been so without a break (a person without any enrolment is in no group: Moodle takes them out). Times are Unix
    seconds."""

    time: int
    messaging: bool
    groups: Mapping[int, GroupState]
    enrolled: Mapping[int, int]

    def and_(self, other: Self) -> Self:
        """Both, at the time of this one."""
        return replace(self, groups={**self.groups, **other.groups}, enrolled={**self.enrolled, **other.enrolled})


@dataclass(frozen=True, slots=True)
class CourseUser:
    """Somebody enrolled in a course, with the short names of their roles in it."""

    id: int
    roles: tuple[str, ...]


class RosterRole(StrEnum):
    """What Names and Roles calls somebody in the course. Moodle's own roles never show: a non-editing teacher is a
    learner here, although an instructor at launch."""

    INSTRUCTOR = "instructor"
    LEARNER = "learner"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """A member of the course. Names and e-mail are "" where the tool's privacy settings in Moodle withhold them.

    `active` is False for a membership that is suspended or gone (Moodle itself leaves such people out). `middle_name`
    is None where it isn't delivered, which is always so in Moodle 4.5.
    """

    id: int
    last_name: str
    first_name: str
    middle_name: str | None
    email: str
    roles: frozenset[RosterRole]
    active: bool


@dataclass(frozen=True, slots=True)
class RosterPage:
    """A page of the course's members. `next` is the address of the next page, None after the last one.

    Moodle counts pages by offset over a list ordered by name, and does not tell the total: who joins or leaves while
    pages are read can make somebody come twice or not at all.
    """

    context_id: str
    people: tuple[RosterPerson, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Capability:
    """A right of the service user; `context` is "system" or "course"."""

    name: str
    context: str
    held: bool


@dataclass(frozen=True, slots=True)
class ToolState:
    """Our LTI tool as Moodle has it registered; addresses are empty where there is none."""

    exists: bool
    active: bool
    client_id: str
    tool_url: str
    login_url: str
    redirect_uris: tuple[str, ...]
    jwks_url: str


@dataclass(frozen=True, slots=True)
class WebhookState:
    """The plugin's messages to us. `status` is that of the message sent for this answer: 0 when nobody answered it, -1
    when none was sent; `said` is then our code, or what Moodle's network said. `behind` counts untold changes."""

    url: str
    stopped: bool
    waiting: int
    failing: int
    behind: int
    status: int
    said: str


@dataclass(frozen=True, slots=True)
class SiteState:
    """What our plugin finds in its Moodle (`docs/plugin-protocol.md`, section 4). `cron_last` 0: it never ran."""

    plugin: str
    time: int
    connected: bool
    capabilities: tuple[Capability, ...]
    student_assignable: bool
    manual_enrolment: bool
    course_exists: bool
    course_visible: bool
    activity_exists: bool
    activity_visible: bool
    cohort_exists: bool
    cohort_members: int
    tool: ToolState
    curl_blocks_host: bool
    curl_blocks_port: bool
    webhook: WebhookState
    cron_enabled: bool
    cron_last: int
