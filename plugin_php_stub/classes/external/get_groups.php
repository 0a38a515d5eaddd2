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
use core_external\external_multiple_structure;
use core_external\external_single_structure;
use core_external\external_value;
use local_mentorship\local\connection;
use local_mentorship\local\pair_groups;
use local_mentorship\local\problem;

/**
 * How groups of pairs stand, as far as core functions don't tell: conversations, groupings, the age of enrolments.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class get_groups extends external_api {
    /**
     * Parameters.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters(): external_function_parameters {
        return new external_function_parameters([
            'groupids' => new external_multiple_structure(
                new external_value(PARAM_INT, 'A group of the sidecar in the connected course'),
                'Up to 200',
                VALUE_DEFAULT,
                []
            ),
            'userids' => new external_multiple_structure(
                new external_value(PARAM_INT, 'Somebody whose enrolment is asked for'),
                'Up to 200',
                VALUE_DEFAULT,
                []
            ),
        ]);
    }

    /**
     * Tells.
     *
     * @param int[] $groupids
     * @param int[] $userids
     * @return array
     */
    public static function execute(array $groupids = [], array $userids = []): array {
        global $CFG;
        ['groupids' => $groupids, 'userids' => $userids] = self::validate_parameters(
            self::execute_parameters(),
            ['groupids' => $groupids, 'userids' => $userids]
        );
        if (count($groupids) > 200 || count($userids) > 200) {
            throw new \invalid_parameter_exception('at most 200 of each');
        }
        $courseid = (int) connection::get('courseid');
        if (!$courseid) {
            throw new problem('errornotconnected');
        }
        $context = \context_course::instance($courseid);
        self::validate_context($context);
        require_capability('moodle/course:managegroups', $context);
        $groups = new pair_groups($courseid);
        return [
            'time' => time(),
            'messaging' => !empty($CFG->messaging),
            'groups' => $groups->states($groupids),
            'enrolments' => $groups->enrolments($userids),
        ];
    }

    /**
     * Answer.
     *
     * @return external_single_structure
     */
    public static function execute_returns(): external_single_structure {
        return new external_single_structure([
            'time' => new external_value(PARAM_INT, 'Unix time of this server'),
            'messaging' => new external_value(PARAM_BOOL, 'Whether people can write to each other on this site'),
            'groups' => new external_multiple_structure(new external_single_structure([
                'id' => new external_value(PARAM_INT, 'Group'),
                'conversation' => new external_value(PARAM_BOOL, 'Whether its conversation is on'),
                'groupings' => new external_multiple_structure(new external_value(PARAM_INT, 'Grouping it stands in')),
            ])),
            'enrolments' => new external_multiple_structure(new external_single_structure([
                'userid' => new external_value(PARAM_INT, 'User'),
                'since' => new external_value(PARAM_INT, 'Unix time of the oldest enrolment that still stands'),
            ])),
        ]);
    }
}
