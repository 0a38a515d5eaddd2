"""What several pages show of pairs: the cards of one's own pairs, one for all members of a group, and what people have
changed by hand in their place in Moodle."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.pairs import queries, words
from moodle_mentorship.pairs.enums import FIXED_STATES, Side
from moodle_mentorship.pairs.groups import queries as groups
from moodle_mentorship.pairs.groups import words as group_words
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.service import stream_of
from moodle_mentorship.surveys.queries import theme_titles


def context(session: Session, actor: Actor, side: Side, pairs: Sequence[Pair]) -> Mapping[str, Any]:
    """What the macro `cards` draws (templates/pairs/groups/parts.html)."""
    # Members know each other from their order on; before it, who declines is nobody's business.
    known = [pair.group_id for pair in pairs if side is Side.MENTEE and pair.group_id and pair.state in FIXED_STATES]
    opened = any(pair.moodle_group_id for pair in pairs)
    return {
        "side": side.value,
        "pairs": queries.together(pairs),
        "spaces": queries.space_items(session, actor.school_id, [stream_of(pair.space_id) for pair in pairs]),
        "stream_of": stream_of,
        "course_url": queries.course_url(session, actor.school_id) if opened else None,
        "titles": theme_titles(session, actor.school_id) if any(pair.group for pair in pairs) else {},
        "mates": groups.mates(session, actor.school_id, known),
        "group_words": group_words,
        "words": words,
    }


def by_hand(session: Session, pair: Pair) -> Mapping[str, Any]:
    """What people have changed by hand in the group in Moodle of a pair at work, for the macro of the same name."""
    if pair.state not in FIXED_STATES or not pair.space.noticed:
        return {"noticed": []}
    return {
        "noticed": words.noticed(pair, queries.marked(session, pair.school_id, pair.space_id)),
        "restoring": queries.restoring(session, pair.school_id, stream_of(pair.space_id)),
    }
