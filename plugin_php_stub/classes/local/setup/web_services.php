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

namespace local_mentorship\local\setup;

use local_mentorship\local\problem;

/**
 * Switches web services on, REST among them.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class web_services extends step {
    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'stepwebservices';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        global $CFG, $DB;
        $changed = false;
        if (empty($CFG->enablewebservices)) {
            set_config('enablewebservices', 1);
            $changed = true;
        }
        $protocols = array_filter(explode(',', $CFG->webserviceprotocols ?? ''));
        if (!in_array('rest', $protocols, true)) {
            set_config('webserviceprotocols', implode(',', array_merge($protocols, ['rest'])));
            $changed = true;
        }
        $state->service = $DB->get_record('external_services', ['shortname' => 'local_mentorship']) ?: null;
        if (!$state->service) {
            throw new problem('errornoservice');
        }
        if (!$state->service->enabled) {
            $DB->set_field('external_services', 'enabled', 1, ['id' => $state->service->id]);
            $changed = true;
        }
        return outcome::of($changed);
    }
}
