<?php
// This file is part of the local_mentorship plugin's end-to-end tests.
//
// Prints the groups of a course with their members as JSON: php groups.php COURSEID, from Moodle's folder.
//
// License: http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later.

define('CLI_SCRIPT', true);
require(getcwd() . '/config.php');

$groups = [];
foreach ($DB->get_records('groups', ['courseid' => (int) $argv[1]], 'id') as $group) {
    $members = $DB->get_fieldset_sql(
        'SELECT u.username FROM {groups_members} m JOIN {user} u ON u.id = m.userid WHERE m.groupid = ? ORDER BY u.username',
        [$group->id]
    );
    $groups[] = ['idnumber' => $group->idnumber, 'visibility' => (int) $group->visibility, 'members' => $members];
}
echo json_encode($groups), "\n";
