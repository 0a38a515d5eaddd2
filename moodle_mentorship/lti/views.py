"""Pages and endpoints of the Moodle login, of registration and of the administrator's connection page."""

import re
from dataclasses import replace
from typing import cast
from urllib.parse import urlencode, urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.core.secrets import new_handle
from moodle_mentorship.lti import keysets, queries, service, verifier
from moodle_mentorship.lti.errors import Fault, LaunchRefused, RegistrationFailed
from moodle_mentorship.lti.known import KnownRegistrations
from moodle_mentorship.lti.service.launches import RegistrationChanged
from moodle_mentorship.lti.service.placing import ask_for_page
from moodle_mentorship.lti.sessions import Carrier
from moodle_mentorship.lti.state import LIFETIME, Binding, LoginState, StateSeal, check_binding, check_fresh, new_state
from moodle_mentorship.lti.visits import cookie_name, set_cookie
from moodle_mentorship.moodle import keys
from moodle_mentorship.moodle.platforms import (
    Registration,
    is_safe_address,
    origin_of,
    refuse_second_moodle,
    refuse_switched_off,
)
from moodle_mentorship.web import current, limits
from moodle_mentorship.web.access import any_role, public, roles, signed
from moodle_mentorship.web.handles import with_handle

bp = Blueprint("lti", __name__, template_folder="templates", static_folder="static", static_url_path="/static/lti")

# Where the application keeps what logins know (`KnownRegistrations`), and what signs their states.
KNOWN, SEAL = "mentorship.registrations", "mentorship.login_states"

_HANDLE = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_TARGET = 1000
_LONGEST_HINT = 2000

# What a login initiation may say, and our own word that the browser was asked to keep a cookie.
_LOGIN = ("iss", "login_hint", "target_link_uri", "lti_message_hint", "client_id", "lti_deployment_id")
_TRIED = "cookie_tried"


# Login and launch -------------------------------------------------------------------------------------------------


@bp.route("/lti/login", methods=["GET", "POST"])
@public
def login() -> AnyResponse:
    """Third-party initiated login: validate, sign a state, send the browser on to Moodle (nothing is stored).

    Whether the browser keeps our cookie is known before it goes to Moodle, whose message hint works once: a browser
    that shows none, not even that of an earlier session, is sent here a second time. A redirect finds it out with no
    script, and leaves Moodle the origin of the whole navigation, so that Moodle's own cookie (SameSite=Lax) comes
    along.
    """
    registration = _named_registration()
    target = _own_target(request.values.get("target_link_uri", ""))
    kept = _binding_secret()
    secret = kept or new_handle()
    keeps = kept is not None or cookie_name(current.runtime().settings, "session") in request.cookies
    if not keeps and _TRIED in request.values:
        return _cookieless_login(registration, target)
    if not keeps:
        asked = {name: request.values[name] for name in _LOGIN if name in request.values}
        response = make_response(redirect(f"{url_for('lti.login')}?{urlencode(asked | {_TRIED: '1'})}", 303))
    else:
        response = make_response(redirect(_auth_address(registration, _state(registration, target, secret)), 302))
    set_cookie(response, current.runtime().settings, "binding", secret, max_age=int(LIFETIME.total_seconds()))
    return response


def _cookieless_login(registration: Registration, target: str) -> AnyResponse:
    """The page that keeps the secret in `sessionStorage` and goes on to Moodle; inside a frame that has neither, it
    offers a window of its own, where cookies are first-party."""
    secret = new_handle()
    state = _state(registration, target, secret, Binding.PAGE)
    page = render_template(
        "lti/login.html",
        address=_auth_address(registration, state),
        key=state.state_id,
        secret=secret,
        # Old browsers don't say; then the script knows.
        framed=request.headers.get("Sec-Fetch-Dest", "iframe") != "document",
        again={name: request.values[name] for name in _LOGIN if name in request.values},
    )
    return make_response(page)


def _state(registration: Registration, target: str, secret: str, bound_by: Binding = Binding.COOKIE) -> LoginState:
    return new_state(
        issuer=registration.issuer,
        client_id=registration.client_id,
        deployment_id=request.values.get("lti_deployment_id") or None,
        target=target,
        bound_by=bound_by,
        binding_secret=secret,
        now=current.now(),
    )


