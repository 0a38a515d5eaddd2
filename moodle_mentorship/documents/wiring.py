"""Puts the room into the application."""

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents import (
    api,
    cancelling_views,
    check_page,
    declension_views,
    forgetting,
    holdings,
    jobs,
    new_views,
    pack_views,
    register_views,
    tasks,
    template_views,
    views,
)
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.documents.service import packing
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, kinds: Kinds) -> None:
    """Pages, tabs, what waits for whom; `kinds` is filled by the rooms above."""
    kit.app.extensions[views.KINDS] = kinds
    kit.app.register_blueprint(views.bp)
    kit.app.register_blueprint(check_page.bp)
    kit.api.register_blueprint(api.blp)
    kit.app.register_blueprint(cancelling_views.bp)
    kit.app.register_blueprint(declension_views.bp)
    kit.app.register_blueprint(new_views.bp)
    kit.app.register_blueprint(pack_views.bp)
    kit.app.register_blueprint(register_views.bp)
    kit.app.register_blueprint(template_views.bp)
    kit.sections.add("people.person", declension_views.door)
    kit.tabs.add("documents.index", N_("Documents"), 60, Role.CURATOR)
    kit.tabs.add("documents.index", N_("Documents"), 20, Role.CLERK)
    kit.tabs.add("documents.to_sign", N_("For signature"), -10, Role.DIRECTOR, count=views.waiting)
    kit.pages.add("documents.index", N_("Documents of mentoring"), 60)
    kit.tasks.add(Role.DIRECTOR, tasks.director_tasks)
    for role in (Role.CURATOR, Role.CLERK, Role.MENTOR, Role.MENTEE, Role.PSYCHOLOGIST):
        kit.tasks.add(role, tasks.tasks)
    holdings.register(kit.runtime.holdings)
    kit.runtime.jobs.handler(packing.RUN, jobs.run(kinds))
    kit.runtime.jobs.sweep("documents.packs", jobs.sweep)
    kit.runtime.jobs.hourly("documents.expire_packs", jobs.expire)
    kit.runtime.jobs.nightly("documents.forget_seen", forgetting.forget_old)
    kit.runtime.holdings.before(forgetting.erased)
    kit.notices.add(
        document_laid=N_("The document waits for the director's signature"),
        document_taken_back=N_("The document is a draft again"),
        document_discarded=N_("The draft is thrown away"),
        document_sent_back=N_("The document is with the curator again, with your remark"),
        document_signed=N_("The document is signed; the office gives it its number"),
        document_unsigned=N_("The mark is taken off, the document waits for the signature again"),
        document_registered=N_("The document is registered, its file is kept"),
        document_acquainted=N_("The acquaintance sheet is up to date"),
        document_cancelled=N_("The document is no longer in force"),
        document_reminded=N_("Moodle writes to those who have not signed; each gets one message a day at most"),
        pack_stopped=N_("The pack is stopped, nothing of it was kept"),
        register_saved=N_("The register counts by this rule from now on"),
        template_added=N_("The version is kept; look at it and take it into use"),
        template_used=N_("Documents are made from this version from now on"),
        template_shipped=N_("Documents are made from the template that comes with the product again"),
        name_forms_checked=N_("The forms of the name are saved as checked"),
        post_forms_checked=N_("The forms of the post are saved as checked, for everybody who has it"),
    )
