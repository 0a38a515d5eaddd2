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
 * The journal of staff changes that the sidecar follows by its sequence number.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class journal {
    /** In the cohort now: new or altered. */
    public const CHANGED = 'changed';

    /** Has an account, and is in the cohort no longer. */
    public const LEFT = 'left';

    /** The account is gone. */
    public const DELETED = 'deleted';

    /** Name of the table. */
    private const TABLE = 'local_mentorship_journal';

    /**
     * Which journal this is. A sidecar that knows another one reads everything anew.
     *
     * @return string
     */
    public static function id(): string {
        return connection::get('journalid');
    }

    /**
     * Gives the journal a new identity.
     */
    public static function renew_id(): void {
        connection::set('journalid', bin2hex(random_bytes(16)));
    }

    /**
     * Writes that something happened to a person, and has the sidecar told.
     *
     * @param int $userid
     * @param string $kind
     */
    public static function add(int $userid, string $kind): void {
        global $DB;
        $DB->insert_record(self::TABLE, (object) ['userid' => $userid, 'kind' => $kind, 'timecreated' => time()]);
        webhook::announce();
    }

    /**
     * The newest sequence number.
     *
     * @return int 0 when nothing was ever written
     */
    public static function newest(): int {
        global $DB;
        return (int) $DB->get_field_sql('SELECT MAX(id) FROM {' . self::TABLE . '}');
    }

    /**
     * How many rows there are after a sequence number.
     *
     * @param int $after
     * @return int
     */
    public static function count_since(int $after): int {
        global $DB;
        return $DB->count_records_select(self::TABLE, 'id > :after', ['after' => $after]);
    }

    /**
     * The smallest sequence number that is still kept.
     *
     * @return int 1 when nothing was ever written
     */
    public static function oldest(): int {
        global $DB;
        return (int) $DB->get_field_sql('SELECT MIN(id) FROM {' . self::TABLE . '}') ?: 1;
    }

    /**
     * Who changed after a sequence number, each person once with their newest number.
     *
     * @param int $after
     * @param int $limit
     * @return int[] sequence => user id, in the order of the sequence
     */
    public static function since(int $after, int $limit): array {
        global $DB;
        return array_map('intval', $DB->get_records_sql_menu(
            'SELECT MAX(id) AS sequence, userid FROM {' . self::TABLE . '} WHERE id > :after GROUP BY userid ORDER BY MAX(id)',
            ['after' => $after],
            0,
            $limit
        ));
    }

    /**
     * Forgets rows older than a time. The newest row stays, because it holds the sequence.
     *
     * @param int $before
     */
    public static function prune(int $before): void {
        global $DB;
        $DB->delete_records_select(
            self::TABLE,
            'timecreated < :before AND id < :newest',
            ['before' => $before, 'newest' => self::newest()]
        );
    }

    /**
     * Starts anew for another cohort.
     */
    public static function reset(): void {
        global $DB;
        $DB->delete_records(self::TABLE);
        connection::set('announced', 0);
        self::renew_id();
    }
}
