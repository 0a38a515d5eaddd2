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

namespace local_mentorship\external;

use core_external\external_api;
use core_external\external_function_parameters;
use core_external\external_single_structure;
use core_external\external_value;
use local_mentorship\local\activity_mark;
use local_mentorship\local\connection;
use local_mentorship\local\problem;

/**
 * Marks an activity of the sidecar's as done, or not, for one person.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class set_completion extends external_api {
    /**
     * Parameters.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters(): external_function_parameters {
        return new external_function_parameters([
            'linkid' => new external_value(PARAM_INT, 'Resource link id of the launches: the instance of the activity'),
            'userid' => new external_value(PARAM_INT, 'Whose mark it is'),
            'done' => new external_value(PARAM_BOOL, 'Done, or not done'),
        ]);
    }

    /**
     * Sets the mark, if this activity has one that can be set.
     *
     * @param int $linkid
     * @param int $userid
     * @param bool $done
     * @return array
     */
    public static function execute(int $linkid, int $userid, bool $done): array {
        ['linkid' => $linkid, 'userid' => $userid, 'done' => $done] = self::validate_parameters(
            self::execute_parameters(),
            ['linkid' => $linkid, 'userid' => $userid, 'done' => $done]
        );
        $courseid = (int) connection::get('courseid');
        if (!$courseid) {
            throw new problem('errornotconnected');
        }
        $context = \context_course::instance($courseid);
        self::validate_context($context);
        require_capability('local/mentorship:setcompletion', $context);
        return ['status' => (new activity_mark(get_course($courseid)))->set($linkid, $userid, $done)];
    }

    /**
     * Answer.
     *
     * @return external_single_structure
     */
    public static function execute_returns(): external_single_structure {
        return new external_single_structure([
            'status' => new external_value(PARAM_ALPHAEXT, 'set, same, off, automatic, missing or not_enrolled'),
        ]);
    }
}
