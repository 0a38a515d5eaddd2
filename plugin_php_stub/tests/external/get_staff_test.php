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
use local_mentorship\local\problem;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/../fixtures/connected_testcase.php');

/**
 * The staff, page by page.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\external\get_staff
 * @covers     \local_mentorship\local\staff_directory
 * @covers     \local_mentorship\local\profile_values
 */
final class get_staff_test extends connected_testcase {
    /**
     * Calls the function as the web service does, with its answer cleaned.
     *
     * @param mixed ...$arguments
     * @return array
     */
    private function call(...$arguments): array {
        return external_api::clean_returnvalue(get_staff::execute_returns(), get_staff::execute(...$arguments));
    }

    /**
     * Members of the cohort, and nobody else.
     */
    public function test_only_members_leave(): void {
        $this->as_reader();
        $answer = $this->call();
        $this->assertSame(array_map('intval', array_column($this->staff, 'id')), array_column($answer['people'], 'id'));
        $this->assertSame(3, $answer['total']);
        $this->assertSame(0, $answer['next']);
        $this->assert_no_pupil($answer);
        $this->assertSame([
            'id' => (int) $this->staff[0]->id,
            'lastname' => 'Белова',
            'firstname' => 'Анна',
            'middlename' => 'Ивановна',
            'email' => $this->staff[0]->email,
            'suspended' => 0,
            'profile' => [],
        ], $answer['people'][0]);
    }

    /**
     * A pupil whose id lies between those of the staff is stepped over by every page size.
     */
    public function test_keyset(): void {
        $late = $this->getDataGenerator()->create_user();
        cohort_add_member($this->cohort->id, $late->id);
        $expected = array_map('intval', array_merge(array_column($this->staff, 'id'), [$late->id]));
        $this->as_reader();
        foreach ([1, 2, 3, 4, 5] as $limit) {
            $seen = [];
            $after = 0;
            do {
                $answer = $this->call($after, $limit);
                $this->assertLessThanOrEqual($limit, count($answer['people']));
                $seen = array_merge($seen, array_column($answer['people'], 'id'));
                $after = $answer['next'];
            } while ($after);
            $this->assertSame($expected, $seen, "limit {$limit}");
        }
    }

    /**
     * Dates, menus, defaults, and a field that this site does not have.
     */
    public function test_profile_fields(): void {
        $generator = $this->getDataGenerator();
        $generator->create_custom_profile_field(['shortname' => 'position', 'name' => 'Должность', 'datatype' => 'text',
            'defaultdata' => 'Учитель']);
        $generator->create_custom_profile_field(['shortname' => 'hire_date', 'name' => 'Дата приёма', 'datatype' => 'datetime',
            'param1' => 1970, 'param2' => 2050, 'param3' => 0]);
        $generator->create_custom_profile_field(['shortname' => 'sex', 'name' => 'Пол', 'datatype' => 'menu',
            'param1' => "жен\nмуж", 'defaultdata' => '']);
        $generator->create_custom_profile_field(['shortname' => 'hobby', 'name' => 'Увлечение', 'datatype' => 'text']);
        $generator->create_custom_profile_field(['shortname' => 'checked', 'name' => 'Проверено', 'datatype' => 'datetime',
            'param1' => 1970, 'param2' => 2050, 'param3' => 1]);
        $this->setTimezone('Europe/Moscow', 'Europe/Moscow');
        $date = make_timestamp(2020, 9, 1);
        $this->assertSame('2020-08-31', gmdate('Y-m-d', $date));
        $moment = make_timestamp(2020, 9, 1, 9, 30);
        profile_save_data((object) ['id' => $this->staff[0]->id, 'profile_field_position' => 'Директор',
            'profile_field_hire_date' => $date, 'profile_field_checked' => $moment, 'profile_field_sex' => 'жен',
            'profile_field_hobby' => 'Шахматы']);
        profile_save_data((object) ['id' => $this->staff[1]->id, 'profile_field_hire_date' => 0]);
        $this->as_reader();

        $answer = $this->call(0, 500, ['position', 'hire_date', 'checked', 'sex', 'no_such', 'нет']);
        $profiles = array_map(
            fn(array $person): array => array_column($person['profile'], 'value', 'shortname'),
            $answer['people']
        );
        $this->assertSame('2020-09-01 00:00', gmdate('Y-m-d H:i', (int) $profiles[0]['hire_date']));
        $this->assertSame((string) $moment, $profiles[0]['checked']);
        $this->assertSame(['Директор', 'жен'], [$profiles[0]['position'], $profiles[0]['sex']]);
        $nothing = ['position' => 'Учитель', 'hire_date' => '', 'checked' => '', 'sex' => ''];
        $this->assertEquals($nothing, $profiles[1]);
        $this->assertEquals($nothing, $profiles[2]);
        $this->assertSame(['no_such', 'нет'], array_column($answer['warnings'], 'item'));
        $this->assertStringNotContainsString('Шахматы', json_encode($answer, JSON_UNESCAPED_UNICODE));
    }

    /**
     * A suspended colleague stays on the list, a deleted one does not.
     */
    public function test_suspended_and_deleted(): void {
        user_update_user((object) ['id' => $this->staff[0]->id, 'suspended' => 1], false);
        delete_user($this->staff[1]);
        $this->as_reader();
        $answer = $this->call();
        $this->assertSame([1, 0], array_column($answer['people'], 'suspended'));
        $this->assertSame(2, $answer['total']);
        $this->assertSame(journal::newest(), $answer['sequence']);
    }

    /**
     * The number of queries does not grow with the number of people.
     */
    public function test_no_query_per_person(): void {
        global $DB;
        $this->getDataGenerator()->create_custom_profile_field(
            ['shortname' => 'position', 'name' => 'Должность', 'datatype' => 'text']
        );
        $this->as_reader();
        $count = function (): int {
            global $DB;
            $before = $DB->perf_get_reads();
            get_staff::execute(0, 500, ['position']);
            return $DB->perf_get_reads() - $before;
        };
        $count();
        $few = $count();
        for ($number = 0; $number < 20; $number++) {
            $DB->insert_record('cohort_members', (object) ['cohortid' => $this->cohort->id,
                'userid' => $this->getDataGenerator()->create_user()->id, 'timeadded' => time()]);
        }
        $this->assertSame($few, $count());
    }

    /**
     * Without the capability there is no answer.
     */
    public function test_capability(): void {
        $this->setUser($this->staff[0]);
        $this->expectException(\required_capability_exception::class);
        get_staff::execute();
    }

    /**
     * Senseless page sizes are refused.
     */
    public function test_limit(): void {
        $this->as_reader();
        foreach ([0, -1, 1001] as $limit) {
            try {
                get_staff::execute(0, $limit);
                $this->fail("limit {$limit} was taken");
            } catch (\invalid_parameter_exception $refusal) {
                $this->assertStringContainsString('limit', $refusal->debuginfo);
            }
        }
    }

    /**
     * A deleted cohort is a failure: an empty list would read as "everybody has left".
     */
    public function test_cohort_gone(): void {
        cohort_delete_cohort($this->cohort);
        $this->as_reader();
        $this->expectException(problem::class);
        get_staff::execute();
    }
}
