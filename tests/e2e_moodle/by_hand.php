<?php
// This file is part of the local_mentorship plugin's end-to-end tests.
//
// Renames a group and takes a member out, as a teacher does by hand: php by_hand.php COURSEID IDNUMBER USERNAME, from
// Moodle's folder.
//
// License: http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later.

define('CLI_SCRIPT', true);
require(getcwd() . '/config.php');
require_once($CFG->dirroot . '/group/lib.php');

\core\session\manager::set_user(get_admin());
[, $courseid, $idnumber, $username] = $argv;
$group = $DB->get_record('groups', ['courseid' => $courseid, 'idnumber' => $idnumber], '*', MUST_EXIST);
$group->name = 'Наша пара';
// Moodle's form keeps the conversation as it is.
$group->enablemessaging = true;
groups_update_group($group);
groups_remove_member($group, $DB->get_record('user', ['username' => $username], '*', MUST_EXIST));
