"""What checks are called on pages and in a shell, what they found, and what to do: one sentence each.

A test sees to it that every finding that the code can make has its sentences.
"""

from dataclasses import dataclass

from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.diagnosis.checks import Check
from moodle_mentorship.sync.texts import reason as why


@dataclass(frozen=True)
class Text:
    """`page`: where in Moodle it is put right, an address below its wwwroot; "" where there is none, or several."""

    detail: str
    fix: str = ""
    page: str = ""


@dataclass(frozen=True)
class Told:
    """A check in somebody's language."""

    check: Check
    title: str
    detail: str
    fix: str
    page: str


TITLES = {
    "settings": N_("Settings"),
    "disk": N_("Free space"),
    "database": N_("Database"),
    "writing": N_("Writing to the database"),
    "secrets": N_("Encryption keys"),
    "tool_key": N_("Signing key"),
    "queue": N_("Background jobs"),
    "database_clock": N_("Clock of the database"),
    "proxy": N_("Reverse proxy"),
    "public_address": N_("Public address"),
    "connection": N_("Connection with the plugin"),
    "login": N_("Login from Moodle"),
    "directory": N_("Staff directory"),
    "outbox": N_("Changes for Moodle"),
    "completion": N_("Activities done"),
    "curator": N_("Curator"),
    "set_up": N_("Remarks of the plugin"),
    "moodle": N_("Moodle answers"),
    "web_services": N_("Web services"),
    "token": N_("Token of the service"),
    "certificate": N_("Moodle's certificate"),
    "clock": N_("Clocks"),
    "version": N_("Version of Moodle"),
    "plugin": N_("Plugin"),
    "functions": N_("Functions of the web service"),
    "keyset": N_("Moodle reads our keys"),
    "capabilities": N_("Rights of the service user"),
    "course": N_("Course"),
    "cohort": N_("Staff cohort"),
    "tool": N_("LTI tool in Moodle"),
    "webhook": N_("Messages about changes"),
    "cron": N_("Moodle's cron"),
}

#: Sentences that several checks share.
_SHARED = {
    "no_database": Text(N_("Not looked at: the database comes first.")),
    "not_asked": Text(N_("Not looked at because of another finding.")),
    "no_plugin": Text(N_("Only the plugin can tell.")),
}

