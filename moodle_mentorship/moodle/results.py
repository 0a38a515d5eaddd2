"""What Moodle tells us, typed. Field names are ours; ids are Moodle's."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum


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
class CourseUser:
    """Somebody enrolled in a course, with the short names of their roles in it."""

    id: int
    roles: tuple[str, ...]
