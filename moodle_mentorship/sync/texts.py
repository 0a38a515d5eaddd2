"""What codes and states are called on pages. A test sees to it that every code has a sentence that says what to do."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.people.enums import PersonField, RowOutcome
from moodle_mentorship.sync.enums import Column, PassKind, PassSource, PassState

KINDS = {PassKind.FULL: N_("full"), PassKind.DELTA: N_("changes only")}

SOURCES = {
    PassSource.PLUGIN: N_("the plugin"),
    PassSource.COHORT: N_("the cohort by Moodle's own functions"),
    PassSource.ROSTER: N_("the members of the course “Mentoring”"),
}

STATES = {
    PassState.QUEUED: N_("waits its turn"),
    PassState.RUNNING: N_("is running"),
    PassState.ASKING: N_("waits for your answer"),
    PassState.DONE: N_("done"),
    PassState.FAILED: N_("not finished"),
    PassState.CANCELLED: N_("cancelled"),
}

FIELDS = {
    PersonField.MIDDLE_NAME: N_("Patronymic"),
    PersonField.SEX: N_("Sex"),
    PersonField.POSITION: N_("Position"),
    PersonField.SUBJECTS: N_("Subjects"),
    PersonField.HIRE_DATE: N_("Hired on"),
    PersonField.TEACHING_SINCE: N_("Teaching since"),
    PersonField.CATEGORY: N_("Category"),
    PersonField.BUILDING: N_("Building"),
    PersonField.LINE_MANAGER: N_("Line manager"),
    PersonField.POST_SINCE: N_("In this post or subject since"),
    PersonField.BREAK_FROM: N_("Long leave from"),
    PersonField.BREAK_UNTIL: N_("Long leave until"),
    PersonField.FREE_SLOTS: N_("Free in the week"),
}

# What a column of a file may mean.
MEANINGS = {
    Column.FULL_NAME: N_("Full name in one cell"),
    Column.LAST_NAME: N_("Last name"),
    Column.FIRST_NAME: N_("First name"),
    Column.MIDDLE_NAME: N_("Patronymic"),
    Column.POSITION: N_("Position"),
    Column.SUBJECTS: N_("Subjects"),
    Column.HIRE_DATE: N_("Hired on"),
    Column.TEACHING_SINCE: N_("Teaching since, or years of teaching"),
    Column.CATEGORY: N_("Category"),
    Column.BUILDING: N_("Building"),
    Column.LINE_MANAGER: N_("Line manager: name or e-mail"),
    Column.POST_SINCE: N_("In this post or subject since"),
    Column.BREAK_FROM: N_("Long leave from"),
    Column.BREAK_UNTIL: N_("Long leave until"),
    Column.FREE_SLOTS: N_("Free in the week, such as “пн 1-3, 5; ср 2”"),
    Column.SEX: N_("Sex"),
    Column.EMAIL: N_("E-mail (only to recognise people)"),
}
NO_NAMES = N_("Say where the names stand: the full name in one column, or last name and first name in two.")
ONE_COLUMN = N_("Two columns can't mean the same. Leave one of them out.")

# What becomes of the rows of a file.
OUTCOMES = {
    RowOutcome.CHANGED: N_("Change"),
    RowOutcome.UNCHANGED: N_("Say nothing new"),
    RowOutcome.AMBIGUOUS: N_("Not clear who is meant"),
    RowOutcome.UNKNOWN: N_("Not in Moodle's staff list"),
    RowOutcome.REFUSED: N_("Can't be read"),
    RowOutcome.REPEATED: N_("Said twice"),
}
OUTCOME_ADVICE = {
    RowOutcome.AMBIGUOUS: N_("These rows are left out. Fill such people in by hand, on their cards."),
    RowOutcome.UNKNOWN: N_(
        "These rows are left out. Add the people to the staff cohort in Moodle, then read the file again."
    ),
    RowOutcome.REFUSED: N_("These rows are left out. Correct them in the file and choose it again."),
}

_RECONNECT = N_("Moodle no longer accepts our token. Run the plugin's connection command again.")
_RIGHTS = N_("Moodle refuses access: the service user lacks a right. Run the plugin's connection command again.")
_BUSY = N_("Moodle does not answer now. We try again by ourselves.")
_STRANGE = N_("What answers at Moodle's address is not Moodle's web service. Check the address and the firewall.")
_PLUGIN = N_("Moodle answers otherwise than expected. Check that the plugin is installed and up to date.")
_MEMBERS = N_("Moodle did not change the group's members as asked. Look at the group in the course.")

UNKNOWN = N_("This did not work. Tell the developers the code.")

REASONS = {
    "moodle_error": _PLUGIN,
    "moodle_refused": _PLUGIN,
    "moodle_token_invalid": _RECONNECT,
    "moodle_access_refused": _RIGHTS,
    "moodle_record_missing": N_("What this is about is no longer in Moodle: a course or a group was deleted."),
    "moodle_function_missing": N_("Moodle does not know our functions: the plugin is not installed or switched off."),
    "moodle_user_missing": N_("The person's account is no longer in Moodle."),
    "moodle_permission_missing": _RIGHTS,
    "moodle_course_closed": N_("The service user cannot enter the course “Mentoring”. Was it deleted or hidden?"),
    "moodle_parameter_invalid": N_("Moodle refuses the data: the group's name is taken, or a person is not enrolled."),
    "moodle_idnumber_taken": N_("The course already has a group with our number. Try again: it will be adopted."),
    "moodle_role_not_assignable": N_("The service user may not give this role in the course. Allow it in Moodle."),
    "moodle_maintenance": N_("Moodle is closed for maintenance. We try again by ourselves."),
    "moodle_warned": _PLUGIN,
    "moodle_members_not_changed": _MEMBERS,
    "moodle_members_not_added": _MEMBERS,
    "moodle_members_not_removed": _MEMBERS,
    "moodle_registration_unknown": N_(
        "Moodle no longer knows our LTI registration. Run the plugin's connection command again."
    ),
    "moodle_roster_not_allowed": N_(
        "The tool may not read the course's members. Allow it “IMS LTI Names and Role Provisioning” in Moodle."
    ),
    "moodle_clocks_differ": N_("Our clock and Moodle's differ by more than half a minute. Set both to network time."),
    "moodle_keys_unreadable": N_(
        "Moodle can't read our keys: its HTTP security blocks our address. Allow it under “Site administration → "
        "General → Security → HTTP security”."
    ),
    "moodle_assertion_refused": N_("Moodle could not verify our signature. Check the tool's public keyset address."),
    "moodle_web_services_disabled": N_(
        "Web services are switched off in Moodle. Switch them and the REST protocol on."
    ),
    "moodle_unexpected_status": _STRANGE,
    "moodle_server_failed": N_("Moodle's server broke off with an error. We try again by ourselves."),
    "moodle_redirected": _STRANGE,
    "moodle_login_demanded": _STRANGE,
    "moodle_answer_unreadable": _BUSY,
    "moodle_answer_too_large": _PLUGIN,
    "moodle_unexpected_answer": _PLUGIN,
    "moodle_no_answer": _BUSY,
    "moodle_timed_out": _BUSY,
    "moodle_unreachable": _BUSY,
    "moodle_connection_broken": _BUSY,
    "moodle_certificate_refused": N_("Moodle's certificate is out of date or not trusted. Renew it on its server."),
    "moodle_private_address": N_(
        "Moodle's address leads into a private network. The service's administrator allows it with "
        "MENTORSHIP_PRIVATE_NETWORKS."
    ),
    "incomplete_answer": N_("Moodle named more people than it delivered. Nobody was marked as leaving."),
    "changed_meanwhile": N_("The staff list changed while we read it. Nobody was marked as leaving. Run it once more."),
    "crashed": N_("The work broke off several times at the same place. Look into the log of the service."),
    "not_connected": N_("Moodle is not connected. Run the plugin's connection command."),
    "fault": N_("Something broke on our side. The log of the service says more."),
    "no_handler": N_("This version does not know what to do with it. Was the service downgraded?"),
}


def reason(code: str | None) -> str:
    """The sentence of a code (msgid)."""
    return REASONS.get(code or "", UNKNOWN)
