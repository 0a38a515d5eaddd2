"""The pages of the product, as the routes and their rules name them."""

from flask import Flask

from moodle_mentorship.core.actor import Role
from moodle_mentorship.web.access import Gate, access_of

# Blueprints whose pages are there only for a while (a link being placed, a file being looked through): they answer 404
# by themselves, and have tests of their own.
COMES_AND_GOES = {"placing", "staff_file"}
# Parts of a page: without saying of what, there is nothing to show.
PARTS = {"board.pair"}


def session_pages(app: Flask, roles: frozenset[Role]) -> dict[str, str]:
    """Endpoint and address of every page without a row's number that the rules open to a person of these roles.

    Papers and data to take along are files; papers are only offered where somebody lacks one.
    """
    return {
        rule.endpoint: str(rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and not rule.arguments and not str(rule).startswith("/api/")
        for access in [access_of(app, rule.endpoint)]
        if access is not None and access.gate is Gate.SESSION and (not access.roles or access.roles & roles)
        if rule.endpoint.partition(".")[0] not in COMES_AND_GOES and rule.endpoint not in PARTS
        if not rule.rule.endswith((".docx", ".json", ".pdf"))
    }
