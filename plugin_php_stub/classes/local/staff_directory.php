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

namespace local_mentorship\local;

/**
 * The members of the staff cohort. Nobody else can be asked for here: the cohort stands in every query.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class staff_directory {
    /** Columns of a person. */
    private const COLUMNS = 'u.id, u.lastname, u.firstname, u.middlename, u.email, u.suspended';

    /** Members who have an account. */
    private const MEMBERS = '{cohort_members} cm JOIN {user} u ON u.id = cm.userid AND u.deleted = 0';

    /** @var int the staff cohort */
    private int $cohortid;

    /** @var profile_values which custom fields are read */
    private profile_values $profile;

    /**
     * The directory of the cohort that was chosen at connection.
     *
     * @param profile_values $profile which custom fields to read
     */
    public function __construct(profile_values $profile) {
        if (!connection::cohort_id()) {
            throw new problem('errornotconnected');
        }
        if (!connection::cohort_exists()) {
            // An empty answer would read as "everybody has left".
            throw new problem('errorcohortgone');
        }
        $this->cohortid = connection::cohort_id();
        $this->profile = $profile;
    }

    /**
     * How many members there are.
     *
     * @return int
     */
    public function total(): int {
        global $DB;
        return $DB->count_records_sql(
            'SELECT COUNT(u.id) FROM ' . self::MEMBERS . ' WHERE cm.cohortid = :cohort',
            ['cohort' => $this->cohortid]
        );
    }

    /**
     * The next people in the order of their ids.
     *
     * @param int $afterid the last id of the page before
     * @param int $limit
     * @return array[] people by id
     */
    public function page(int $afterid, int $limit): array {
        global $DB;
        return $this->people($DB->get_records_sql(
            'SELECT ' . self::COLUMNS . ' FROM ' . self::MEMBERS .
                ' WHERE cm.cohortid = :cohort AND cm.userid > :after ORDER BY cm.userid',
            ['cohort' => $this->cohortid, 'after' => $afterid],
            0,
            $limit
        ));
    }

    /**
     * Those of the given people who are members.
     *
     * @param int[] $userids
     * @return array[] people by id
     */
    public function members(array $userids): array {
        global $DB;
        if (!$userids) {
            return [];
        }
        [$sql, $params] = $DB->get_in_or_equal($userids, SQL_PARAMS_NAMED);
        return $this->people($DB->get_records_sql(
            'SELECT ' . self::COLUMNS . ' FROM ' . self::MEMBERS . " WHERE cm.cohortid = :cohort AND cm.userid {$sql}",
            $params + ['cohort' => $this->cohortid]
        ));
    }

    /**
     * People with their custom fields.
     *
     * @param \stdClass[] $records by id
     * @return array[] by id
     */
    private function people(array $records): array {
        $profiles = $this->profile->of(array_keys($records));
        return array_map(fn(\stdClass $record): array => [
            'id' => (int) $record->id,
            'lastname' => $record->lastname,
            'firstname' => $record->firstname,
            'middlename' => (string) $record->middlename,
            'email' => $record->email,
            'suspended' => (int) $record->suspended,
            'profile' => $profiles[$record->id],
        ], $records);
    }
}