def _named_registration() -> Registration:
    """The registration that the request means. Deployments of one issuer and client id share their addresses, so any
    of them will do here; the launch's token says which one it is."""
    issuer, hint = request.values.get("iss", ""), request.values.get("login_hint", "")
    message_hint = request.values.get("lti_message_hint", "")
    # Even an error page belongs into the frame where the person looks; it shows nothing of any school.
    if is_safe_address(issuer, current.runtime().settings.environment):
        g.frame_ancestors = origin_of(issuer)
    limits.count(limits.LOGIN, issuer, hint)
    _refuse_repeated()
    if not issuer or not hint or max(len(hint), len(message_hint)) > _LONGEST_HINT:
        raise LaunchRefused(Fault.LOGIN_INCOMPLETE)
    client_id = request.values.get("client_id") or None
    deployment_id = request.values.get("lti_deployment_id") or None
    found = _known().find(current.runtime().db, issuer, client_id, deployment_id, current.now())
    # Without a client id, and with several to choose from, the authorisation request can't be made.
    if len({registration.client_id for registration in found}) != 1:
        raise LaunchRefused(Fault.PLATFORM_UNKNOWN)
    return found[0]


def _known() -> KnownRegistrations:
    return cast(KnownRegistrations, current_app.extensions[KNOWN])


def _own_target(target: str) -> str:
    """Moodle's target must be a page of ours, otherwise the launch would be an open redirect."""
    try:
        ours = len(target) <= _LONGEST_TARGET and origin_of(target) == _own_origin()
    except ValueError:
        ours = False
    if not ours or not target.isprintable():
        raise LaunchRefused(Fault.TARGET_FOREIGN)
    return target


def _own_origin() -> str:
    return origin_of(current.runtime().settings.base_url)


def _refuse_repeated() -> None:
    """OAuth 2.0, 3.1: a parameter is sent once. Of two, a proxy or a log might take the one that we don't."""
    if any(len(values) > 1 for _, values in request.values.lists()):
        raise LaunchRefused(Fault.PARAMETER_REPEATED)


def _binding_secret() -> str | None:
    """The browser's secret; kept when there is one, so that two tabs can log in side by side."""
    value = request.cookies.get(cookie_name(current.runtime().settings, "binding"), "")
    return value if _HANDLE.fullmatch(value) else None


def _auth_address(registration: Registration, state: LoginState) -> str:
    """Moodle's authorisation endpoint, asked by GET: its session cookie is SameSite=Lax and would miss a POST.

    No `repost`: Moodle adds it itself to notice that its own cookie is missing.
    """
    parameters = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": registration.client_id,
        "redirect_uri": f"{current.runtime().settings.base_url}/lti/launch",
        "state": _seal().seal(state),
        "nonce": state.nonce,
        "login_hint": request.values["login_hint"],
    }
    if request.values.get("lti_message_hint"):
        parameters["lti_message_hint"] = request.values["lti_message_hint"]
    joint = "&" if urlsplit(registration.auth_url).query else "?"
    return f"{registration.auth_url}{joint}{urlencode(parameters)}"


def _seal() -> StateSeal:
    return cast(StateSeal, current_app.extensions[SEAL])


@bp.post("/lti/launch")
@signed
def launch() -> AnyResponse:
    """Verify Moodle's token against the login, let the person in, and show the page that the link means.

    A browser without our cookie posts the same once more, from the page that we answer with: with its secret or with
    the person's yes. Until then nothing is stored.
    """
    _frame_by_sender()
    limits.count(limits.LAUNCH, request.headers.get("Origin", ""))
    _refuse_repeated()
    state = _seal().open(request.form.get("state", ""))
    g.frame_ancestors = origin_of(state.issuer)
    check_fresh(state, current.now())
    carrier = _proven_carrier(state)
    token = _posted_token()
    if carrier is None:
        _known().forget(state.issuer, state.client_id, state.deployment_id)
        return _ask_the_browser(state, *_verified(state, token))
    try:
        return _let_in(state, *_verified(state, token), carrier)
    except RegistrationChanged:
        _known().forget(state.issuer, state.client_id, state.deployment_id)
        return _let_in(state, *_verified(state, token), carrier)


def _proven_carrier(state: LoginState) -> Carrier | None:
    """How the session's handle will travel, once this browser is the one that began the login; None: not known yet."""
    if state.bound_by is Binding.COOKIE:
        check_binding(state, _binding_secret())
        return Carrier.COOKIE
    secret, answer = request.form.get("secret"), request.form.get("answer")
    if not secret and answer is None:
        return None
    if not secret and answer != "yes":
        raise LaunchRefused(Fault.DECLINED)
    # Secret and click stand against login CSRF, so both count on our own page alone: whoever begins a login is told its
    # secret, and could post it from a page of theirs in anybody's browser.
    if request.headers.get("Origin") != current.runtime().settings.origin:
        raise LaunchRefused(Fault.BINDING_WRONG)
    if secret:
        check_binding(state, secret)
    elif _keeps_cookies():
        # Such a browser would have been bound by its cookie.
        raise LaunchRefused(Fault.BINDING_WRONG)
    return Carrier.PATH


