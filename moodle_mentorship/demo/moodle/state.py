"""The demonstration Moodle's memory: people, cohort, course, groups, enrolments, messages, journal and faults.

Everything is kept behind one lock, so that a page, a web-service call and a test may come at once.
"""

import hashlib
import json
import secrets
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum

from moodle_mentorship.demo.moodle.config import (
    CORE_CAPABILITIES,
    PLUGIN_CAPABILITIES,
    DemoMoodleConfig,
    DemoTool,
)
from moodle_mentorship.moodle.functions import PLUGIN_VERSION

#: Moodle's standard roles by id.
ROLES: Mapping[int, str] = {1: "manager", 3: "editingteacher", 4: "teacher", 5: "student"}
STUDENT, EDITING_TEACHER = 5, 3

#: Longest time (seconds) a stalled call is held when nobody lets it go.
LONGEST_STALL = 30.0


class Fault(StrEnum):
    """A way in which the next web-service call goes wrong."""

    HTTP_500 = "http_500"
    CUT_JSON = "cut_json"
    NOT_JSON = "not_json"
    MAINTENANCE_PAGE = "maintenance_page"
    LOGIN_REDIRECT = "login_redirect"
    MOVED = "moved"
    FORBIDDEN_PAGE = "forbidden_page"
    STALL = "stall"
    ANSWER_THEN_DROP = "answer_then_drop"


@dataclass
class DemoUser:
    """An account. `profile` holds custom fields; a datetime field is Unix seconds as a string."""

    id: int
    username: str
    lastname: str
    firstname: str
    middlename: str = ""
    email: str = ""
    idnumber: str = ""
    profile: dict[str, str] = field(default_factory=dict)
    suspended: bool = False
    deleted: bool = False
    is_admin: bool = False

    @property
    def fullname(self) -> str:
        """As Moodle shows it by default: no patronymic."""
        return f"{self.firstname} {self.lastname}"


@dataclass
class DemoGroup:
    """A group of the course. `visibility` 1: its members alone see who is in it."""

    id: int
    course_id: int
    name: str
    description: str = ""
    idnumber: str = ""
    visibility: int = 0
    members: set[int] = field(default_factory=set)
    # Whether its conversation is on.
    conversation: bool = False


@dataclass
class DemoGrouping:
    """A set of groups, by their ids."""

    id: int
    name: str
    idnumber: str = ""
    groups: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class DemoMessage:
    """A message that the plugin sent for us; `key` is what it is known by."""

    id: int
    user_id: int
    key: str
    subject: str
    text: str
    address: str


