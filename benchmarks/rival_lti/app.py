"""Login and launch by pylti1p3next, then the same home page as ours."""

from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

from flask import Flask, redirect, request
from pylti1p3.contrib.flask import FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.tool_config import ToolConfDict
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from benchmarks.rival_lti.storage import DatabaseStorage, rival_engine
from moodle_mentorship import app as ours
from moodle_mentorship.core.actor import Actor, roles_in
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.models import Platform
from moodle_mentorship.people.models import Person, short_name_of
from moodle_mentorship.school.models import School, ShownSchool
from moodle_mentorship.web.current import Visit
from moodle_mentorship.web.nav import ROLE_ORDER

KEYS_LIFETIME = 7200
COOKIE = "rival-launch"
_SCHOOL = tuple(field.name for field in fields(ShownSchool))


def make_rival(runtime: Runtime, url: str) -> Any:
    """A WSGI application: ``/rival/login`` and ``/rival/launch`` by the library in a bare Flask of their own, which
    pays for nothing of ours; everything else is our application, which knows its visitors by the library's launch."""
    engine = rival_engine(url)
    with runtime.db.unit_of_work(read_only=True) as session:
        platforms = session.scalars(select(Platform)).all()
        schools = {platform.issuer: platform.school_id for platform in platforms}
        config = ToolConfDict(
            {
                platform.issuer: [
                    {
                        "default": True,
                        "client_id": platform.client_id,
                        "auth_login_url": platform.auth_url,
                        "auth_token_url": platform.token_url,
                        "key_set_url": platform.jwks_url,
                        "key_set": None,
                        "deployment_ids": [platform.deployment_id],
                    }
                ]
                for platform in platforms
            }
        )
        keys = {platform.jwks_url: platform.jwks for platform in platforms}
    library = Flask("rival", template_folder="benchmarks/rival_lti/templates", root_path=".")
    library.secret_key = "rival"  # noqa: S105 — a measurement's

    @library.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        try:
            asked = FlaskRequest()
            login = FlaskOIDCLogin(asked, config, launch_data_storage=DatabaseStorage(engine))
            return login.enable_check_cookies().redirect(f"{runtime.settings.base_url}/rival/launch")
        except OIDCException as error:
            return str(error), 400

    @library.post("/launch")
    def launch() -> Any:
        storage = DatabaseStorage(engine)
        try:
            message = FlaskMessageLaunch(FlaskRequest(), config, launch_data_storage=storage)
            message.set_public_key_caching(storage, cache_lifetime=KEYS_LIFETIME)
            message.get_launch_data()
        except LtiException as error:
            return str(error), 400
        answer = redirect("/", 303)
        answer.set_cookie(COOKIE, message.get_launch_id(), httponly=True)
        return answer

    @cache
    def known() -> Select[Any]:
        return (
            select(
                *(getattr(School, name) for name in _SCHOOL),
                Person.id.label("person_id"),
                Person.last_name,
                Person.first_name,
                Person.middle_name,
                runtime.roles.column(Person.school_id.expression, Person.id.expression).label("roles"),
            )
            .join(Person, Person.school_id == School.id)
            .where(School.id == bindparam("school_id"), Person.moodle_user_id == bindparam("moodle_user_id"))
        )

    class RivalVisits:
        """The visitor of the library's launch, kept in its storage."""

        def __init__(self, runtime: Runtime) -> None:
            pass

        def load(self, session: Session, shown: Any, now: datetime) -> Visit | None:
            launch_id = request.cookies.get(COOKIE)
            if not launch_id:
                return None
            try:
                message = FlaskMessageLaunch.from_cache(
                    launch_id, FlaskRequest(session={}), config, launch_data_storage=DatabaseStorage(engine)
                )
            except LtiException:
                return None
            claims = message.get_launch_data()
            # In one statement, as in ours.
            asked = {"school_id": schools[claims["iss"]], "moodle_user_id": int(claims["sub"])}
            found = session.connection().execute(known(), asked).one_or_none()
            if found is None:
                return None
            roles = roles_in(found.roles)
            return Visit(
                session_id=0,
                actor=Actor(found.id, found.person_id, roles),
                school=ShownSchool(*found[: len(_SCHOOL)]),
                person_name=short_name_of(found.last_name, found.first_name, found.middle_name),
                csrf_token=launch_id,
                frame_origin=claims["iss"],
                active_role=next((role for role in ROLE_ORDER if role in roles), None),
            )

    ours.LaunchVisits = RivalVisits  # type: ignore[assignment]
    pages = ours.create_app(runtime)
    _keep_keys(engine, keys)
    return DispatcherMiddleware(pages.wsgi_app, {"/rival": library.wsgi_app})


def _keep_keys(engine: Any, keys: dict[str, Any]) -> None:
    """The platforms' keys are cached already, as in ours: nobody fetches any."""
    import hashlib

    storage = DatabaseStorage(engine)
    for address, keyset in keys.items():
        digest = hashlib.md5(address.encode()).hexdigest()  # noqa: S324 — the library's own name for it
        storage.set_value(f"key-set-url-{digest}", keyset, KEYS_LIFETIME)
