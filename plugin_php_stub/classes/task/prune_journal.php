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

/**
 * Forgets old rows of the journal, and old keys of messages.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class prune_journal extends \core\task\scheduled_task {
    /**
     * Name for the list of tasks.
     *
     * @return string
     */
    public function get_name() {
        return get_string('taskprune', 'local_mentorship');
    }

    /**
     * Deletes what a sidecar that calls every night has read long ago.
     */
    public function execute() {
        \local_mentorship\local\journal::prune(time() - 90 * DAYSECS);
        \local_mentorship\local\messenger::prune(time() - 60 * DAYSECS);
    }
}
