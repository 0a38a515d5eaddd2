"""What a demonstration Moodle is started with."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import requests

#: The capabilities that our plugin's two roles give: next to nothing site-wide, the work in one course.
SITE_CAPABILITIES = frozenset({"webservice/rest:use", "local/mentorship:readstaff", "local/mentorship:sendmessage"})
COURSE_CAPABILITIES = frozenset(
    {
        "enrol/manual:enrol",
        "enrol/manual:unenrol",
        "local/mentorship:setcompletion",
        "moodle/calendar:manageentries",
        "moodle/course:managegroups",
        "moodle/course:view",
        "moodle/course:viewhiddengroups",
        "moodle/course:viewparticipants",
        "moodle/role:assign",
        "moodle/site:accessallgroups",
        "moodle/user:viewdetails",
    }
)
PLUGIN_CAPABILITIES = SITE_CAPABILITIES | COURSE_CAPABILITIES

#: What the service user needs besides where there is no plugin.
CORE_CAPABILITIES = frozenset(
    {
        "moodle/cohort:view",
        "moodle/user:viewdetails",
        "moodle/user:viewalldetails",
        "moodle/site:viewuseridentity",
    }
)


#: What our plugin asks Moodle to tell at each launch.
CUSTOM_PARAMETERS: Mapping[str, str] = {
    "user_id": "$User.id",
    "username": "$User.username",
    "sourcedid": "$Person.sourcedId",
    "middlename": "$Person.name.middle",
    "groups": "$Moodle.Person.userGroupIds",
}


@dataclass(frozen=True)
class DemoTool:
    """The LTI tool as Moodle's administrator would have registered it. `redirect_uris` are compared exactly.

    `custom_parameters` may hold Moodle's `$Variables`; one that Moodle doesn't know stays as it is. `memberships`: the
    tool may read names and roles, as far as `send_names` and `send_email` let it.
    """

    login_url: str
    launch_url: str
    jwks_url: str
    client_id: str = "ZwwG3nUMVwnR32C"
    deployment_id: str = "1"
    name: str = "Наставничество"
    redirect_uris: tuple[str, ...] = ()
    custom_parameters: Mapping[str, str] = field(default_factory=lambda: dict(CUSTOM_PARAMETERS))
    active: bool = True
    memberships: bool = True
    send_names: bool = True
    send_email: bool = True

    @property
    def all_redirect_uris(self) -> tuple[str, ...]:
        return self.redirect_uris or (self.launch_url,)

    @property
    def origin(self) -> str:
        """Scheme and host: where resize messages may come from, and where forms and frames may go."""
        parts = urlsplit(self.launch_url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class DemoVisitor:
    """A person whom a visitor of the first page may be. `role` and `hint` are Russian sentences for that page."""

    username: str
    role: str
    hint: str


def fetch_json(url: str) -> Any:
    """The default way to a tool's JWKS, as Moodle's own: by HTTP, five seconds at most."""
    response = requests.get(url, timeout=5, allow_redirects=False)
    response.raise_for_status()
    return response.json()


@dataclass(frozen=True)
class DemoMoodleConfig:
    """`base_url` is wwwroot and issuer (``http://127.0.0.1:8000/moodle``), without a slash at the end.

    `today` is the day the invented school's hire dates count from; `school=False` starts with an empty site (an
    administrator and a service user alone). `plugin=False` plays a Moodle without `local_mentorship`.
    `max_input_vars` is PHP's limit: what is more is dropped silently. `clock` gives Unix seconds.
    """

    base_url: str
    tool: DemoTool | None = None
    visitors: tuple[DemoVisitor, ...] = ()
    today: date = field(default_factory=date.today)
    school: bool = True
    school_name: str = "Школа № 12 г. Приреченска"
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    plugin: bool = True
    max_input_vars: int = 1000
    service_functions: frozenset[str] | None = None
    course_id: int = 2
    cmid: int = 2
    lti_instance_id: int = 1
    cohort_id: int = 1
    clock: Callable[[], float] = time.time
    fetch_json: Callable[[str], Any] = fetch_json
    session_cookie: str = "MoodleSessionDemo"

    @property
    def rest_url(self) -> str:
        return f"{self.base_url}/webservice/rest/server.php"

    @property
    def course_url(self) -> str:
        return f"{self.base_url}/course/view.php?id={self.course_id}"
