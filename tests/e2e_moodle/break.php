<?php
// Breaks one thing of the connection, as an administrator might do by hand, or puts it right again.
// Usage: php break.php WHAT break|mend
define('CLI_SCRIPT', true);
require(getcwd() . '/config.php');
require_once($CFG->dirroot . '/course/lib.php');
require_once($CFG->dirroot . '/mod/lti/locallib.php');
require_once($CFG->dirroot . '/user/lib.php');

[, $what, $verb] = $argv;
$breaking = $verb === 'break';
$kept = fn(string $name): int => (int) get_config('local_mentorship', $name);
$user = $DB->get_record('user', ['username' => 'mentorship_sidecar'], '*', MUST_EXIST);
$service = $DB->get_record('external_services', ['shortname' => 'local_mentorship'], '*', MUST_EXIST);

/**
 * Takes a capability from one of the roles of the service user, or gives it back.
 *
 * @param string $role
 * @param string $capability
 * @param bool $breaking
 */
function capability(string $role, string $capability, bool $breaking): void {
    global $DB;
    $roleid = $DB->get_field('role', 'id', ['shortname' => $role], MUST_EXIST);
    $system = context_system::instance()->id;
    if ($breaking) {
        unassign_capability($capability, $roleid, $system);
    } else {
        assign_capability($capability, CAP_ALLOW, $roleid, $system, true);
    }
}

switch ($what) {
    case 'capability':
        capability('local_mentorship_course', 'moodle/course:managegroups', $breaking);
        break;
    case 'silent-capability':
        capability('local_mentorship_course', 'moodle/course:viewhiddengroups', $breaking);
        break;
    case 'readstaff':
        capability('local_mentorship_site', 'local/mentorship:readstaff', $breaking);
        break;
    case 'rest':
        capability('local_mentorship_site', 'webservice/rest:use', $breaking);
        break;
    case 'function':
    case 'staff':
    case 'changes':
        $names = ['function' => 'core_group_create_groups', 'staff' => 'local_mentorship_get_staff',
            'changes' => 'local_mentorship_get_changes'];
        $row = ['externalserviceid' => $service->id, 'functionname' => $names[$what]];
        $DB->delete_records('external_services_functions', $row);
        if (!$breaking) {
            $DB->insert_record('external_services_functions', (object) $row);
        }
        break;
    case 'curl-host':
        set_config('curlsecurityblockedhosts', $breaking ? 'tool.localhost' : '');
        break;
    case 'curl-port':
        set_config('curlsecurityallowedport', $breaking ? "80\n443" : '');
        break;
    case 'user':
        user_update_user((object) ['id' => $user->id, 'suspended' => (int) $breaking], false, false);
        break;
    case 'maintenance':
        set_config('maintenance_enabled', (int) $breaking);
        break;
    case 'webservices':
        set_config('enablewebservices', (int) !$breaking);
        break;
    case 'address':
        $row = ['externalserviceid' => $service->id, 'userid' => $user->id];
        $DB->set_field('external_tokens', 'iprestriction', $breaking ? '10.9.9.9' : '', $row);
        break;
    case 'cron':
        set_config('lastcronstart', time() - ($breaking ? 2 * HOURSECS : 0), 'tool_task');
        break;
    case 'cron-switch':
        set_config('cron_enabled', (int) !$breaking);
        break;
    case 'course':
        course_change_visibility($kept('courseid'), !$breaking);
        break;
    case 'activity':
        set_coursemodule_visible($kept('cmid'), (int) !$breaking);
        break;
    case 'keyset':
        $row = ['typeid' => $kept('typeid'), 'name' => 'publickeyset'];
        $url = $DB->get_field('lti_types_config', 'value', $row, MUST_EXIST);
        $url = $breaking ? "{$url}-old" : preg_replace('/-old$/', '', $url);
        $DB->set_field('lti_types_config', 'value', $url, $row);
        break;
    case 'tool':
        $state = $breaking ? LTI_TOOL_STATE_PENDING : LTI_TOOL_STATE_CONFIGURED;
        $DB->set_field('lti_types', 'state', $state, ['id' => $kept('typeid')]);
        break;
    case 'secret':
        set_config('webhooksecret', strrev(get_config('local_mentorship', 'webhooksecret')), 'local_mentorship');
        break;
    case 'webhook':
        set_config('webhookstopped', (int) $breaking, 'local_mentorship');
        break;
    case 'student':
        $roleid = $DB->get_field('role', 'id', ['shortname' => 'local_mentorship_course'], MUST_EXIST);
        $student = array_key_first(get_archetype_roles('student'));
        $DB->delete_records('role_allow_assign', ['roleid' => $roleid]);
        if (!$breaking) {
            core_role_set_assign_allowed($roleid, $student);
        }
        break;
    default:
        throw new coding_exception("nothing to break is called {$what}");
}
purge_all_caches();
echo "{$what} {$verb}\n";
