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

namespace local_mentorship;

use local_mentorship\local\connection;
use local_mentorship\local\staff_register;
use local_mentorship\task\compare_staff;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/fixtures/connected_testcase.php');

/**
 * What stands in the journal, and what never does.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\observer
 * @covers     \local_mentorship\local\staff_register
 * @covers     \local_mentorship\task\compare_staff
 */
final class observer_test extends connected_testcase {
    /**
     * Runs the hourly comparison.
     */
    private function compare(): void {
        ob_start();
        (new compare_staff())->execute();
        ob_end_clean();
    }

    /**
     * Each event of a staff member.
     */
    public function test_events(): void {
        [$first, $second] = $this->staff;
        $newcomer = $this->getDataGenerator()->create_user();
        cohort_add_member($this->cohort->id, $newcomer->id);
        user_update_user((object) ['id' => $first->id, 'lastname' => 'Новикова'], false);
        cohort_remove_member($this->cohort->id, $second->id);
        delete_user($first);
        $this->assertSame(
            ["{$newcomer->id} changed", "{$first->id} changed", "{$second->id} left", "{$first->id} deleted"],
            $this->journal()
        );
    }

    /**
     * Pupils and other cohorts leave no trace.
     */
    public function test_others_leave_no_trace(): void {
        $other = $this->getDataGenerator()->create_cohort();
        cohort_add_member($other->id, $this->pupils[0]->id);
        user_update_user((object) ['id' => $this->pupils[0]->id, 'lastname' => 'Иной'], false);
        cohort_remove_member($other->id, $this->pupils[0]->id);
        profile_save_data((object) ['id' => $this->pupils[1]->id]);
        delete_user($this->pupils[0]);
        $this->compare();
        $this->assertSame([], $this->journal());
    }

    /**
     * Former staff: nothing about their data, but the end of the account is told.
     */
    public function test_former_staff(): void {
        $person = $this->staff[0];
        cohort_remove_member($this->cohort->id, $person->id);
        user_update_user((object) ['id' => $person->id, 'lastname' => 'Новикова'], false);
        $this->compare();
        delete_user($person);
        $this->assertSame(["{$person->id} left", "{$person->id} deleted"], $this->journal());
    }

    /**
     * A custom field that was written without an event.
     */
    public function test_comparison_finds_profile_data(): void {
        $this->getDataGenerator()->create_custom_profile_field(
            ['shortname' => 'position', 'name' => 'Должность', 'datatype' => 'text']
        );
        (new staff_register())->begin();
        $this->compare();
        $this->assertSame([], $this->journal());
        profile_save_data((object) ['id' => $this->staff[1]->id, 'profile_field_position' => 'Методист']);
        $this->assertSame([], $this->journal());
        $this->compare();
        $this->assertSame(["{$this->staff[1]->id} changed"], $this->journal());
        $this->compare();
        $this->assertCount(1, $this->journal());
    }

    /**
     * Members who came, left or were deleted behind Moodle's back.
     */
    public function test_comparison_finds_members(): void {
        global $DB;
        [$left, $deleted] = $this->staff;
        $newcomer = $this->getDataGenerator()->create_user();
        $DB->insert_record(
            'cohort_members',
            (object) ['cohortid' => $this->cohort->id, 'userid' => $newcomer->id, 'timeadded' => time()]
        );
        $DB->delete_records('cohort_members', ['userid' => $left->id]);
        $DB->delete_records('cohort_members', ['userid' => $deleted->id]);
        $DB->set_field('user', 'deleted', 1, ['id' => $deleted->id]);
        $this->compare();
        $this->assertEqualsCanonicalizing(
            ["{$newcomer->id} changed", "{$left->id} left", "{$deleted->id} deleted"],
            $this->journal()
        );
    }

    /**
     * A row that was lost is written by the next comparison.
     */
    public function test_comparison_forgives_a_lost_row(): void {
        global $DB;
        user_update_user((object) ['id' => $this->staff[0]->id, 'lastname' => 'Новикова'], false);
        $DB->delete_records('local_mentorship_journal');
        $this->compare();
        $this->assertSame(["{$this->staff[0]->id} changed"], $this->journal());
    }

    /**
     * A deleted cohort does not make the whole staff leave.
     */
    public function test_deleted_cohort(): void {
        cohort_delete_cohort($this->cohort);
        $this->compare();
        $this->assertSame([], $this->journal());
    }

    /**
     * Before the connection nothing is written, and nothing fails.
     */
    public function test_not_connected(): void {
        connection::set('cohortid', 0);
        user_update_user((object) ['id' => $this->staff[0]->id, 'lastname' => 'Новикова'], false);
        cohort_remove_member($this->cohort->id, $this->staff[1]->id);
        $this->compare();
        $this->assertSame([], $this->journal());
    }
}
