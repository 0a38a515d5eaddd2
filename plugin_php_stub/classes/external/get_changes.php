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
 * Who of the staff has changed since the sidecar asked the last time.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class get_changes extends external_api {
    /**
     * Parameters.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters(): external_function_parameters {
        return new external_function_parameters([
            'aftersequence' => new external_value(PARAM_INT, 'The last sequence number that is known'),
            'limit' => people::limit(),
            'profilefields' => people::profilefields(),
        ]);
    }

    /**
     * Reads the next changes, one for each person.
     *
     * @param int $aftersequence
     * @param int $limit
     * @param string[] $profilefields
     * @return array
     */
    public static function execute(int $aftersequence, int $limit = 500, array $profilefields = []): array {
        [
            'aftersequence' => $aftersequence,
            'limit' => $limit,
            'profilefields' => $profilefields,
        ] = self::validate_parameters(self::execute_parameters(), [
            'aftersequence' => $aftersequence,
            'limit' => $limit,
            'profilefields' => $profilefields,
        ]);
        $context = \context_system::instance();
        self::validate_context($context);
        require_capability('local/mentorship:readstaff', $context);
        people::check_limit($limit);

        $profile = new profile_values($profilefields);
        $directory = new staff_directory($profile);
        $found = journal::since($aftersequence, $limit + 1);
        $more = count($found) > $limit;
        $found = array_slice($found, 0, $limit, true);
        return [
            'changes' => self::changes($found, $directory),
            'next' => $found ? array_key_last($found) : $aftersequence,
            'more' => (int) $more,
            // Who has read further than this journal goes is following one that was replaced by a backup: a number above
            // theirs tells them what a gap does, that they have to read everything.
            'oldest' => $aftersequence > journal::newest() ? $aftersequence + 2 : journal::oldest(),
            'journal' => journal::id(),
            'warnings' => people::warnings($profile),
        ];
    }

    /**
     * What is true of these people now; the kind in the journal may be out of date.
     *
     * @param int[] $found sequence => user id
     * @param staff_directory $directory
     * @return array[]
     */
    private static function changes(array $found, staff_directory $directory): array {
        global $DB;
        $members = $directory->members(array_values($found));
        $accounts = [];
        if ($found) {
            [$sql, $params] = $DB->get_in_or_equal(array_values($found));
            $accounts = $DB->get_records_select_menu('user', "deleted = 0 AND id {$sql}", $params, '', 'id, id AS same');
        }
        $changes = [];
        foreach ($found as $sequence => $userid) {
            $person = $members[$userid] ?? null;
            $without = isset($accounts[$userid]) ? journal::LEFT : journal::DELETED;
            // Before Moodle 4.3 an answer cannot hold null for a structure, so nobody is simply left out.
            $changes[] = [
                'sequence' => $sequence,
                'userid' => $userid,
                'kind' => $person ? journal::CHANGED : $without,
            ] + ($person ? ['person' => $person] : []);
        }
        return $changes;
    }

    /**
     * Answer.
     *
     * @return external_single_structure
     */
    public static function execute_returns(): external_single_structure {
        return new external_single_structure([
            'changes' => new external_multiple_structure(new external_single_structure([
                'sequence' => new external_value(PARAM_INT, 'Sequence number'),
                'userid' => new external_value(PARAM_INT, 'User id'),
                'kind' => new external_value(PARAM_ALPHA, 'changed, left or deleted'),
                'person' => people::person(VALUE_OPTIONAL),
            ])),
            'next' => new external_value(PARAM_INT, 'aftersequence of the next call'),
            'more' => new external_value(PARAM_INT, '1 when there is more to read at once'),
            'oldest' => new external_value(PARAM_INT, 'The smallest sequence number from which one can go on'),
            'journal' => new external_value(PARAM_ALPHANUM, 'Which journal this is'),
            'warnings' => new external_warnings(),
        ]);
    }
}
