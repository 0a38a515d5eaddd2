"""REST: everything that is held of the caller."""

from flask_smorest import Blueprint

from moodle_mentorship.personal_data import schemas
from moodle_mentorship.personal_data.service import Everything
from moodle_mentorship.personal_data.views import taken
from moodle_mentorship.web.access import any_role

blp = Blueprint("my_data_api", __name__, url_prefix="/api/v1", description="One's own data")


@blp.route("/me/data", methods=["GET"])
@any_role
@blp.response(200, schemas.DataSchema)
def my_data() -> Everything:
    """Everything that is held of me, and who looked at it; the same as the file (docs/my-data.md)."""
    return taken()
