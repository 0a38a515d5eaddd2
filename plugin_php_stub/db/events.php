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
 * What the journal of staff changes listens to.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

// Not internal: Moodle calls these after its transaction. A row of the journal is then seen as soon as its number is
// given, and a reader who has passed the number does not miss it.
$observers = [
    [
        'eventname' => '\core\event\user_created',
        'callback' => '\local_mentorship\observer::user_changed',
        'internal' => false,
    ],
    [
        'eventname' => '\core\event\user_updated',
        'callback' => '\local_mentorship\observer::user_changed',
        'internal' => false,
    ],
    [
        'eventname' => '\core\event\user_deleted',
        'callback' => '\local_mentorship\observer::user_deleted',
        'internal' => false,
    ],
    [
        'eventname' => '\core\event\cohort_member_added',
        'callback' => '\local_mentorship\observer::member_added',
        'internal' => false,
    ],
    [
        'eventname' => '\core\event\cohort_member_removed',
        'callback' => '\local_mentorship\observer::member_removed',
        'internal' => false,
    ],
];
