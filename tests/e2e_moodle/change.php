<?php
// This file is part of the local_mentorship plugin's end-to-end tests.
//
// Changes one person as Moodle's editing page does: php change.php "name" | "custom field", from Moodle's folder.
//
// License: http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later.

define('CLI_SCRIPT', true);
require(getcwd() . '/config.php');
require_once($CFG->dirroot . '/user/lib.php');
require_once($CFG->dirroot . '/user/profile/lib.php');

if ($argv[1] === 'name') {
    $user = $DB->get_record('user', ['username' => 'e2e-staff00003'], '*', MUST_EXIST);
    user_update_user((object) ['id' => $user->id, 'lastname' => 'Переименованный'], false);
} else {
    $user = $DB->get_record('user', ['username' => 'e2e-staff00004'], '*', MUST_EXIST);
    profile_save_data((object) ['id' => $user->id, 'profile_field_position' => 'методист']);
    \core\event\user_updated::create_from_userid($user->id)->trigger();
}
