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
use core_external\external_warnings;
use local_mentorship\local\journal;
use local_mentorship\local\profile_values;
use local_mentorship\local\staff_directory;

/**
 * The staff, page by page.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class get_staff extends external_api {
    /**
     * Parameters.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters(): external_function_parameters {
        return new external_function_parameters([
            'afterid' => new external_value(PARAM_INT, 'The last id of the page before', VALUE_DEFAULT, 0),
            'limit' => people::limit(),
            'profilefields' => people::profilefields(),
        ]);
    }

    /**
     * Reads a page.
     *
     * @param int $afterid
     * @param int $limit
     * @param string[] $profilefields
     * @return array
     */
    public static function execute(int $afterid = 0, int $limit = 500, array $profilefields = []): array {
        [
            'afterid' => $afterid,
            'limit' => $limit,
            'profilefields' => $profilefields,
        ] = self::validate_parameters(self::execute_parameters(), [
            'afterid' => $afterid,
            'limit' => $limit,
            'profilefields' => $profilefields,
        ]);
        $context = \context_system::instance();
        self::validate_context($context);
        require_capability('local/mentorship:readstaff', $context);
        people::check_limit($limit);

        // Read before the people: a change in between comes again with the delta, instead of being lost.
        $sequence = journal::newest();
        $profile = new profile_values($profilefields);
        $directory = new staff_directory($profile);
        $people = $directory->page($afterid, $limit + 1);
        $more = count($people) > $limit;
        $people = array_slice(array_values($people), 0, $limit);
        return [
            'people' => $people,
            'next' => $more ? end($people)['id'] : 0,
            'total' => $directory->total(),
            'sequence' => $sequence,
            'warnings' => people::warnings($profile),
        ];
    }

    /**
     * Answer.
     *
     * @return external_single_structure
     */
    public static function execute_returns(): external_single_structure {
        return new external_single_structure([
            'people' => new external_multiple_structure(people::person()),
            'next' => new external_value(PARAM_INT, 'afterid of the next page; 0 when this was the last one'),
            'total' => new external_value(PARAM_INT, 'How many members the cohort has'),
            'sequence' => new external_value(PARAM_INT, 'The newest sequence number when this page was read'),
            'warnings' => new external_warnings(),
        ]);
    }
}
