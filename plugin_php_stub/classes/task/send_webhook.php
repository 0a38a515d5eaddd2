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
 * Tells the sidecar that there are changes. A failure throws, and Moodle tries again later and later.
 *
 * Without custom data, so that Moodle recognises a second one as the same task and keeps one in its queue.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class send_webhook extends \core\task\adhoc_task {
    /**
     * Name for the list of tasks.
     *
     * @return string
     */
    public function get_name() {
        return get_string('taskwebhook', 'local_mentorship');
    }

    /**
     * Sends the message.
     */
    public function execute() {
        (new \local_mentorship\local\webhook())->send((int) $this->get_id());
    }
}
