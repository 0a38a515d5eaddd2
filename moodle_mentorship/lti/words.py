"""What the plugin's warnings mean to the administrator."""

from moodle_mentorship.core.i18n import N_

#: Code from the plugin's connection -> what it means and what to do.
WARNINGS = {
    "curl_security_blocks_sidecar": N_(
        "Moodle's HTTP security blocks the address of the mentoring service: changes in the directory will arrive at "
        "night only. Allow the address under “Site administration → General → Security → HTTP security”."
    ),
    "cohort_empty": N_("The staff cohort is empty: nobody can open the mentoring pages yet. Add the teachers to it."),
    "curator_not_in_cohort": N_(
        "The curator named at the connection is not in the staff cohort. Add them to it; until then nobody is curator."
    ),
}

UNKNOWN = N_("The plugin reported “%(code)s”. The plugin's log in Moodle says more.")