def _keeps_cookies() -> bool:
    settings = current.runtime().settings
    return any(cookie_name(settings, purpose) in request.cookies for purpose in ("binding", "session"))


def _verified(state: LoginState, token: str) -> tuple[Registration, verifier.LaunchClaims]:
    """By the registration as it was known a moment ago. That refuses nobody: before it does, the database is asked; and
    it lets nobody in whom the database doesn't (`service.accept`)."""
    asked = (state.issuer, state.client_id, state.deployment_id)
    known = _known().find(current.runtime().db, *asked, current.now())
    try:
        return _verified_by(known, state, token)
    except LaunchRefused:
        _known().forget(*asked)
        found = _known().find(current.runtime().db, *asked, current.now())
        if found == known:
            raise
    return _verified_by(found, state, token)


def _verified_by(
    found: list[Registration], state: LoginState, token: str
) -> tuple[Registration, verifier.LaunchClaims]:
    """Moodle's keys are asked for here, by HTTP, before any write transaction begins."""
    runtime, now = current.runtime(), current.now()
    registration = _chosen(found, token)
    keyset = keysets.keyset_for(runtime, registration, verifier.key_id(token), now)
    if keyset is not registration.jwks:
        # Asked for just now, and kept.
        registration = replace(registration, jwks=keyset, jwks_fetched_at=now)
    return registration, verifier.verify(token, registration, keyset, now, nonce=state.nonce, target=state.target)


def _ask_the_browser(state: LoginState, registration: Registration, claims: verifier.LaunchClaims) -> AnyResponse:
    """The page whose script finds the login's secret and posts the launch again, or else asks the person."""
    with current.runtime().db.unit_of_work(read_only=True) as session:
        name = queries.name_of(session, registration.school_id, claims.moodle_user_id)
    page = render_template(
        "lti/launch.html",
        key=state.state_id,
        form={"state": request.form["state"], "id_token": request.form["id_token"]},
        name=name,
        may_ask=not _keeps_cookies(),
    )
    return make_response(page)


def _let_in(
    state: LoginState, registration: Registration, claims: verifier.LaunchClaims, carrier: Carrier
) -> AnyResponse:
    """Use the login up and open the session, in one write transaction."""
    runtime, now = current.runtime(), current.now()
    old_handle = request.cookies.get(cookie_name(runtime.settings, "session")) if carrier is Carrier.COOKIE else None
    with runtime.db.unit_of_work() as session:
        outcome = service.accept(session, registration, state, claims, old_handle, now, carrier)
        if claims.placing is not None and outcome.handle is not None:
            ask_for_page(session, runtime.box, registration.school_id, outcome.launch_id, claims.placing, now)
    if outcome.refusal is not None:
        raise outcome.refusal
    handle = outcome.handle or ""
    page = _page_of(state.target) if claims.placing is None else url_for("placing.choose")
    if carrier is Carrier.PATH:
        return redirect(with_handle(handle, page), 303)
    response = make_response(redirect(page, 303))
    set_cookie(response, runtime.settings, "session", handle)
    return response


def _frame_by_sender() -> None:
    """Without a state of ours we know no platform; the page that says so still has to show in the sender's frame."""
    sender = request.headers.get("Origin", "")
    if is_safe_address(sender, current.runtime().settings.environment):
        g.frame_ancestors = origin_of(sender)


def _posted_token() -> str:
    if "id_token" in request.args or "state" in request.args:
        raise LaunchRefused(Fault.JWT_IN_QUERY)
    if request.form.get("error"):
        raise LaunchRefused(Fault.PLATFORM_DENIED)
    token = request.form.get("id_token", "")
    if not token:
        raise LaunchRefused(Fault.JWT_MISSING)
    return token


def _chosen(found: list[Registration], token: str) -> Registration:
    """Of several deployments the one that the token names; verifying then proves (or refuses) that word."""
    if not found:
        raise LaunchRefused(Fault.PLATFORM_UNKNOWN)
    if len(found) == 1:
        return found[0]
    hint = verifier.deployment_hint(token)
    for registration in found:
        if registration.deployment_id == hint:
            return registration
    raise LaunchRefused(Fault.DEPLOYMENT_MISSING if hint is None else Fault.DEPLOYMENT_WRONG)