class Tracking(StrEnum):
    """How the activity's completion is tracked."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"
    OFF = "off"


@dataclass(frozen=True)
class _Armed:
    fault: Fault
    function: str | None


@dataclass(frozen=True)
class _Launch:
    session: str
    user_id: int


@dataclass(frozen=True)
class ServiceToken:
    """A token for LTI services; `expires` is Unix time."""

    client_id: str
    scopes: frozenset[str]
    expires: int


class DemoMoodle:
    """A site with one course «Наставничество», one staff cohort and one LTI activity. Methods are safe in threads."""

    def __init__(self, config: DemoMoodleConfig) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.users: dict[int, DemoUser] = {}
        self.cohort: set[int] = set()
        self.groups: dict[int, DemoGroup] = {}
        self.groupings: dict[int, DemoGrouping] = {}
        # Whether people can write to each other on this site.
        self.messaging = True
        self.enrolments: dict[int, set[int]] = {}
        # Unix time of the oldest enrolment that still stands.
        self.enrolled_at: dict[int, int] = {}
        self.messages: list[DemoMessage] = []
        self.calls: Counter[str] = Counter()
        self.profile_fields: dict[str, str] = {}
        self.tools: dict[str, DemoTool] = {}
        self.activity_tool: str | None = None
        self.capabilities = set(PLUGIN_CAPABILITIES if config.plugin else PLUGIN_CAPABILITIES | CORE_CAPABILITIES)
        self.token: str | None = config.token
        self.token_expired = False
        self.address_allowed = True
        self.web_services_enabled = True
        self.in_maintenance = False
        self.developer_debug = False
        self.release = "4.5.6 (Build: 20250811)"
        self.plugin_version = PLUGIN_VERSION
        self.withheld_functions: set[str] = set()
        # Seconds that this site's clock is ahead.
        self.clock_off = 0
        self.course_exists = self.course_visible = True
        self.activity_exists = self.activity_visible = True
        self.manual_enrolment = True
        self.cohort_exists = True
        self.curl_blocks_host = self.curl_blocks_port = False
        # Where the plugin sends its messages, and what signs them; it learns both at the connection.
        self.webhook_url = self.webhook_secret = ""
        self.webhook_stopped = False
        self.webhook_reachable = True
        self.webhook_failing = 0
        self.cron_enabled = True
        # Seconds since its last start.
        self.cron_silent = 20
        self.tracking = Tracking.MANUAL
        # Who is done with the activity.
        self.completed: set[int] = set()
        self.assignable_roles = {EDITING_TEACHER, 4, STUDENT}
        self.journal_id = secrets.token_hex(8)
        self.oldest_sequence = 1
        self._sequence = 0
        self._journal: dict[int, int] = {}
        self._ever_staff: set[int] = set()
        self._fingerprints: dict[int, str] = {}
        self._faults: list[_Armed] = []
        self._release = threading.Event()
        self._launches: dict[str, _Launch] = {}
        self._used_registrations: set[str] = set()
        self._service_tokens: dict[str, ServiceToken] = {}
        self._ids = Counter[str]()
        self.admin = self.add_user("admin", "Климов", "Андрей", "Юрьевич", is_admin=True)
        self.service_user = self.add_user("mentorship_svc", "Service", "Mentorship")
        if config.tool is not None:
            self.add_tool(config.tool)
            self.activity_tool = config.tool.deployment_id

    # People -----------------------------------------------------------------------------------------------------

    def add_user(
        self,
        username: str,
        lastname: str,
        firstname: str,
        middlename: str = "",
        *,
        email: str = "",
        idnumber: str = "",
        profile: Mapping[str, str] | None = None,
        staff: bool = False,
        is_admin: bool = False,
    ) -> DemoUser:
        """A new account; `staff` puts it into the staff cohort as well. Ids start at 2, as in Moodle."""
        with self.lock:
            user = DemoUser(
                self._next("user", first=2),
                username,
                lastname,
                firstname,
                middlename,
                email or f"{username}@school.example",
                idnumber,
                dict(profile or {}),
                is_admin=is_admin,
            )
            self.users[user.id] = user
            if staff:
                self.add_to_cohort(user.id)
            return user

    def user(self, user_id: int) -> DemoUser:
        """The account, a deleted one too. Raises KeyError."""
        return self.users[user_id]

    def by_username(self, username: str) -> DemoUser:
        """The living account with this login name. Raises KeyError."""
        with self.lock:
            for user in self.users.values():
                if user.username == username and not user.deleted:
                    return user
        raise KeyError(username)

    def rename(
        self, user_id: int, *, lastname: str | None = None, firstname: str | None = None, middlename: str | None = None
    ) -> None:
        """Change parts of a name; fires user_updated."""
        with self.lock:
            user = self.users[user_id]
            user.lastname = user.lastname if lastname is None else lastname
            user.firstname = user.firstname if firstname is None else firstname
            user.middlename = user.middlename if middlename is None else middlename
            self._record(user_id)

    def set_email(self, user_id: int, email: str) -> None:
        """Fires user_updated."""
        with self.lock:
            self.users[user_id].email = email
            self._record(user_id)

    def set_profile_field(self, user_id: int, shortname: str, value: str, *, event: bool = True) -> None:
        """`event=False` is Moodle's `profile_save_data()`, which no observer hears: see `compare_fingerprints`."""
        with self.lock:
            self.users[user_id].profile[shortname] = value
            if event:
                self._record(user_id)

    def suspend(self, user_id: int, suspended: bool = True) -> None:
        """Fires user_updated."""
        with self.lock:
            self.users[user_id].suspended = suspended
            self._record(user_id)

    def delete_user(self, user_id: int) -> None:
        """As Moodle's `delete_user()`: e-mail becomes an md5, idnumber empty, memberships vanish without events."""
        with self.lock:
            user = self.users[user_id]
            user.deleted = True
            user.email = hashlib.md5(user.username.encode(), usedforsecurity=False).hexdigest()
            user.idnumber = ""
            self.cohort.discard(user_id)
            self.unenrol(user_id)
            self._record(user_id)

    def add_to_cohort(self, user_id: int) -> None:
        """Into the staff cohort; cohort enrolment lets the person into the course as a student."""
        with self.lock:
            self.cohort.add(user_id)
            self._ever_staff.add(user_id)
            self.enrol(user_id)
            self._record(user_id)

    def remove_from_cohort(self, user_id: int) -> None:
        """Out of the staff cohort, and with it out of the course and its groups."""
        with self.lock:
            self.cohort.discard(user_id)
            self.unenrol(user_id)
            self._record(user_id)

    def staff(self) -> list[DemoUser]:
        """The cohort's living members by id."""
        with self.lock:
            return [self.users[id_] for id_ in sorted(self.cohort) if not self.users[id_].deleted]

    # The journal of the plugin ----------------------------------------------------------------------------------

    @property
    def sequence(self) -> int:
        """The newest number of the journal."""
        return self._sequence

    def journal_after(self, sequence: int) -> list[tuple[int, int]]:
        """(sequence, user id) of each person's newest entry after `sequence`, ascending."""
        with self.lock:
            return sorted((seen, user_id) for user_id, seen in self._journal.items() if seen > sequence)

    def compare_fingerprints(self) -> int:
        """The plugin's hourly task: journals staff whose data changed without an event. How many there were."""
        with self.lock:
            changed = [user.id for user in self.staff() if self._fingerprints[user.id] != self._fingerprint(user)]
            for user_id in changed:
                self._record(user_id)
            return len(changed)

    def trim_journal(self) -> None:
        """Forget all that is journaled so far, as the plugin's cleaning does with old rows."""
        with self.lock:
            self._journal.clear()
            self.oldest_sequence = self._sequence + 1

    def new_journal(self) -> None:
        """The plugin was uninstalled and installed again."""
        with self.lock:
            self._journal.clear()
            self.journal_id, self._sequence, self.oldest_sequence = secrets.token_hex(8), 0, 1

    def _record(self, user_id: int) -> None:
        if user_id not in self._ever_staff:
            return
        self._sequence += 1
        self._journal[user_id] = self._sequence
        self._fingerprints[user_id] = self._fingerprint(self.users[user_id])

    @staticmethod
    def _fingerprint(user: DemoUser) -> str:
        parts = [
            user.lastname,
            user.firstname,
            user.middlename,
            user.email,
            user.suspended,
            sorted(user.profile.items()),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    # The course -------------------------------------------------------------------------------------------------

    def enrol(self, user_id: int, role_id: int = STUDENT) -> None:
        """Add a role in the course to those the person has."""
        with self.lock:
            self.enrolments.setdefault(user_id, set()).add(role_id)
            self.enrolled_at.setdefault(user_id, int(self.now()))

    def unenrol(self, user_id: int) -> None:
        """Out of the course and its groups."""
        with self.lock:
            self.enrolments.pop(user_id, None)
            self.enrolled_at.pop(user_id, None)
            for group in self.groups.values():
                group.members.discard(user_id)

    def add_grouping(self, name: str, idnumber: str = "") -> DemoGrouping:
        """A grouping, by whomever."""
        with self.lock:
            grouping = DemoGrouping(self._next("grouping"), name, idnumber)
            self.groupings[grouping.id] = grouping
            return grouping

    def add_group(self, name: str, *, idnumber: str = "", description: str = "", visibility: int = 1) -> DemoGroup:
        """A group by a teacher's hand."""
        with self.lock:
            group = DemoGroup(
                self._next("group"), self.config.course_id, name, description, idnumber, visibility=visibility
            )
            self.groups[group.id] = group
            return group

    def group_by_idnumber(self, idnumber: str) -> DemoGroup:
        """Raises KeyError."""
        with self.lock:
            for group in self.groups.values():
                if group.idnumber == idnumber:
                    return group
        raise KeyError(idnumber)

    def groups_of(self, user_id: int) -> list[DemoGroup]:
        """The groups a person is in, by id."""
        with self.lock:
            return [group for _, group in sorted(self.groups.items()) if user_id in group.members]

    def sees_all_groups(self, user: DemoUser) -> bool:
        """Administrators and editing teachers; everybody else sees their own groups."""
        return user.is_admin or EDITING_TEACHER in self.enrolments.get(user.id, set())

    def deliver(self, user_id: int, key: str, subject: str, text: str, address: str) -> DemoMessage | None:
        """Keep a message to somebody; None when one with this key was sent to them before."""
        with self.lock:
            if any((sent.user_id, sent.key) == (user_id, key) for sent in self.messages):
                return None
            message = DemoMessage(self._next("message"), user_id, key, subject, text, address)
            self.messages.append(message)
            return message

    # The service user's rights, and what an administrator may break ---------------------------------------------

    def now(self) -> float:
        """This site's clock, Unix time."""
        return self.config.clock() + self.clock_off

    def grant(self, *capabilities: str) -> None:
        """Give the service user capabilities."""
        self.capabilities.update(capabilities)

    def revoke(self, *capabilities: str) -> None:
        """Take capabilities from the service user."""
        self.capabilities.difference_update(capabilities)

    @contextmanager
    def maintenance(self) -> Iterator[None]:
        """The site is closed while the block runs (`sitemaintenance`)."""
        self.in_maintenance = True
        try:
            yield
        finally:
            self.in_maintenance = False

    # Faults -----------------------------------------------------------------------------------------------------

    def fail_next(self, fault: Fault, *, function: str | None = None, times: int = 1) -> None:
        """The next `times` calls (of `function`, or of any) go wrong in this way."""
        with self.lock:
            self._faults.extend([_Armed(fault, function)] * times)

    @contextmanager
    def stalled(self, function: str | None = None, times: int = 1) -> Iterator[None]:
        """The next `times` calls hang until the block ends, and are not carried out."""
        self._release.clear()
        self.fail_next(Fault.STALL, function=function, times=times)
        try:
            yield
        finally:
            self._release.set()
            self.clear_faults()

    def clear_faults(self) -> None:
        """Disarm what has not gone off."""
        with self.lock:
            self._faults.clear()

    def take_fault(self, function: str) -> Fault | None:
        """The fault for this call, disarmed by being taken."""
        with self.lock:
            for armed in self._faults:
                if armed.function in (None, function):
                    self._faults.remove(armed)
                    return armed.fault
            return None

    def hang(self) -> None:
        """Hold the calling thread until `stalled` ends."""
        self._release.wait(LONGEST_STALL)

    # Tools and launches -----------------------------------------------------------------------------------------

    def add_tool(self, tool: DemoTool) -> None:
        """Keep a tool under its deployment id (`lti_types.id`)."""
        with self.lock:
            self.tools[tool.deployment_id] = tool

    def next_deployment_id(self) -> str:
        """A free `lti_types.id`."""
        with self.lock:
            return str(max((int(id_) for id_ in self.tools), default=0) + 1)

    def tool_by_client(self, client_id: str) -> DemoTool | None:
        """The tool with this client id."""
        with self.lock:
            return next((tool for tool in self.tools.values() if tool.client_id == client_id), None)

    def activate(self, deployment_id: str) -> None:
        """What an administrator does with a PENDING tool; the course's activity shows this tool from now on."""
        with self.lock:
            self.tools[deployment_id] = replace(self.tools[deployment_id], active=True)
            self.activity_tool = deployment_id

    def current_tool(self) -> DemoTool | None:
        """The tool behind the course's activity."""
        with self.lock:
            return self.tools.get(self.activity_tool or "")

    def begin_launch(self, session: str, user_id: int) -> str:
        """A launch id for the message hint; it is good once, in the same session."""
        with self.lock:
            launch_id = f"ltilaunch{self.config.lti_instance_id}_{secrets.randbelow(2**31)}"
            self._launches[launch_id] = _Launch(session, user_id)
            return launch_id

    def take_launch(self, session: str, launch_id: str) -> bool:
        """Use a launch id up. False when it is unknown, used, or of another session."""
        with self.lock:
            launch = self._launches.get(launch_id)
            if launch is None or launch.session != session:
                return False
            del self._launches[launch_id]
            return True

    def grant_token(self, token: str, granted: ServiceToken) -> None:
        with self.lock:
            self._service_tokens[token] = granted

    def service_token(self, token: str) -> ServiceToken | None:
        """What a token allows; None for an unknown one."""
        with self.lock:
            return self._service_tokens.get(token)

    def forget_tokens(self) -> None:
        """As when somebody empties Moodle's table of them."""
        with self.lock:
            self._service_tokens.clear()

    def use_registration(self, client_id: str) -> bool:
        """Use a registration token up. False when it was used before."""
        with self.lock:
            if client_id in self._used_registrations:
                return False
            self._used_registrations.add(client_id)
            return True

    def _next(self, kind: str, first: int = 1) -> int:
        self._ids[kind] += 1
        return self._ids[kind] + first - 1


def role_names(role_ids: Iterable[int]) -> list[str]:
    """Short names of Moodle's roles, by id."""
    return [ROLES[id_] for id_ in sorted(role_ids)]
