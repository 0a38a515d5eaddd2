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

namespace local_mentorship\task;

use local_mentorship\local\connection;
use local_mentorship\local\staff_register;
use local_mentorship\local\webhook;

/**
 * Finds changes that Moodle sends no event about, such as those written by profile_save_data().
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class compare_staff extends \core\task\scheduled_task {
    /**
     * Name for the list of tasks.
     *
     * @return string
     */
    public function get_name() {
        return get_string('taskcompare', 'local_mentorship');
    }

    /**
     * Compares every staff member with the last comparison.
     */
    public function execute() {
        if (!connection::cohort_exists()) {
            // A deleted cohort is a mistake to repair, and no reason to report the whole staff as gone.
            mtrace('There is no staff cohort: run cli/connect.php again and name one.');
            return;
        }
        $found = (new staff_register())->compare();
        mtrace("{$found} changed.");
        webhook::announce();
    }
}
