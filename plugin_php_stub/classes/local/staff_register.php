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
 * Remembers who is and who was staff, so that the journal never names anybody else.
 *
 * Moodle's events alone would not do: deleting an account takes it out of its cohorts without a word, and some changes
 * send no event at all. compare() finds those. It trusts no observer either: a change that an observer has written is
 * written once more by the next comparison, which costs one repeated row and forgives every lost one.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class staff_register {
    /** Name of the table. */
    private const TABLE = 'local_mentorship_staff';

    /** People in one step of the comparison. */
    private const BATCH = 1000;

    /**
     * An account was made or edited.
     *
     * @param int $userid
     */
    public function account_changed(int $userid): void {
        if ($this->is_member($userid)) {
            $this->enter($userid);
            journal::add($userid, journal::CHANGED);
        }
    }

    /**
     * An account was deleted.
     *
     * @param int $userid
     */
    public function account_deleted(int $userid): void {
        global $DB;
        if ($DB->record_exists(self::TABLE, ['userid' => $userid])) {
            journal::add($userid, journal::DELETED);
            $DB->delete_records(self::TABLE, ['userid' => $userid]);
        }
    }

    /**
     * Somebody joined a cohort.
     *
     * @param int $cohortid
     * @param int $userid
     */
    public function member_added(int $cohortid, int $userid): void {
        if ($cohortid === connection::cohort_id()) {
            $this->enter($userid);
            journal::add($userid, journal::CHANGED);
        }
    }

    /**
     * Somebody left a cohort.
     *
     * @param int $cohortid
     * @param int $userid
     */
    public function member_removed(int $cohortid, int $userid): void {
        if ($cohortid === connection::cohort_id()) {
            $this->enter($userid);
            $this->leave($userid);
            journal::add($userid, journal::LEFT);
        }
    }

    /**
     * Compares every member with what was seen the last time, and writes what is different.
     *
     * Without a transaction around it: numbers of the journal that become visible late would be missed by a reader.
     *
     * @return int how many people are different
     */
    public function compare(): int {
        return $this->walk(function (int $userid, string $kind): void {
            journal::add($userid, $kind);
        });
    }

    /**
     * Takes the staff as it is now for known: the sidecar reads everybody anyway when it is connected.
     */
    public function begin(): void {
        global $DB;
        $transaction = $DB->start_delegated_transaction();
        $DB->delete_records(self::TABLE);
        $this->walk(function (): void {
        });
        $transaction->allow_commit();
    }

    /**
     * Goes through everybody who is or was staff.
     *
     * @param callable $report (user id, kind), called before the register is changed: after a crash it is called again
     * @return int how many times
     */
    private function walk(callable $report): int {
        global $DB;
        $found = 0;
        $directory = new staff_directory(new profile_values(null));
        $after = 0;
        while ($people = $directory->page($after, self::BATCH)) {
            $known = [];
            foreach ($DB->get_records_list(self::TABLE, 'userid', array_keys($people)) as $row) {
                $known[$row->userid] = $row;
            }
            foreach ($people as $userid => $person) {
                $fingerprint = hash('sha256', json_encode($person, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE));
                $row = $known[$userid] ?? null;
                if (!$row || $row->fingerprint !== $fingerprint || $row->timeleft) {
                    $report($userid, journal::CHANGED);
                    $this->store($row, ['userid' => $userid, 'fingerprint' => $fingerprint, 'timeleft' => 0]);
                    $found++;
                }
            }
            $after = array_key_last($people);
        }
        foreach ($this->missing() as $userid => $gone) {
            $report($userid, $gone ? journal::DELETED : journal::LEFT);
            if ($gone) {
                $DB->delete_records(self::TABLE, ['userid' => $userid]);
            } else {
                $this->leave($userid);
            }
            $found++;
        }
        return $found;
    }

    /**
     * People who stand in the register as staff and in the cohort no longer, and former staff whose account is gone.
     *
     * @return int[] user id => 1 when the account is gone, 0 when not
     */
    private function missing(): array {
        global $DB;
        return array_map('intval', $DB->get_records_sql_menu(
            'SELECT s.userid, CASE WHEN u.id IS NULL THEN 1 ELSE 0 END AS gone
               FROM {' . self::TABLE . '} s
          LEFT JOIN {user} u ON u.id = s.userid AND u.deleted = 0
          LEFT JOIN {cohort_members} cm ON cm.userid = s.userid AND cm.cohortid = :cohort
              WHERE u.id IS NULL OR (cm.id IS NULL AND s.timeleft = 0)',
            ['cohort' => connection::cohort_id()]
        ));
    }

    /**
     * Is this person in the staff cohort?
     *
     * @param int $userid
     * @return bool
     */
    private function is_member(int $userid): bool {
        global $DB;
        return connection::cohort_id()
            && $DB->record_exists('cohort_members', ['cohortid' => connection::cohort_id(), 'userid' => $userid]);
    }

    /**
     * Makes sure that a person stands in the register as staff.
     *
     * @param int $userid
     */
    private function enter(int $userid): void {
        global $DB;
        $row = $DB->get_record(self::TABLE, ['userid' => $userid]) ?: null;
        if (!$row || $row->timeleft) {
            $this->store($row, ['userid' => $userid, 'timeleft' => 0]);
        }
    }

    /**
     * Notes that a person left. The row stays: should the account be deleted later, the sidecar must hear of it.
     *
     * @param int $userid
     */
    private function leave(int $userid): void {
        global $DB;
        $row = $DB->get_record(self::TABLE, ['userid' => $userid], '*', MUST_EXIST);
        $this->store($row, ['fingerprint' => '', 'timeleft' => time()]);
    }

    /**
     * Writes a row.
     *
     * @param \stdClass|null $row the row as it stands; null for a new one
     * @param array $values
     */
    private function store(?\stdClass $row, array $values): void {
        global $DB;
        $values['timemodified'] = time();
        if ($row) {
            $DB->update_record(self::TABLE, (object) (['id' => $row->id] + $values));
        } else {
            $DB->insert_record(self::TABLE, (object) $values);
        }
    }
}
