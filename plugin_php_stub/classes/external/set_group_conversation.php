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
use local_mentorship\local\connection;
use local_mentorship\local\pair_groups;
use local_mentorship\local\problem;

/**
 * Switches the conversation of a pair's group on or off.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class set_group_conversation extends external_api {
    /**
     * Parameters.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters(): external_function_parameters {
        return new external_function_parameters([
            'groupid' => new external_value(PARAM_INT, 'A group of the sidecar in the connected course'),
            'enabled' => new external_value(PARAM_BOOL, 'On, or off'),
        ]);
    }

    /**
     * Switches it.
     *
     * @param int $groupid
     * @param bool $enabled
     * @return array
     */
    public static function execute(int $groupid, bool $enabled): array {
        ['groupid' => $groupid, 'enabled' => $enabled] = self::validate_parameters(
            self::execute_parameters(),
            ['groupid' => $groupid, 'enabled' => $enabled]
        );
        $courseid = (int) connection::get('courseid');
        if (!$courseid) {
            throw new problem('errornotconnected');
        }
        $context = \context_course::instance($courseid);
        self::validate_context($context);
        require_capability('moodle/course:managegroups', $context);
        return ['status' => (new pair_groups($courseid))->set_conversation($groupid, $enabled)];
    }

    /**
     * Answer.
     *
     * @return external_single_structure
     */
    public static function execute_returns(): external_single_structure {
        return new external_single_structure([
            'status' => new external_value(PARAM_ALPHAEXT, 'set, same, off or missing'),
        ]);
    }
}
