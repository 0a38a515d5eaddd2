<?php
// This file is part of the local_mentorship plugin's end-to-end tests.
//
// Prints what Moodle holds of the plugin's acts for single people, as JSON: the messages, the activities with the tool in
// the course and how their completion is tracked, who is done with which: php one_person.php COURSEID, from Moodle's folder.
//
// License: http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later.

define('CLI_SCRIPT', true);
require(getcwd() . '/config.php');

$courseid = (int) $argv[1];
$messages = array_values($DB->get_records_sql(
    "SELECT n.id, u.username, n.subject, n.contexturl
       FROM {notifications} n JOIN {user} u ON u.id = n.useridto
      WHERE n.component = 'local_mentorship' ORDER BY n.id"
));
$activities = [];
foreach (get_fast_modinfo($courseid)->get_instances_of('lti') as $cm) {
    $done = $DB->get_fieldset_sql(
        'SELECT u.username FROM {course_modules_completion} c JOIN {user} u ON u.id = c.userid
          WHERE c.coursemoduleid = ? AND c.completionstate = 1 ORDER BY u.username',
        [$cm->id]
    );
    $activities[] = ['name' => $cm->name, 'link' => (int) $cm->instance, 'tracking' => (int) $cm->completion, 'done' => $done];
}
$ids = $DB->get_records_sql_menu("SELECT username, id FROM {user} WHERE username LIKE 'e2e-m%'");
echo json_encode(['messages' => $messages, 'activities' => $activities, 'ids' => array_map('intval', $ids)]), "\n";
