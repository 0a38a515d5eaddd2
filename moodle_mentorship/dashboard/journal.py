"""The page «Journal»: who did what to whom, when. The journal keeps ids alone; names are looked up when it is read."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.people.queries import ever_appointed, names_of
from moodle_mentorship.people.words import FIELDS
from moodle_mentorship.web import current
from moodle_mentorship.web.access import roles
from moodle_mentorship.web.kit import Kit
from moodle_mentorship.web.nav import ROLE_NAMES

bp = Blueprint("journal", __name__, template_folder="templates", url_prefix="/journal")

# Every action that a verb records has its words here (tests/dashboard/test_journal.py compares the two).
ACTIONS = {
    "act.add": N_("Local act put into the register"),
    "act.renew": N_("New edition of a local act"),
    "board.calculate": N_("Draft of pairs asked for"),
    "board.form_groups": N_("Draft of groups asked for"),
    "board.forget": N_("Data of drafts deleted"),
    "board.mark": N_("Pair pinned or forbidden on the board"),
    "board.send": N_("Draft of pairs sent to both sides"),
    "board.stop": N_("Calculation of a draft stopped"),
    "board.undo": N_("Change of the board undone"),
    "board.send_groups": N_("Draft's groups sent to both sides"),
    "board.weigh": N_("Weights of the matching changed"),
    "candidate.bring_back": N_("Brought back among the candidates"),
    "candidate.put_off": N_("No candidate in this school year"),
    "candidates.set_rules": N_("Rules for candidates changed"),
    "consent.add_address": N_("Address on the web added"),
    "consent.allow_mark": N_("Mark in Moodle switched on"),
    "consent.duty_done": N_("Duty after a consent ended is done"),
    "consent.duty_lapsed": N_("Nothing has to be destroyed: a new consent is in force"),
    "consent.expire": N_("Term of a consent is over"),
    "consent.forbid_mark": N_("Mark in Moodle switched off"),
    "consent.leave": N_("Consent ended with the person's leaving"),
    "consent.mark": N_("Agreed by the mark in Moodle"),
    "consent.record": N_("Consent on paper recorded"),
    "consent.remind": N_("People reminded of papers to sign"),
    "consent.remove_address": N_("Address on the web removed"),
    "consent.scan": N_("Scan put to a consent"),
    "consent.text": N_("Text of a consent changed"),
    "consent.withdraw": N_("Consent withdrawn"),
    "data.answer": N_("Request about personal data answered"),
    "data.ask": N_("Request about personal data"),
    "data.erase": N_("Data of a person erased"),
    "document.acquaint": N_("Acquaintance with a document marked"),
    "document.begin": N_("Draft of a document begun"),
    "document.cancel": N_("Document no longer in force"),
    "document.change": N_("Draft of a document changed"),
    "document.discard": N_("Draft of a document thrown away"),
    "document.lay": N_("Document passed on for signature"),
    "document.register": N_("Document registered"),
    "document.remind": N_("Reminder of an acquaintance sheet sent through Moodle"),
    "document.send_back": N_("Document sent back with a remark"),
    "document.sign": N_("Document marked as signed"),
    "document.take_back": N_("Document taken back from the director"),
    "document.unsign": N_("Mark of a document's signature taken off"),
    "ground.close": N_("Ground of processing ended"),
    "ground.open": N_("Ground of processing opened"),
    "group.add": N_("Mentee added to a mentoring group"),
    "group.end": N_("Mentoring group ended"),
    "group.propose": N_("Mentoring group proposed"),
    "group.replace": N_("Another mentor proposed to a mentoring group"),
    "group.withdraw": N_("Proposed mentoring group withdrawn"),
    "law.take_back": N_("Row of the legal references taken back"),
    "law.write": N_("Row of the legal references written"),
    "invitation.make": N_("Invitation for Moodle made"),
    "meeting.call": N_("Meeting called"),
    "meeting.cancel": N_("Meeting cancelled"),
    "meeting.change": N_("Meeting changed"),
    "meeting.correct": N_("Who was at a meeting, and its minutes, put right"),
    "meeting.hold": N_("Meeting marked as held"),
    "meeting.invite": N_("One more person invited to a meeting"),
    "meeting.put_down": N_("Past meeting put down"),
    "meeting.take_away": N_("Invitation to a meeting taken back"),
    "mentee.add": N_("Added to the bank of mentees"),
    "mentee.ask": N_("Asked for a mentor"),
    "mentee.assess": N_("Needs of a mentee became known"),
    "mentee.complete": N_("Mentoring of a person completed"),
    "mentee.consent": N_("Invited mentee consented"),
    "mentee.invite": N_("Offered a mentor"),
    "mentee.wait": N_("A mentee waits for a mentor"),
    "mentee.withdraw": N_("Taken out of the bank of mentees"),
    "mentor.add": N_("Added to the bank of mentors"),
    "mentor.apply": N_("Applied as a mentor"),
    "mentor.change_capacity": N_("Number of places changed"),
    "mentor.check": N_("Mentor's application approved"),
    "mentor.invite": N_("Invited to be a mentor"),
    "mentor.open": N_("Approved mentor put into the bank"),
    "mentor.pause": N_("Mentor's break began"),
    "mentor.resume": N_("Mentor's break ended"),
    "mentor.set_basis": N_("Ground of a mentor's work entered"),
    "mentors.require_training": N_("Whether only trained mentors get a pair"),
    "mentor.train": N_("Mentor marked as trained"),
    "mentor.withdraw": N_("Taken out of the bank of mentors"),
    "order.miss": N_("Pair could not begin by its signed order"),
    "order.settle": N_("Pair of a signed order seen to"),
    "outbox.retry": N_("Sending to Moodle repeated"),
    "page.place": N_("Page placed in the course"),
    "name_forms.check": N_("Forms of a name checked"),
    "pack.collect": N_("Pack of documents asked for"),
    "pack.stop": N_("Pack of documents stopped"),
    "pack.take": N_("Pack of documents downloaded"),
    "pair.answer": N_("Answer to a proposed pair"),
    "pair.describe": N_("Form and kinds of a pair changed"),
    "pair.end": N_("Pair ended"),
    "pair.extend": N_("Pair extended"),
    "pair.leave_space": N_("Changes by hand in a pair's group left"),
    "pair.order": N_("Order of a pair entered"),
    "pair.propose": N_("Pair proposed"),
    "pair.replace": N_("Another mentor proposed in place of a pair"),
    "pair.restore_space": N_("A pair's group in Moodle put back as it was"),
    "pair.resume": N_("Pair at work again"),
    "pair.suspend": N_("Pair suspended"),
    "pair.warn": N_("Notice to the mentor of a pair entered"),
    "pair.withdraw": N_("Proposed pair withdrawn"),
    "person.answer": N_("Card filled by the person's own answers"),
    "person.edit": N_("Card edited by hand"),
    "person.keep": N_("Person kept on the staff"),
    "person.left": N_("Departure confirmed"),
    "person.resolve": N_("Difference between sources decided"),
    "platform.add": N_("LTI platform added"),
    "platform.disable": N_("LTI platform disabled"),
    "post_forms.check": N_("Forms of a post checked"),
    "questionnaire.create": N_("Questionnaire begun"),
    "questionnaire.discard": N_("Draft of a questionnaire discarded"),
    "questionnaire.edit": N_("Questionnaire changed"),
    "questionnaire.publish": N_("Questionnaire published"),
    "questionnaire.rename": N_("Questionnaire renamed"),
    "questionnaire.take": N_("Ready-made questionnaire taken over"),
    "questionnaire.undo": N_("Change of a questionnaire undone"),
    "road_map.add_line": N_("Line of the road map added"),
    "road_map.approve": N_("Road map approved"),
    "road_map.change_line": N_("Line of the road map changed"),
    "road_map.copy": N_("Road map of the year before taken over"),
    "road_map.look_again": N_("Evidence marks a line of the road map again"),
    "road_map.move_line": N_("Line of the road map moved"),
    "road_map.remove_line": N_("Line of the road map taken out"),
    "road_map.reminders": N_("Reminders of the road map changed"),
    "road_map.see": N_("Line of the road map done by its evidence"),
    "road_map.take": N_("Ready-made road map taken over"),
    "road_map.tick": N_("Line of the road map marked as done"),
    "road_map.untick": N_("Mark of a line of the road map taken back"),
    "road_map.write": N_("Messages about the road map sent through Moodle"),
    "register.set_rule": N_("Numbering of a register changed"),
    "role.appoint": N_("Role given"),
    "role.dismiss": N_("Role taken away"),
    "scan.destroy": N_("Scan destroyed"),
    "school.create": N_("School added"),
    "school.update": N_("School's details changed"),
    "site.add": N_("Site added"),
    "site.connect": N_("Moodle connected"),
    "site.disable": N_("Moodle switched off by the operator"),
    "site.enable": N_("Moodle switched on again by the operator"),
    "site.remove": N_("Site removed"),
    "site.rename": N_("Site edited"),
    "staff.import": N_("Staff list completed from a file"),
    "survey.ask": N_("More people asked in a round of a questionnaire"),
    "survey.close": N_("Round of a questionnaire ended"),
    "survey.correct": N_("Corrected answers sent"),
    "survey.destroy": N_("Answers to questionnaires destroyed"),
    "survey.reminders": N_("Reminders of a round changed"),
    "survey.start": N_("Round of a questionnaire begun"),
    "survey.submit": N_("Questionnaire sent"),
    "survey.write": N_("Message about a questionnaire sent through Moodle"),
    "sync.ask": N_("Synchronisation asked for"),
    "sync.asking": N_("Synchronisation stopped to ask"),
    "sync.cancel": N_("Synchronisation cancelled"),
    "sync.cancelled": N_("Synchronisation stopped"),
    "sync.confirm_losses": N_("Many departures confirmed at synchronisation"),
    "sync.discard_losses": N_("Many departures refused at synchronisation"),
    "sync.done": N_("Synchronisation finished"),
    "sync.failed": N_("Synchronisation failed"),
    "sync.map_fields": N_("Profile fields assigned"),
    "template.add": N_("The school's own template added"),
    "template.use": N_("The school's own template taken into use"),
    "template.use_shipped": N_("Back to the template that comes with the product"),
    "wishes.change": N_("Wishes about colleagues changed"),
}
ACTOR_KINDS = {
    "system": N_("The system"),
    "cli": N_("Command on the server"),
    "plugin": N_("Plugin in Moodle"),
}
OBJECTS = {
    "board": N_("board"),
    "board_draft": N_("draft of pairs No. %(id)s"),
    "board_mark": N_("mark No. %(id)s"),
    "consent": N_("consent No. %(id)s"),
    "consent_duty": N_("duty No. %(id)s"),
    "consent_text": N_("text No. %(id)s"),
    "data_request": N_("request No. %(id)s"),
    "document": N_("document No. %(id)s"),
    "document_pack": N_("pack No. %(id)s"),
    "legal_reference": N_("legal reference No. %(id)s"),
    "local_act": N_("local act No. %(id)s"),
    "public_address": N_("address No. %(id)s"),
    "meeting": N_("meeting No. %(id)s"),
    "road_map": N_("road map"),
    "road_map_line": N_("line No. %(id)s of the road map"),
    "scan": N_("scan No. %(id)s"),
    "pair": N_("pair No. %(id)s"),
    "group": N_("group No. %(id)s"),
    "questionnaire": N_("questionnaire No. %(id)s"),
    "register": N_("register of documents"),
    "school": N_("school"),
    "school_act": N_("local act No. %(id)s of the register"),
    "site": N_("site No. %(id)s"),
    "moodle_site": N_("connection to Moodle"),
    "platform": N_("platform No. %(id)s"),
    "invitation": N_("invitation No. %(id)s"),
    "post_forms": N_("forms of post No. %(id)s"),
    "outbox_item": N_("sending No. %(id)s"),
    "survey_round": N_("round No. %(id)s"),
    "sync_pass": N_("pass No. %(id)s"),
    "template": N_("template No. %(id)s"),
}


@bp.get("/")
@roles(Role.ADMINISTRATOR, Role.CURATOR)
def index() -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    action, actor = request.args.get("action") or None, request.args.get("actor") or None
    chosen = row_id(actor or "")
    page = audit.events(
        session,
        school_id,
        action=action,
        actor_kind=actor if actor in ACTOR_KINDS else None,
        actor_person_id=chosen,
        cursor=request.args.get("cursor"),
    )
    # Everybody who ever answered a proposal has acted; the list offers those with a role, and whoever was clicked on.
    acting = {*ever_appointed(session, school_id), *([chosen] if chosen is not None else [])}
    names = names_of(session, school_id, [*acting, *_people_in(page.rows)])
    return render_template(
        "dashboard/journal.html",
        page=page,
        back_to_school=current.actor().has(Role.CURATOR),
        rows=[_row(event, names) for event in page.rows],
        actions=sorted(((code, _(text)) for code, text in ACTIONS.items()), key=lambda pair: pair[1]),
        actors=sorted(
            ((str(person_id), names[person_id]) for person_id in acting & names.keys()), key=lambda pair: pair[1]
        ),
        kinds=ACTOR_KINDS,
        action=action,
        actor=actor,
        chosen={name: value for name, value in (("action", action), ("actor", actor)) if value},
    )


def wire_journal(kit: Kit) -> None:
    """The page and the administrator's tab; the curator reaches it from the page «School»."""
    kit.app.register_blueprint(bp)
    kit.tabs.add("journal.index", N_("Journal"), 30, Role.ADMINISTRATOR)
    kit.sections.add("school.index", link_for_curator)


