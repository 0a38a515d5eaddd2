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
 * Custom profile fields of many people in one query.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class profile_values {
    /** @var \stdClass[] fields by id */
    private array $fields = [];

    /** @var string[] short names that no field has */
    public array $unknown = [];

    /**
     * The fields to read.
     *
     * @param string[]|null $shortnames null for all of them
     */
    public function __construct(?array $shortnames) {
        global $DB;
        $columns = 'id, shortname, datatype, defaultdata, param3';
        if ($shortnames === null) {
            $this->fields = $DB->get_records('user_info_field', null, 'id', $columns);
        } else if ($shortnames) {
            $shortnames = array_values(array_unique($shortnames));
            $this->fields = $DB->get_records_list('user_info_field', 'shortname', $shortnames, 'id', $columns);
            $this->unknown = array_values(array_diff($shortnames, array_column($this->fields, 'shortname')));
        }
    }

    /**
     * The values of some people.
     *
     * @param int[] $userids
     * @return array user id => list of ['shortname' => …, 'value' => …], each field once
     */
    public function of(array $userids): array {
        global $DB;
        if (!$userids || !$this->fields) {
            return array_fill_keys($userids, []);
        }
        [$userssql, $usersparams] = $DB->get_in_or_equal($userids, SQL_PARAMS_NAMED, 'u');
        [$fieldssql, $fieldsparams] = $DB->get_in_or_equal(array_keys($this->fields), SQL_PARAMS_NAMED, 'f');
        $stored = [];
        $rows = $DB->get_recordset_select(
            'user_info_data',
            "userid {$userssql} AND fieldid {$fieldssql}",
            $usersparams + $fieldsparams,
            '',
            'id, userid, fieldid, data'
        );
        foreach ($rows as $row) {
            $stored[$row->userid][$row->fieldid] = $row->data;
        }
        $rows->close();

        $values = [];
        foreach ($userids as $userid) {
            $values[$userid] = [];
            foreach ($this->fields as $id => $field) {
                $values[$userid][] = [
                    'shortname' => $field->shortname,
                    'value' => $this->value($field, $stored[$userid][$id] ?? null),
                ];
            }
        }
        return $values;
    }

    /**
     * A value as the sidecar gets it.
     *
     * @param \stdClass $field
     * @param string|null $stored null when the person has no value of their own
     * @return string
     */
    private function value(\stdClass $field, ?string $stored): string {
        // Moodle shows the field's default where a person has no value of their own.
        $value = trim((string) ($stored ?? $field->defaultdata));
        if ($field->datatype === 'datetime') {
            return (int) $value ? $this->time((int) $value, (bool) $field->param3) : '';
        }
        return $field->datatype === 'textarea' ? trim(html_to_text($value, 0, false)) : $value;
    }

    /**
     * A date as the sidecar gets it.
     *
     * Moodle keeps a date without a time as midnight in the school's time zone: in Moscow that is still the day before in
     * UTC. Moved to midnight in UTC it is the same day for a reader in either zone.
     *
     * @param int $stored Unix time
     * @param bool $withtime whether the field has a time of day
     * @return string Unix time
     */
    private function time(int $stored, bool $withtime): string {
        if ($withtime) {
            return (string) $stored;
        }
        $day = (new \DateTimeImmutable("@{$stored}"))->setTimezone(\core_date::get_server_timezone_object());
        return (string) (new \DateTimeImmutable($day->format('Y-m-d'), new \DateTimeZone('UTC')))->getTimestamp();
    }
}
