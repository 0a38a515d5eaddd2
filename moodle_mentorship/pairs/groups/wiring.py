"""Puts the groups into the application."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs.groups import api, views
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """Pages and REST. Tasks and lists are the pairs': members are pairs."""
    kit.app.register_blueprint(views.bp)
    kit.api.register_blueprint(api.blp)
    kit.notices.add(
        group_proposed=N_("The group is proposed: its mentor and its mentees see it on their page “Today”"),
        group_member_proposed=N_("One mentee more is proposed to the group"),
        group_accepted=N_("Thank you, your agreement is saved for the whole group"),
        group_declined=N_("Your refusal is saved for the whole group, the curator sees it. No reason is needed"),
        group_ordered=N_("The order is saved for all who have agreed; their place in Moodle is being made"),
        group_extended=N_("The extension is saved for all whom an order has fixed"),
        group_warned=N_("The notice is saved; the page says from when the group may end"),
        group_withdrawn=N_("The proposals without an order are withdrawn"),
        group_ended=N_("The group has ended, the mentor's place is free again"),
        group_refused=N_("Your refusal is saved, the curator sees it. No reason is needed"),
        group_replaced=N_("Another mentor is proposed to the group. When all have agreed, a new order is needed"),
    )