TEXTS = {
    ("settings", "not_production"): Text(
        N_("The service runs as “%(environment)s”: plain http and debugging are allowed."),
        N_("Set MENTORSHIP_ENV=production and start the service again."),
    ),
    ("settings", "demo_key"): Text(
        N_("Secrets are sealed with the demonstration key, which everybody knows."),
        N_(
            "Make a key with “mentorship keys new”, put it first into MENTORSHIP_ENCRYPTION_KEYS and run "
            "“mentorship keys reseal”."
        ),
    ),
    ("settings", "debug"): Text(
        N_("Debugging is on."),
        N_("Take MENTORSHIP_DEBUG out of the settings."),
    ),
    ("settings", "sqlite_shared"): Text(
        N_("Jobs run in processes of their own (Redis), and all of them write one SQLite file."),
        N_("Move to PostgreSQL (“mentorship backup”, “mentorship restore”), or take MENTORSHIP_REDIS_URL out."),
    ),
    ("disk", "ok"): Text(
        N_("%(megabytes)s MB are free."),
    ),
    ("disk", "low"): Text(
        N_("Only %(megabytes)s MB are free."),
        N_("Make room on the disk: a backup and a repair need as much again as the database has."),
    ),
    ("disk", "full"): Text(
        N_("Only %(megabytes)s MB are free: soon nothing can be saved."),
        N_("Make room on the disk now."),
    ),
    ("database", "unreachable"): Text(
        N_("The database does not answer (%(error_class)s)."),
        N_("Check that it runs, and MENTORSHIP_DATABASE_URL."),
    ),
    ("database", "behind"): Text(
        N_("The database has the shape of an earlier version."),
        N_("Run “mentorship migrate”."),
    ),
    ("database", "ahead"): Text(
        N_("The database has the shape of a later version."),
        N_("Install the version that has made it, or restore the backup taken before."),
    ),
    ("writing", "refused"): Text(
        N_("The database can be read and not written (%(error_class)s)."),
        N_("Check the rights on it, the free space of its disk, and that it is no standby copy."),
    ),
    ("secrets", "unreadable"): Text(
        N_("No key opens %(count)s of the stored secrets."),
        N_(
            "Put the earlier key back into MENTORSHIP_ENCRYPTION_KEYS; if it is lost, run connect.php "
            "again for each school."
        ),
    ),
    ("secrets", "older"): Text(
        N_("%(count)s stored secrets are sealed with an earlier key."),
        N_("Run “mentorship keys reseal”, then the earlier key may go."),
    ),
    ("tool_key", "old"): Text(
        N_("The key has been signing for %(days)s days."),
        N_("Run “mentorship keys rotate”: the exchange needs no break."),
    ),
    ("queue", "unreachable"): Text(
        N_("Jobs can't be handed on (%(error_class)s)."),
        N_("Check Redis and MENTORSHIP_REDIS_URL, or the folder MENTORSHIP_DATA_DIR."),
    ),
    ("queue", "never"): Text(
        N_("Nobody has taken up a job yet."),
        N_("Start “mentorship serve”; with Redis “mentorship worker” as well."),
    ),
    ("queue", "late"): Text(
        N_("Jobs are %(minutes)s min late."),
        N_("Look again in five minutes; if it lasts, start more workers."),
    ),
    ("queue", "dead"): Text(
        N_("For %(minutes)s min nobody has taken up a job."),
        N_("Start the service again (with Redis “mentorship worker”), and read its log."),
    ),
    ("database_clock", "ok"): Text(
        N_("The clocks differ by %(seconds)s s."),
    ),
    ("database_clock", "ahead"): Text(
        N_("The database's clock is %(seconds)s s ahead of ours."),
        N_("Let both machines set their clocks by NTP."),
    ),
    ("database_clock", "behind"): Text(
        N_("The database's clock is %(seconds)s s behind ours."),
        N_("Let both machines set their clocks by NTP."),
    ),
    ("proxy", "scheme"): Text(
        N_("This page came by https, and the service believes that it came by http."),
        N_("Let the proxy send X-Forwarded-Proto and set MENTORSHIP_TRUSTED_PROXIES=1."),
    ),
    ("proxy", "host"): Text(
        N_("This page was asked for at %(seen)s, and the settings say %(host)s."),
        N_("Let the proxy send X-Forwarded-Host, or correct MENTORSHIP_BASE_URL."),
    ),
    ("public_address", "ok"): Text(
        N_("%(host)s leads here."),
    ),
    ("public_address", "unreachable"): Text(
        N_("From this machine %(host)s can't be reached."),
        N_("Open it in a browser: if it opens there, only the network hides it from itself, and nothing is wrong."),
    ),
    ("public_address", "certificate"): Text(
        N_("The certificate of %(host)s is refused."),
        N_("Renew it on the reverse proxy, with the whole chain."),
    ),
    ("public_address", "ends"): Text(
        N_("The certificate of %(host)s ends in %(days)s days."),
        N_("Renew it on the reverse proxy."),
    ),
    ("public_address", "foreign"): Text(
        N_("At %(host)s something else answers (HTTP %(status)s)."),
        N_("Check the reverse proxy and MENTORSHIP_BASE_URL."),
    ),
    ("public_address", "another"): Text(
        N_("At %(host)s another installation of the service answers."),
        N_("Check the reverse proxy and MENTORSHIP_BASE_URL."),
    ),
    ("connection", "none"): Text(
        N_("The plugin has not been connected."),
        N_("Create an invitation on the page «Connection» and run connect.php with it on Moodle's server."),
    ),
    ("connection", "disabled"): Text(
        N_("The operator has switched this school's Moodle off."),
        N_("Whoever runs the mentoring service switches it on again: mentorship site enable."),
    ),
    ("login", "ok"): Text(
        N_("In the last 24 hours %(let_in)s came in and %(refused)s were refused."),
    ),
    ("login", "none"): Text(
        N_("No LTI registration."),
        N_("Run connect.php on Moodle's server: it registers the tool."),
    ),
    ("login", "disabled"): Text(
        N_("The LTI registration is switched off: nobody can come in."),
        N_("Run connect.php on Moodle's server: it switches the registration on again."),
    ),
    ("login", "no_keys"): Text(
        N_("Moodle's keys could not be read: nobody can come in."),
        N_("Check that “/mod/lti/certs.php” of your Moodle opens from the service's machine."),
    ),
    ("login", "old_keys"): Text(
        N_("Moodle's keys can't be read anew; logins go on with the earlier ones."),
        N_("Check that “/mod/lti/certs.php” of your Moodle opens from the service's machine."),
    ),
    ("login", "nobody"): Text(
        N_("In the last 24 hours nobody came in and %(refused)s were refused (%(codes)s)."),
        N_("Check the staff cohort in Moodle: only its members come in."),
        "cohort/index.php",
    ),
    ("directory", "ok"): Text(
        N_("It was read as a whole in the last days."),
    ),
    ("directory", "coming"): Text(
        N_("The first full reading is on its way."),
    ),
    ("directory", "failing"): Text(
        N_("The reading failed %(count)s times in a row. %(why)s"),
        N_("Remove the cause and press “Read everybody” on the page «Synchronisation»."),
    ),
    ("directory", "old"): Text(
        N_("The last full reading was %(hours)s hours ago."),
        N_("Press “Read everybody” on the page «Synchronisation»."),
    ),
    ("directory", "question"): Text(
        N_("A reading would lose unusually many people and waits for an answer."),
        N_("Open the page «Synchronisation» and look at the list."),
    ),
    ("completion", "off"): Text(
        N_("Moodle did not mark the activity as done: completion is switched off."),
        N_("Switch completion on for the site and the course, and in the activity “Mentoring” let students mark it."),
    ),
    ("completion", "automatic"): Text(
        N_("Moodle did not mark the activity as done: it completes by conditions of its own."),
        N_("In the settings of the activity “Mentoring”, under completion, let students mark it as done."),
    ),
    ("completion", "missing"): Text(
        N_("Moodle did not mark the activity as done: the activity is not in the course any more."),
        N_("Place the link in the course again: people then come by it, and it is marked."),
    ),
    ("outbox", "stuck"): Text(
        N_("%(count)s changes did not reach Moodle."),
        N_("Open the page «Synchronisation»: the reason stands beside each of them."),
    ),
    ("outbox", "late"): Text(
        N_("A change has been waiting for %(minutes)s min."),
        N_("Look at the check “Background jobs”, otherwise wait: it is sent by itself."),
    ),
    ("curator", "none"): Text(
        N_("The school has no curator."),
        N_("Choose one on the page «Connection»."),
    ),
    ("curator", "awaited"): Text(
        N_("The curator named at the connection has not come with the directory."),
        N_("Add them to the staff cohort in Moodle, or choose another on the page «Connection»."),
        "cohort/index.php",
    ),
    ("set_up", "curl_security_blocks_sidecar"): Text(
        N_("At the connection Moodle's HTTP security blocked the address of the service."),
        N_("Allow the address under “Site administration → General → Security → HTTP security”."),
        "admin/settings.php?section=httpsecurity",
    ),
    ("set_up", "cohort_empty"): Text(
        N_("At the connection nobody was in the staff cohort."),
        N_("Add the teachers under “Users → Cohorts”."),
        "cohort/index.php",
    ),
    ("set_up", "curator_not_in_cohort"): Text(
        N_("The curator named at the connection is not in the staff cohort."),
        N_("Add them to it under “Users → Cohorts”; until then they can't come in."),
        "cohort/index.php",
    ),
    ("set_up", "unknown"): Text(
        N_("At the connection the plugin reported “%(errorcode)s”."),
        N_("Run connect.php again: it says on the screen what is meant."),
    ),
    ("moodle", "maintenance"): Text(
        N_("Moodle is closed for maintenance."),
        N_("When the work is done, switch it off under “Site administration → Server → Maintenance mode”."),
        "admin/settings.php?section=maintenancemode",
    ),
    ("moodle", "redirected"): Text(
        N_("Moodle sends us on to %(target)s."),
        N_("Moodle has another address now ($CFG->wwwroot): run connect.php again, then the service knows it."),
    ),
    ("moodle", "login"): Text(
        N_("At Moodle's web-service address a login page answers."),
        N_("Let /webservice/rest/server.php pass the proxy or the single sign-on without a login."),
    ),
    ("moodle", "certificate"): Text(
        N_("Moodle's certificate is refused: out of date, for another name, or without its chain."),
        N_("Renew the certificate on Moodle's web server, with the whole chain."),
    ),
    ("moodle", "private_address"): Text(
        N_("Moodle's name leads into a private network."),
        N_("Name that network in MENTORSHIP_PRIVATE_NETWORKS."),
    ),
    ("moodle", "unknown_host"): Text(
        N_("Moodle's host name is not known here."),
        N_("Check the name in DNS; if Moodle has moved, run connect.php again."),
    ),
    ("moodle", "no_connection"): Text(
        N_("No connection to Moodle's server."),
        N_("Check that it runs, and that the firewall lets the service's machine through."),
    ),
    ("moodle", "slow"): Text(
        N_("Moodle did not answer in time."),
        N_("Look at the load of Moodle's server."),
    ),
    ("moodle", "failed"): Text(
        N_("Moodle's server answers with an error (HTTP %(status)s)."),
        N_("Read the error log of Moodle's web server."),
    ),
    ("moodle", "firewall"): Text(
        N_("Something before Moodle refuses us (HTTP %(status)s)."),
        N_(
            "Let the service's machine through the firewall (WAF) before Moodle, with its User-Agent "
            "“moodle-mentorship”."
        ),
    ),
    ("moodle", "foreign"): Text(
        N_("At Moodle's address something else answers (HTTP %(status)s)."),
        N_("If Moodle has moved, run connect.php again."),
    ),
    ("moodle", "unreadable"): Text(
        N_("What answers at Moodle's address can't be read. %(why)s"),
        N_("Open Moodle in a browser, and read the error log of its web server."),
    ),
    ("web_services", "disabled"): Text(
        N_("Web services, or their REST protocol, are switched off in Moodle."),
        N_(
            "Switch them on: “Site administration → Server → Web services → Overview”, steps 1 and 2 (or "
            "run connect.php again)."
        ),
        "admin/settings.php?section=webservicesoverview",
    ),
    ("token", "invalid"): Text(
        N_("Moodle does not know the token: deleted or expired."),
        N_("Run connect.php again: it makes a new token."),
        "admin/webservice/tokens.php",
    ),
    ("token", "refused"): Text(
        N_(
            "Moodle knows the token and refuses it: it has expired, is for other IP addresses, or its "
            "user may not use the service over REST."
        ),
        N_(
            "Take the IP restriction out under “Server → Web services → Manage tokens” if there is one; "
            "then run connect.php again, which repairs the rest."
        ),
        "admin/webservice/tokens.php",
    ),
    ("token", "suspended"): Text(
        N_("The service user “mentorship_sidecar” is suspended."),
        N_("Run connect.php again, or activate it under “Users → Browse list of users”."),
        "admin/user.php",
    ),
    ("token", "deleted"): Text(
        N_("The service user “mentorship_sidecar” was deleted."),
        N_("Run connect.php again: it makes a new one."),
    ),
    ("token", "unconfirmed"): Text(
        N_("The service user “mentorship_sidecar” is not confirmed."),
        N_("Confirm it under “Users → Browse list of users”."),
        "admin/user.php",
    ),
    ("token", "expired"): Text(
        N_("The password of the service user has expired."),
        N_("Set its authentication method to “Web services authentication”: it needs no password then."),
        "admin/user.php",
    ),
    ("token", "nologin"): Text(
        N_("The service user may not log in (authentication method “No login”)."),
        N_("Set its authentication method to “Web services authentication”."),
        "admin/user.php",
    ),
    ("token", "administrator"): Text(
        N_("The token belongs to a site administrator and may do everything."),
        N_("Run connect.php: it makes a user with the least rights."),
    ),
    ("token", "sealed"): Text(
        N_("The stored token can't be opened."),
        N_(
            "Ask whoever runs the service to put the earlier key back into MENTORSHIP_ENCRYPTION_KEYS, or "
            "run connect.php again."
        ),
    ),
    ("token", "other"): Text(
        N_("Moodle refuses the token with the code %(errorcode)s."),
        N_("Run connect.php again; if the code stays, tell it to the developers."),
    ),
    ("certificate", "ok"): Text(
        N_("Valid for %(days)s more days."),
    ),
    ("certificate", "ends"): Text(
        N_("It ends in %(days)s days: it was not renewed by itself."),
        N_("Renew the certificate on Moodle's web server."),
    ),
    ("clock", "ok"): Text(
        N_("Moodle's clock and ours differ by %(seconds)s s."),
    ),
    ("clock", "ahead"): Text(
        N_("Moodle's clock is %(seconds)s s ahead of ours; a login lives 60 s."),
        N_("Let both machines set their clocks by NTP."),
    ),
    ("clock", "behind"): Text(
        N_("Moodle's clock is %(seconds)s s behind ours; a login lives 60 s."),
        N_("Let both machines set their clocks by NTP."),
    ),
    ("version", "ok"): Text(
        N_("Moodle %(version)s."),
    ),
    ("version", "old"): Text(
        N_("Moodle %(version)s is older than 4.2, which the groups of pairs need."),
        N_("Update Moodle."),
    ),
    ("version", "new"): Text(
        N_("Nobody has tried the service with Moodle %(version)s."),
        N_("Update the service."),
    ),
    ("version", "not_told"): Text(
        N_("Moodle does not tell its version."),
    ),
    ("plugin", "ok"): Text(
        N_("Version %(theirs)s."),
    ),
    ("plugin", "none"): Text(
        N_("Without our plugin: no patronymics, and changes arrive at night only."),
        N_("Install local_mentorship in Moodle and run connect.php."),
        "admin/tool/installaddon/index.php",
    ),
    ("plugin", "older"): Text(
        N_("Version %(theirs)s is installed, %(ours)s belongs to this service."),
        N_("Update the plugin: “Site administration → Plugins → Install plugins”, then run connect.php again."),
        "admin/tool/installaddon/index.php",
    ),
    ("plugin", "newer"): Text(
        N_("Version %(theirs)s is installed, this service belongs to %(ours)s."),
        N_("Update the service."),
    ),
    ("functions", "missing"): Text(
        N_("Missing in the service “Mentorship sidecar”: %(names)s."),
        N_(
            "Add them under “Server → Web services → External services → Functions”, or update the plugin "
            "and run connect.php."
        ),
        "admin/settings.php?section=externalservices",
    ),
    ("keyset", "host"): Text(
        N_("Moodle's HTTP security blocks our host: logins work, lists of course members do not (Moodle answers 404)."),
        N_(
            "Take our host out of “cURL blocked hosts list” under “Site administration → General → "
            "Security → HTTP security”."
        ),
        "admin/settings.php?section=httpsecurity",
    ),
    ("keyset", "port"): Text(
        N_(
            "Moodle's HTTP security does not allow our port: logins work, lists of course members do not "
            "(Moodle answers 404)."
        ),
        N_(
            "Add our port to “cURL allowed ports list” under “Site administration → General → Security → "
            "HTTP security”, on a line of its own."
        ),
        "admin/settings.php?section=httpsecurity",
    ),
    ("keyset", "host_and_port"): Text(
        N_(
            "Moodle's HTTP security blocks our host and our port: logins work, lists of course members do "
            "not (Moodle answers 404)."
        ),
        N_(
            "Take our host out of “cURL blocked hosts list” and add our port to “cURL allowed ports list” "
            "under “Site administration → General → Security → HTTP security”."
        ),
        "admin/settings.php?section=httpsecurity",
    ),
    ("keyset", "unreadable"): Text(
        N_(
            "Moodle can't read our keys (its page 404 speaks of fix_jwks_alg): logins work, lists of "
            "course members do not."
        ),
        N_(
            "Allow our address under “Site administration → General → Security → HTTP security”, and "
            "check that Moodle's server can open it."
        ),
        "admin/settings.php?section=httpsecurity",
    ),
    ("keyset", "address"): Text(
        N_("Moodle looks for them elsewhere: see the LTI tool."),
    ),
    ("keyset", "not_told"): Text(
        N_("Moodle did not tell. %(why)s"),
    ),
    ("capabilities", "missing"): Text(
        N_("The service user lacks: %(names)s."),
        N_(
            "Run connect.php again: it puts both roles right (or correct them under “Users → Permissions "
            "→ Define roles”)."
        ),
        "admin/roles/manage.php",
    ),
    ("capabilities", "student"): Text(
        N_("The service user may not give the role “Student” in the course."),
        N_("Run connect.php again, or allow it under “Define roles → Allow role assignments”."),
        "admin/roles/allow.php?mode=assign",
    ),
    ("capabilities", "refused"): Text(
        N_("Moodle refuses %(function)s. %(why)s"),
        N_("Give the service user the rights that the plugin's README names."),
        "admin/roles/manage.php",
    ),
    ("capabilities", "some"): Text(
        N_("Without the plugin's word only a part could be tried."),
    ),
    ("course", "gone"): Text(
        N_("The course was deleted."),
        N_("Run connect.php again: it makes the course anew, and the groups follow."),
    ),
    ("course", "hidden"): Text(
        N_("The course is hidden: teachers can't open it."),
        N_("Show it: “Course settings → Course visibility”."),
    ),
    ("course", "no_activity"): Text(
        N_("The tool is no longer in the course."),
        N_("Run connect.php again: it puts the tool back."),
    ),
    ("course", "activity_hidden"): Text(
        N_("The tool in the course is hidden."),
        N_("Show it in the course (or switch the module “External tool” on: “Plugins → Manage activities”)."),
        "admin/modules.php",
    ),
    ("course", "no_enrolment"): Text(
        N_("People can't be enrolled in the course by hand."),
        N_("Switch “Manual enrolments” on for the site and in the course."),
        "admin/settings.php?section=manageenrols",
    ),
    ("course", "closed"): Text(
        N_("The service user can't enter the course."),
        N_("Check that the course is there and visible, and run connect.php again."),
    ),
    ("cohort", "ok"): Text(
        N_("People in it: %(count)s."),
    ),
    ("cohort", "gone"): Text(
        N_("The staff cohort was deleted."),
        N_("Make it again under “Users → Cohorts” and run connect.php with --cohort."),
        "cohort/index.php",
    ),
    ("cohort", "empty"): Text(
        N_("Nobody is in the staff cohort: nobody can come in."),
        N_("Add the teachers under “Users → Cohorts”."),
        "cohort/index.php",
    ),
    ("tool", "gone"): Text(
        N_("The tool was deleted in Moodle."),
        N_("Run connect.php again: it registers the tool anew."),
        "mod/lti/toolconfigure.php",
    ),
    ("tool", "inactive"): Text(
        N_("The tool is not activated."),
        N_("Press “Activate” under “Plugins → External tool → Manage tools”."),
        "mod/lti/toolconfigure.php",
    ),
    ("tool", "unknown"): Text(
        N_("Moodle shows another tool than the one that is registered here."),
        N_("Run connect.php again."),
        "mod/lti/toolconfigure.php",
    ),
    ("tool", "addresses"): Text(
        N_("These addresses of the tool are not ours: %(names)s."),
        N_("Run connect.php again, or correct them under “Plugins → External tool → Manage tools”."),
        "mod/lti/toolconfigure.php",
    ),
    ("webhook", "ok"): Text(
        N_("A test message arrived."),
    ),
    ("webhook", "stopped"): Text(
        N_("The plugin has stopped sending messages."),
        N_("Run connect.php again."),
    ),
    ("webhook", "address"): Text(
        N_("The plugin sends its messages to another address."),
        N_("Run connect.php again."),
    ),
    ("webhook", "no_connection"): Text(
        N_("Moodle's server can't reach the service."),
        N_("Let Moodle's server through to the service's public address, port 443."),
    ),
    ("webhook", "secret"): Text(
        N_("The plugin and the service hold different secrets."),
        N_("Create an invitation on the page «Connection» and run connect.php with it on Moodle's server."),
    ),
    ("webhook", "outdated"): Text(
        N_("The plugin signs its messages as an earlier version did; the service refuses them."),
        N_("Update the plugin: “Site administration → Plugins → Install plugins”, then run connect.php again."),
        "admin/tool/installaddon/index.php",
    ),
    ("webhook", "clock"): Text(
        N_("Not taken because the clocks differ."),
    ),
    ("webhook", "busy"): Text(
        N_("Too many messages in this minute; a test message could not be tried."),
    ),
    ("webhook", "refused"): Text(
        N_("The service refused a test message (HTTP %(status)s %(errorcode)s)."),
        N_("Run connect.php again; if it stays, read the service's log."),
    ),
    ("webhook", "failing"): Text(
        N_("A test message arrived, and %(count)s earlier ones are still to be repeated."),
        N_("Nothing needs to be done: Moodle repeats them by itself within a day."),
        "admin/tool/task/adhoctasks.php",
    ),
    ("webhook", "silent"): Text(
        N_("The last night found changes of which no message had come."),
        N_("Check that Moodle's cron runs every minute, and that its server can reach the service."),
        "admin/tool/task/scheduledtasks.php",
    ),
    ("cron", "disabled"): Text(
        N_("Cron is switched off in Moodle: no message about changes is sent."),
        N_("Switch it on: “Site administration → Server → Task processing”, or admin/cli/cron.php --enable."),
        "admin/settings.php?section=taskprocessing",
    ),
    ("cron", "never"): Text(
        N_("Moodle's cron has never run."),
        N_("Let the server start admin/cli/cron.php every minute."),
        "admin/tool/task/scheduledtasks.php",
    ),
    ("cron", "late"): Text(
        N_("Moodle's cron last ran %(minutes)s min ago."),
        N_("Let the server start admin/cli/cron.php every minute."),
        "admin/tool/task/scheduledtasks.php",
    ),
    ("cron", "dead"): Text(
        N_("Moodle's cron last ran %(minutes)s min ago: messages about changes wait."),
        N_("Let the server start admin/cli/cron.php every minute."),
        "admin/tool/task/scheduledtasks.php",
    ),
}

_FINE = Text("")


def text_of(code: str, reason: str) -> Text:
    """The sentences of a finding. What is in order needs none. Raises `KeyError`."""
    found = TEXTS.get((code, reason)) or _SHARED.get(reason)
    if found is not None:
        return found
    if reason != "ok":
        raise KeyError(f"{code} {reason}")
    return _FINE


def told(check: Check, locale: str) -> Told:
    """The check in the reader's language; a code of synchronisation among its params brings its own sentence."""
    text = text_of(check.code, check.reason)
    params: dict[str, object] = dict(check.params)
    if "error" in params:
        params["why"] = translate(locale, why(str(params["error"])))
    return Told(
        check=check,
        title=translate(locale, TITLES[check.code]),
        detail=translate(locale, text.detail, **params) if text.detail else "",
        fix=translate(locale, text.fix, **params) if text.fix else "",
        page=text.page,
    )
