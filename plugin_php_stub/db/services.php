<?php
// This file is part of Moodle - https://moodle.org/
//
// Moodle is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Moodle is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Moodle.  If not, see <https://www.gnu.org/licenses/>.

/**
 * Web-service functions, and the service that the sidecar calls.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$functions = [
    'local_mentorship_get_staff' => [
        'classname' => 'local_mentorship\external\get_staff',
        'description' => 'Members of the staff cohort, page by page in the order of their ids.',
        'type' => 'read',
        'capabilities' => 'local/mentorship:readstaff',
    ],
    'local_mentorship_get_changes' => [
        'classname' => 'local_mentorship\external\get_changes',
        'description' => 'Who of the staff has changed, left or been deleted since a sequence number of the journal.',
        'type' => 'read',
        'capabilities' => 'local/mentorship:readstaff',
    ],
    'local_mentorship_diagnose' => [
        'classname' => 'local_mentorship\external\diagnose',
        'description' => 'What in this Moodle works against the connection: rights, settings, queues. Changes nothing.',
        'type' => 'read',
        'capabilities' => '',
    ],
    'local_mentorship_send_message' => [
        'classname' => 'local_mentorship\external\send_message',
        'description' => 'Sends one message to one member of the staff cohort; the same key is sent once.',
        'type' => 'write',
        'capabilities' => 'local/mentorship:sendmessage',
    ],
    'local_mentorship_set_completion' => [
        'classname' => 'local_mentorship\external\set_completion',
        'description' => 'Marks an activity of the sidecar\'s in the course as done, or not, for somebody who is enrolled.',
        'type' => 'write',
        'capabilities' => 'local/mentorship:setcompletion',
    ],
    'local_mentorship_get_groups' => [
        'classname' => 'local_mentorship\external\get_groups',
        'description' => 'Conversations and groupings of the sidecar\'s groups, and since when people are enrolled.',
        'type' => 'read',
        'capabilities' => 'moodle/course:managegroups',
    ],
    'local_mentorship_set_group_conversation' => [
        'classname' => 'local_mentorship\external\set_group_conversation',
        'description' => 'Switches the conversation of one of the sidecar\'s groups on or off.',
        'type' => 'write',
        'capabilities' => 'moodle/course:managegroups',
    ],
];

// Moodle finds a service again by this name: another name would delete the service together with its token.
$services = [
    'Mentorship sidecar' => [
        'shortname' => 'local_mentorship',
        'functions' => [
            'local_mentorship_get_staff',
            'local_mentorship_get_changes',
            'local_mentorship_diagnose',
            'local_mentorship_send_message',
            'local_mentorship_set_completion',
            'local_mentorship_get_groups',
            'local_mentorship_set_group_conversation',
            'core_webservice_get_site_info',
            'core_group_get_course_groups',
            'core_group_create_groups',
            'core_group_update_groups',
            'core_group_delete_groups',
            'core_group_get_course_groupings',
            'core_group_create_groupings',
            'core_group_assign_grouping',
            'core_group_get_group_members',
            'core_group_add_group_members',
            'core_group_delete_group_members',
            'core_enrol_get_enrolled_users',
            'enrol_manual_enrol_users',
            'enrol_manual_unenrol_users',
            'core_calendar_create_calendar_events',
            'core_calendar_delete_calendar_events',
            'core_calendar_get_calendar_events',
        ],
        'restrictedusers' => 1,
        'enabled' => 1,
        'downloadfiles' => 0,
        'uploadfiles' => 0,
    ],
];
