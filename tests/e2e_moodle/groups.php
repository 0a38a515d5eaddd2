<?php
// This file is part of the local_mentorship plugin's end-to-end tests.
//
// Prints the groups of a course with their members, groupings and conversations as JSON: php groups.php COURSEID, from Moodle's folder.
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
    $groups[] = [
        'idnumber' => $group->idnumber,
        'name' => $group->name,
        'visibility' => (int) $group->visibility,
        'members' => $members,
        'groupings' => $DB->get_fieldset_sql(
            'SELECT g.name FROM {groupings_groups} s JOIN {groupings} g ON g.id = s.groupingid WHERE s.groupid = ?',
            [$group->id]
        ),
        // Who can write in the conversation, if it is on.
        'conversation' => $DB->get_fieldset_sql(
            'SELECT u.username FROM {message_conversations} c JOIN {message_conversation_members} m ON m.conversationid = c.id
               JOIN {user} u ON u.id = m.userid
              WHERE c.component = ? AND c.itemid = ? AND c.enabled = 1 ORDER BY u.username',
            ['core_group', $group->id]
        ),
    ];
}
echo json_encode($groups), "\n";
