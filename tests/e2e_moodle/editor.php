<?php
// This file is part of the local_mentorship plugin's end-to-end tests.
//
// Makes somebody an editing teacher of a course, and takes the pages out that an earlier run placed there:
// php editor.php COURSEID USERNAME, from Moodle's folder.
//
// License: http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later.

define('CLI_SCRIPT', true);
require(getcwd() . '/config.php');
require_once($CFG->libdir . '/enrollib.php');
require_once($CFG->dirroot . '/course/lib.php');

[, $courseid, $username] = $argv;
$instance = $DB->get_record('enrol', ['courseid' => $courseid, 'enrol' => 'manual'], '*', MUST_EXIST);
$user = $DB->get_record('user', ['username' => $username], '*', MUST_EXIST);
$role = $DB->get_record('role', ['shortname' => 'editingteacher'], '*', MUST_EXIST);
enrol_get_plugin('manual')->enrol_user($instance, $user->id, $role->id);
foreach (get_fast_modinfo($courseid)->get_instances_of('lti') as $cm) {
    if ($cm->idnumber !== \local_mentorship\local\setup\activity::IDNUMBER) {
        course_delete_module($cm->id);
    }
}