def link_for_curator() -> Markup:
    """The way to the journal from the page «School»."""
    if not current.actor().has(Role.CURATOR):
        return Markup("")
    return Markup('<p><a href="{}">{}</a></p>').format(url_for("journal.index"), _("Journal: who did what and when"))


def _people_in(events: Iterable[AuditEvent]) -> Iterable[int]:
    for event in events:
        if event.object_type == "person" and event.object_id is not None:
            yield event.object_id
        if event.actor_person_id is not None:
            yield event.actor_person_id


def _row(event: AuditEvent, names: dict[int, str]) -> dict[str, Any]:
    return {
        "at": event.at,
        "actor": _actor(event, names),
        "actor_code": event.actor_person_id or (event.actor_kind if event.actor_kind in ACTOR_KINDS else None),
        "action": _(ACTIONS[event.action]) if event.action in ACTIONS else event.action,
        "object": _object(event, names),
        "details": ", ".join(_details(event)),
    }


def _actor(event: AuditEvent, names: dict[int, str]) -> str:
    if event.actor_person_id is not None:
        return names.get(event.actor_person_id, f"№ {event.actor_person_id}")
    # A person without a row in the directory is a site administrator who came in by a launch.
    return str(_(ACTOR_KINDS.get(event.actor_kind, ROLE_NAMES[Role.ADMINISTRATOR])))


def _object(event: AuditEvent, names: dict[int, str]) -> str:
    if event.object_type == "person" and event.object_id in names:
        return names[event.object_id]
    if event.object_type in OBJECTS:
        return str(_(OBJECTS[event.object_type], id=event.object_id))
    return f"{event.object_type} {event.object_id or ''}".strip()


def _details(event: AuditEvent) -> Iterable[str]:
    """What is worth a word: the role, the fields. Other details stay in the database."""
    role = event.details.get("role")
    if role in set(Role):
        yield str(_(ROLE_NAMES[Role(role)]))
    names = event.details.get("fields")
    for name in names if isinstance(names, list) else [event.details.get("field")]:
        if name in FIELDS:
            yield str(_(FIELDS[name]))
