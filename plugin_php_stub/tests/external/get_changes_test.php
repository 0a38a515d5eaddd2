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
use local_mentorship\connected_testcase;
use local_mentorship\local\journal;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/../fixtures/connected_testcase.php');

/**
 * The delta.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\external\get_changes
 * @covers     \local_mentorship\local\journal
 */
final class get_changes_test extends connected_testcase {
    /**
     * Calls the function as the web service does, with its answer cleaned.
     *
     * @param mixed ...$arguments
     * @return array
     */
    private function call(...$arguments): array {
        return external_api::clean_returnvalue(get_changes::execute_returns(), get_changes::execute(...$arguments));
    }

    /**
     * Nothing has happened.
     */
    public function test_quiet(): void {
        $this->as_reader();
        $this->assertSame(
            ['changes' => [], 'next' => 0, 'more' => 0, 'oldest' => 1, 'journal' => 'journal1', 'warnings' => []],
            $this->call(0)
        );
    }

    /**
     * Changed, left, deleted; and no pupil in any of them.
     */
    public function test_kinds(): void {
        [$changed, $left, $deleted] = $this->staff;
        user_update_user((object) ['id' => $changed->id, 'lastname' => 'Новикова'], false);
        cohort_remove_member($this->cohort->id, $left->id);
        user_update_user((object) ['id' => $left->id, 'lastname' => 'Тайная'], false);
        delete_user($deleted);
        user_update_user((object) ['id' => $this->pupils[0]->id, 'lastname' => 'Другой'], false);
        delete_user($this->pupils[1]);
        $this->as_reader();

        $answer = $this->call(0);
        $this->assertSame(
            [[(int) $changed->id, 'changed'], [(int) $left->id, 'left'], [(int) $deleted->id, 'deleted']],
            array_map(fn(array $change): array => [$change['userid'], $change['kind']], $answer['changes'])
        );
        $this->assertSame('Новикова', $answer['changes'][0]['person']['lastname']);
        $this->assertArrayNotHasKey('person', $answer['changes'][1]);
        $this->assertArrayNotHasKey('person', $answer['changes'][2]);
        $this->assertSame(journal::newest(), $answer['next']);
        $this->assertStringNotContainsString('Тайная', json_encode($answer, JSON_UNESCAPED_UNICODE));
        $this->assert_no_pupil($answer);
        $this->assertSame([], $this->call($answer['next'])['changes']);
    }

    /**
     * One row for a person, with the newest number; pages go on where the last one ended.
     */
    public function test_pages(): void {
        foreach ([0, 1, 0, 2, 0] as $index) {
            user_update_user((object) ['id' => $this->staff[$index]->id, 'city' => "Город {$index}"], false);
        }
        $this->as_reader();
        $seen = [];
        $after = 0;
        do {
            $answer = $this->call($after, 1);
            $seen = array_merge($seen, array_column($answer['changes'], 'userid'));
            $after = $answer['next'];
        } while ($answer['more']);
        $this->assertSame(array_map(fn(int $index): int => (int) $this->staff[$index]->id, [1, 2, 0]), $seen);
    }

    /**
     * Who left and came back is staff, whatever an older row says.
     */
    public function test_what_is_true_now_counts(): void {
        $person = $this->staff[0];
        cohort_remove_member($this->cohort->id, $person->id);
        cohort_add_member($this->cohort->id, $person->id);
        $this->as_reader();
        $this->assertSame(['changed'], array_column($this->call(0)['changes'], 'kind'));
    }

    /**
     * After pruning, who is behind is told so by the oldest number; the newest row stays.
     */
    public function test_pruning(): void {
        global $DB;
        for ($round = 0; $round < 3; $round++) {
            user_update_user((object) ['id' => $this->staff[$round]->id, 'city' => 'Тверь'], false);
        }
        $newest = journal::newest();
        $DB->set_field('local_mentorship_journal', 'timecreated', time() - 100 * DAYSECS);
        (new \local_mentorship\task\prune_journal())->execute();
        $this->as_reader();
        $answer = $this->call(0);
        $this->assertSame($newest, $answer['oldest']);
        $this->assertSame($newest, journal::newest());
        $this->assertLessThan($answer['oldest'] - 1, 0);
    }

    /**
     * Who has read further than the journal goes has to read everything: Moodle came from a backup.
     */
    public function test_reader_ahead_of_the_journal(): void {
        user_update_user((object) ['id' => $this->staff[0]->id, 'city' => 'Тверь'], false);
        $this->as_reader();
        $ahead = journal::newest() + 10;
        $answer = $this->call($ahead);
        $this->assertSame([], $answer['changes']);
        $this->assertLessThan($answer['oldest'] - 1, $ahead);
    }

    /**
     * Without the capability there is no answer.
     */
    public function test_capability(): void {
        $this->setUser($this->pupils[0]);
        $this->expectException(\required_capability_exception::class);
        get_changes::execute(0);
    }
}