def _page_of(target: str) -> str:
    """Our page that a target means; the login's own addresses (older links point at /lti/launch) mean the start."""
    parts = urlsplit(target)
    path = parts.path if parts.path and not parts.path.startswith(("/lti/", "//")) else "/"
    return path + (f"?{parts.query}" if parts.query and path == parts.path else "")


@bp.post("/role")
@any_role
def switch_role() -> AnyResponse:
    """The header's menu: whose tabs are shown."""
    service.switch_role(current.session(), current.actor(), current.visit().session_id, request.form.get("role", ""))
    return redirect(request.script_root + "/", 303)


# Registration -----------------------------------------------------------------------------------------------------


@bp.get("/lti/jwks")
@public
def jwks() -> Response:
    """Our public keys; the first question makes the first key."""
    limits.count(limits.JWKS)
    runtime, now = current.runtime(), current.now()
    with runtime.db.unit_of_work(read_only=True) as session:
        published = keys.public_keys(session, runtime.box, now)
    if not published:
        with runtime.db.unit_of_work() as session:
            keys.ensure_key(session, runtime.box, now)
            published = keys.public_keys(session, runtime.box, now)
    response = jsonify({"keys": published})
    response.headers["Cache-Control"] = f"public, max-age={int(keys.JWKS_LIFE.total_seconds())}"
    return response


@bp.get("/lti/register")
@signed
def confirm_registration() -> str:
    """What Moodle's dynamic registration opens: which Moodle is connected to which school, and one button."""
    configuration_url = request.args.get("openid_configuration", "")
    _frame_by(configuration_url)
    limits.count(limits.REGISTER)
    school = service.invited_school(current.session(), request.args.get("invitation", ""), current.now())
    return render_template(
        "lti/register.html",
        school=school,
        host=urlsplit(configuration_url).netloc,
        configuration_url=configuration_url,
        token=request.args.get("registration_token", ""),
        invitation=request.args.get("invitation", ""),
    )


@bp.post("/lti/register")
@signed
def register() -> str:
    """Read the configuration, ask for a client, keep it. The invitation is what entitles; all HTTP comes before."""
    runtime, now, form = current.runtime(), current.now(), request.form
    configuration_url, code = form.get("openid_configuration", ""), form.get("invitation", "")
    environment = runtime.settings.environment
    _frame_by(configuration_url)
    limits.count(limits.REGISTER)
    with runtime.db.unit_of_work(read_only=True) as session:
        school = service.invited_school(session, code, now)
    configuration = service.read_configuration(configuration_url, runtime.settings)
    with runtime.db.unit_of_work(read_only=True) as session:
        # Before Moodle makes a client that nobody would use.
        refuse_switched_off(session, school.id)
        refuse_second_moodle(session, school.id, configuration.issuer)
    client = service.request_client(configuration, form.get("registration_token", ""), runtime.settings)
    with runtime.db.unit_of_work() as session:
        service.register(session, code, configuration, client, environment, now)
    return render_template("lti/registered.html", school=school, origin=origin_of(configuration.issuer))


def _frame_by(configuration_url: str) -> None:
    """Moodle shows the registration in a frame of its own."""
    if not is_safe_address(configuration_url, current.runtime().settings.environment):
        raise RegistrationFailed("address_not_https")
    g.frame_ancestors = origin_of(configuration_url)


# The administrator's page -----------------------------------------------------------------------------------------


@bp.get("/connection")
@roles(Role.ADMINISTRATOR)
def connection() -> str:
    return _connection_page()


@bp.post("/connection/invitation")
@roles(Role.ADMINISTRATOR)
def make_invitation() -> Response:
    """Answers with the page itself: the code is shown once and stands in no address."""
    actor = current.actor()
    code = service.invite(current.session(), actor.school_id, current.now(), actor=actor)
    return make_response(_connection_page(code))


@bp.post("/connection/curator")
@roles(Role.ADMINISTRATOR)
def confirm_curator() -> AnyResponse:
    person_id = row_id(request.form.get("person_id", "")) or 0
    service.confirm_first_curator(current.session(), current.actor(), person_id, current.now())
    return redirect(url_for("lti.connection", done="curator_confirmed"), 303)


def _connection_page(code: str | None = None) -> str:
    session, school_id = current.session(), current.actor().school_id
    search = request.args.get("q", "").strip()[:100]
    view = queries.connection(session, school_id)
    people = queries.candidates(session, school_id, search) if not view.curators else []
    return render_template(
        "lti/connection.html",
        connection=view,
        people=people[: queries.CANDIDATES],
        more=len(people) > queries.CANDIDATES,
        search=search,
        code=code,
        base_url=current.runtime().settings.base_url,
    )
