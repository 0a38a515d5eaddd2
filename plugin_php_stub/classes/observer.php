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

namespace local_mentorship;

use local_mentorship\local\staff_register;

/**
 * Feeds the journal from Moodle's events.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class observer {
    /**
     * An account was made or edited.
     *
     * @param \core\event\base $event
     */
    public static function user_changed(\core\event\base $event): void {
        (new staff_register())->account_changed((int) $event->objectid);
    }

    /**
     * An account was deleted. Moodle has taken it out of its cohorts by now, and sent no event about that.
     *
     * @param \core\event\user_deleted $event
     */
    public static function user_deleted(\core\event\user_deleted $event): void {
        (new staff_register())->account_deleted((int) $event->objectid);
    }

    /**
     * Somebody joined a cohort.
     *
     * @param \core\event\cohort_member_added $event
     */
    public static function member_added(\core\event\cohort_member_added $event): void {
        (new staff_register())->member_added((int) $event->objectid, (int) $event->relateduserid);
    }

    /**
     * Somebody left a cohort.
     *
     * @param \core\event\cohort_member_removed $event
     */
    public static function member_removed(\core\event\cohort_member_removed $event): void {
        (new staff_register())->member_removed((int) $event->objectid, (int) $event->relateduserid);
    }
}
