<?php
// This file is part of the local_mentorship plugin's end-to-end tests.
//
// Changes a setting of the connected tool as its page in Moodle does: php tool.php NAME VALUE; or lets somebody administer
// external tools in another course with an activity of ours, and prints that activity: php tool.php elsewhere USERNAME.
//
// License: http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later.

define('CLI_SCRIPT', true);
require(getcwd() . '/config.php');
require_once($CFG->dirroot . '/course/modlib.php');
require_once($CFG->dirroot . '/mod/lti/locallib.php');

[, $name, $value] = $argv;
$typeid = (int) get_config('local_mentorship', 'typeid');
if ($name !== 'elsewhere') {
    $type = $DB->get_record('lti_types', ['id' => $typeid], '*', MUST_EXIST);
    lti_update_type($type, (object) ['lti_toolurl' => $type->baseurl, $name => $value, 'oldicon' => (string) $type->icon]);
    // The course keeps how each link opens.
    rebuild_course_cache((int) get_config('local_mentorship', 'courseid'), true);
    exit(0);
}
\core\session\manager::set_user(get_admin());
$course = $DB->get_record('course', ['shortname' => 'e2e-elsewhere']) ?: create_course((object) [
    'fullname' => 'E2E elsewhere', 'shortname' => 'e2e-elsewhere', 'category' => core_course_category::get_default()->id,
]);
$context = context_course::instance($course->id);
$user = $DB->get_record('user', ['username' => $value], '*', MUST_EXIST);
$teacher = $DB->get_record('role', ['shortname' => 'editingteacher'], '*', MUST_EXIST);
$instance = $DB->get_record('enrol', ['courseid' => $course->id, 'enrol' => 'manual'], '*', MUST_EXIST);
enrol_get_plugin('manual')->enrol_user($instance, $user->id, $teacher->id);
assign_capability('mod/lti:admin', CAP_ALLOW, $teacher->id, $context->id, true);
purge_all_caches();
$found = $DB->get_record('lti', ['course' => $course->id, 'typeid' => $typeid], 'id', IGNORE_MULTIPLE);
if (!$found) {
    $made = add_moduleinfo((object) [
        'modulename' => 'lti', 'module' => $DB->get_field('modules', 'id', ['name' => 'lti'], MUST_EXIST), 'course' => $course->id,
        'section' => 0, 'visible' => 1, 'name' => 'Наставничество', 'introeditor' => ['text' => '', 'format' => 1, 'itemid' => 0],
        'typeid' => $typeid, 'toolurl' => '', 'securetoolurl' => '', 'launchcontainer' => LTI_LAUNCH_CONTAINER_DEFAULT,
        'showtitlelaunch' => 0, 'showdescriptionlaunch' => 0, 'instructorchoicesendname' => 1, 'instructorchoicesendemailaddr' => 1,
        'instructorchoiceallowroster' => 0, 'instructorchoiceacceptgrades' => 0, 'instructorcustomparameters' => '', 'grade' => 0,
    ], $course);
    $found = (object) ['id' => $made->instance];
}
echo $found->id, "\n";
