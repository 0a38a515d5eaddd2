"""The names of Moodle's web-service functions that we call, with what each does, needs and bears.

Facts were read off a running Moodle 4.5.6 by removing capabilities one by one, see `docs/plugin-protocol.md` for our
own plugin's functions. Every call needs `webservice/rest:use` as well, and the function in the token's service.
"""

from enum import StrEnum

#: The release of our plugin that belongs to this version (`$plugin->version`; a test compares the two).
PLUGIN_VERSION = "2026112900"


class Function(StrEnum):
    """One function of Moodle's REST server.

    `does` says what it does, `needs` which capabilities the service user must hold (without some of them Moodle does
    not refuse but answers an empty list). `idempotent`: repeating the call after a lost answer leaves Moodle as one
    call would, so the client may retry by itself. `news`: codes of warnings that accompany
    a good answer. Any other warning means that something asked for was not done, and the client raises: nobody can call
    a function without its warnings being read.
    """

    does: str
    needs: tuple[str, ...]
    idempotent: bool
    news: frozenset[str]

    def __new__(
        cls, name: str, does: str, needs: tuple[str, ...], idempotent: bool = False, news: tuple[str, ...] = ()
    ) -> "Function":
        member = str.__new__(cls, name)
        member._value_ = name
        member.does = does
        member.needs = needs
        member.idempotent = idempotent
        member.news = frozenset(news)
        return member

    SITE_INFO = (
        "core_webservice_get_site_info",
        "Who the token belongs to, the site's release and the functions that its service offers.",
        (),
        True,
    )
    GET_STAFF = (
        "local_mentorship_get_staff",
        "Our plugin: a page of the staff cohort's members by keyset on the user id, patronymic included.",
        ("local/mentorship:readstaff",),
        True,
        ("unknownprofilefield",),
    )
    GET_CHANGES = (
        "local_mentorship_get_changes",
        "Our plugin: what changed in the staff cohort after a sequence number of its journal.",
        ("local/mentorship:readstaff",),
        True,
        ("unknownprofilefield",),
    )
    DIAGNOSE = (
        "local_mentorship_diagnose",
        "Our plugin: what in this Moodle works against the connection; with `ping` it sends us one signed message.",
        (),
        True,
    )
    GET_COHORTS = (
        "core_cohort_get_cohorts",
        "All cohorts of the site (no ids given), with name and idnumber.",
        ("moodle/cohort:view",),
        True,
    )
    GET_COHORT_MEMBERS = (
        "core_cohort_get_cohort_members",
        "User ids of a cohort's members, unordered and in one answer.",
        ("moodle/cohort:view",),
        True,
    )
    GET_USERS_BY_FIELD = (
        "core_user_get_users_by_field",
        "Users by id, with custom profile fields; unknown ids are left out, a missing capability empties the answer.",
        ("moodle/user:viewdetails", "moodle/user:viewalldetails", "moodle/site:viewuseridentity"),
        True,
    )
    GET_COURSE_GROUPS = (
        "core_group_get_course_groups",
        "All groups of a course; without `viewhiddengroups` those that only members see are left out.",
        ("moodle/course:view", "moodle/course:managegroups", "moodle/course:viewhiddengroups"),
        True,
    )
    # A repeat answers `idnumbertaken` or, for the name alone, `invalidparameter`: the caller reads back and adopts.
    CREATE_GROUPS = (
        "core_group_create_groups",
        "Makes groups, all or none. `visibility` and `participation` exist since Moodle 4.2 (group/upgrade.txt).",
        ("moodle/course:view", "moodle/course:managegroups"),
    )
    UPDATE_GROUPS = (
        "core_group_update_groups",
        "Sets a group's name and, if given, description and idnumber; the visibility of a group with members is fixed.",
        ("moodle/course:view", "moodle/course:managegroups"),
        True,
    )
    DELETE_GROUPS = (
        "core_group_delete_groups",
        "Deletes groups; one that is gone already is passed over.",
        ("moodle/course:view", "moodle/course:managegroups"),
        True,
    )
    GET_GROUP_MEMBERS = (
        "core_group_get_group_members",
        "User ids of a group's members; empty for a members-only group without `viewhiddengroups`.",
        ("moodle/course:view", "moodle/course:managegroups", "moodle/course:viewhiddengroups"),
        True,
    )
    ADD_GROUP_MEMBERS = (
        "core_group_add_group_members",
        "Puts enrolled users into a group; who is in it already stays.",
        ("moodle/course:view", "moodle/course:managegroups"),
        True,
    )
    DELETE_GROUP_MEMBERS = (
        "core_group_delete_group_members",
        "Takes users out of a group; who is not in it is passed over.",
        ("moodle/course:view", "moodle/course:managegroups"),
        True,
    )
    GET_COURSE_GROUPINGS = (
        "core_group_get_course_groupings",
        "All groupings of a course, without their groups.",
        ("moodle/course:view", "moodle/course:managegroups"),
        True,
    )
    # As with groups: a repeat answers `idnumbertaken` or `invalidparameter`.
    CREATE_GROUPINGS = (
        "core_group_create_groupings",
        "Makes groupings, all or none.",
        ("moodle/course:view", "moodle/course:managegroups"),
    )
    ASSIGN_GROUPING = (
        "core_group_assign_grouping",
        "Puts groups into groupings; one that stands in it already stays.",
        ("moodle/course:view", "moodle/course:managegroups"),
        True,
    )
    # The same role twice changes nothing; another role is added beside the first.
    ENROL_USERS = (
        "enrol_manual_enrol_users",
        "Enrols users by hand with a role that the service user may assign.",
        ("moodle/course:view", "enrol/manual:enrol", "moodle/role:assign"),
        True,
    )
    UNENROL_USERS = (
        "enrol_manual_unenrol_users",
        "Ends manual enrolments (not those by cohort); unenrolling twice is fine.",
        ("moodle/course:view", "enrol/manual:unenrol"),
        True,
    )
    GET_ENROLLED_USERS = (
        "core_enrol_get_enrolled_users",
        "A course's users by pages; without `accessallgroups` a course with separate groups answers an empty list.",
        (
            "moodle/course:view",
            "moodle/course:viewparticipants",
            "moodle/site:accessallgroups",
            "moodle/user:viewdetails",
        ),
        True,
    )
    SEND_MESSAGE = (
        "local_mentorship_send_message",
        "Our plugin: one message to one member of the staff cohort; the same key to the same person is sent once.",
        ("local/mentorship:sendmessage",),
        True,
    )
    GET_GROUPS = (
        "local_mentorship_get_groups",
        "Our plugin: conversations and groupings of our groups, and since when people are enrolled in the course.",
        ("moodle/course:view", "moodle/course:managegroups"),
        True,
    )
    SET_GROUP_CONVERSATION = (
        "local_mentorship_set_group_conversation",
        "Our plugin: switches the conversation of one of our groups on or off; its name becomes the group's.",
        ("moodle/course:view", "moodle/course:managegroups"),
        True,
    )
    SET_COMPLETION = (
        "local_mentorship_set_completion",
        "Our plugin: marks an activity of ours in the course as done, or not, for somebody who is enrolled.",
        ("moodle/course:view", "local/mentorship:setcompletion"),
        True,
    )
