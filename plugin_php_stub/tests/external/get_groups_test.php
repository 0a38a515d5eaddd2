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
use local_mentorship\local\connection;
use local_mentorship\local\problem;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/../fixtures/connected_testcase.php');

/**
 * Conversations, groupings and enrolments of the groups of pairs.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\external\get_groups
 * @covers     \local_mentorship\external\set_group_conversation
 * @covers     \local_mentorship\local\pair_groups
 */
final class get_groups_test extends connected_testcase {
    /** @var \stdClass the connected course */
    private \stdClass $course;

    /** @var \stdClass a group of the sidecar's with two people */
    private \stdClass $group;

    /**
     * A course with a group of ours, and a caller with the rights of the service user.
     */
    protected function setUp(): void {
        global $CFG;
        parent::setUp();
        require_once($CFG->dirroot . '/group/lib.php');
        require_once($CFG->dirroot . '/group/externallib.php');
        $this->course = $this->getDataGenerator()->create_course();
        connection::set('courseid', $this->course->id);
        foreach ($this->staff as $person) {
            $this->getDataGenerator()->enrol_user($person->id, $this->course->id);
        }
        $this->group = $this->group('mentorship-1', 'Пара');
        groups_add_member($this->group->id, $this->staff[0]->id);
        groups_add_member($this->group->id, $this->staff[1]->id);
        $context = \context_course::instance($this->course->id);
        $this->as_holder('moodle/course:managegroups', 'moodle/course:view', $context);
    }

    /**
     * Makes a group.
     *
     * @param string $idnumber
     * @param string $name
     * @param int|null $courseid the connected one when null
     * @return \stdClass
     */
    private function group(string $idnumber, string $name, ?int $courseid = null): \stdClass {
        return $this->getDataGenerator()->create_group([
            'courseid' => $courseid ?? $this->course->id,
            'idnumber' => $idnumber,
            'name' => $name,
            'visibility' => GROUPS_VISIBILITY_MEMBERS,
        ]);
    }

    /**
     * Switches a conversation as the web service does.
     *
     * @param int $groupid
     * @param bool $enabled
     * @return string
     */
    private function call(int $groupid, bool $enabled = true): string {
        $answer = set_group_conversation::execute($groupid, $enabled);
        return external_api::clean_returnvalue(set_group_conversation::execute_returns(), $answer)['status'];
    }

    /**
     * Asks as the web service does.
     *
     * @param int[] $groupids
     * @param int[] $userids
     * @return array
     */
    private function ask(array $groupids, array $userids = []): array {
        return external_api::clean_returnvalue(get_groups::execute_returns(), get_groups::execute($groupids, $userids));
    }

    /**
     * The group's conversation.
     *
     * @return \stdClass|false
     */
    private function conversation() {
        $context = \context_course::instance($this->course->id);
        return \core_message\api::get_conversation_by_area('core_group', 'groups', $this->group->id, $context->id);
    }

    /**
     * Who takes part in the conversation.
     *
     * @return int[]
     */
    private function takers(): array {
        global $DB;
        $conversation = $this->conversation();
        $ids = $DB->get_fieldset_select('message_conversation_members', 'userid', 'conversationid = ?', [$conversation->id]);
        sort($ids);
        return array_map('intval', $ids);
    }

    /**
     * On with all members, off, and on again, each once; members come and go with the group, the name follows.
     */
    public function test_conversation(): void {
        global $USER;
        [$first, $second, $third] = array_map(fn(\stdClass $person): int => (int) $person->id, $this->staff);
        $this->assertSame('same', $this->call($this->group->id, false));
        $this->assertSame('set', $this->call($this->group->id));
        $this->assertSame('same', $this->call($this->group->id));
        $this->assertSame([$first, $second], $this->takers());
        $caller = $USER;
        $this->setAdminUser();
        groups_add_member($this->group->id, $third);
        groups_remove_member($this->group->id, $first);
        $this->setUser($caller);
        $this->assertSame([$second, $third], $this->takers());
        \core_group_external::update_groups([['id' => $this->group->id, 'name' => 'Другая пара']]);
        $this->assertEquals(1, $this->conversation()->enabled);
        $this->assertSame('same', $this->call($this->group->id));
        $this->assertSame('Другая пара', $this->conversation()->name);
        $this->assertSame('set', $this->call($this->group->id, false));
        $this->assertEquals(0, $this->conversation()->enabled);
        $this->assertSame([$second, $third], $this->takers());
        $this->assertSame('set', $this->call($this->group->id));
        $this->assertEquals(1, $this->conversation()->enabled);
    }

    /**
     * A group that Moodle forbids conversations for the whole site.
     */
    public function test_messages_are_off(): void {
        set_config('messaging', 0);
        $this->assertSame('off', $this->call($this->group->id));
        $this->assertFalse($this->conversation());
        $this->assertFalse($this->ask([$this->group->id])['messaging']);
    }

    /**
     * Teachers' groups, and those of other courses, are neither changed nor told about.
     */
    public function test_only_our_groups(): void {
        $elsewhere = $this->getDataGenerator()->create_course()->id;
        $others = [
            $this->group('', 'Ручная')->id,
            $this->group('mentorship', 'Похожая')->id,
            $this->group('mentorship-2', 'Чужая', $elsewhere)->id,
            999999,
        ];
        foreach ($others as $groupid) {
            $this->assertSame('missing', $this->call((int) $groupid));
        }
        $this->assertSame([], $this->ask($others)['groups']);
    }

    /**
     * Conversation and groupings of a group, and the oldest enrolment of a person.
     */
    public function test_states(): void {
        global $DB;
        [$first, $second] = $this->staff;
        $groupid = (int) $this->group->id;
        $this->assertEquals([['id' => $groupid, 'conversation' => false, 'groupings' => []]], $this->ask([$groupid])['groups']);
        $grouping = $this->getDataGenerator()->create_grouping(['courseid' => $this->course->id]);
        groups_assign_grouping($grouping->id, $groupid);
        $this->call($groupid);
        $expected = ['id' => $groupid, 'conversation' => true, 'groupings' => [(int) $grouping->id]];
        $this->assertEquals([$expected], $this->ask([$groupid])['groups']);

        $this->getDataGenerator()->enrol_user($first->id, $this->course->id, 'student', 'self');
        $DB->set_field('user_enrolments', 'timecreated', 1000, ['userid' => $first->id]);
        $DB->set_field_select('user_enrolments', 'timecreated', 2000, 'userid = ? AND enrolid = (SELECT MAX(id) FROM {enrol}
            WHERE courseid = ? AND enrol = ?)', [$first->id, $this->course->id, 'self']);
        $DB->set_field('user_enrolments', 'timecreated', 3000, ['userid' => $second->id]);
        $elsewhere = $this->getDataGenerator()->create_course();
        $this->getDataGenerator()->enrol_user($this->pupils[0]->id, $elsewhere->id);
        $answer = $this->ask([], [$second->id, $first->id, $this->pupils[0]->id]);
        $this->assertEqualsCanonicalizing(
            [['userid' => (int) $first->id, 'since' => 1000], ['userid' => (int) $second->id, 'since' => 3000]],
            $answer['enrolments']
        );
        $this->assertSame([], $this->ask([])['enrolments']);
        $this->assertEqualsWithDelta(time(), $answer['time'], 5);
        $this->assert_no_pupil($answer);
    }

    /**
     * Moodle itself empties the groups of who loses the last enrolment; the next one is younger.
     */
    public function test_enrolled_again(): void {
        global $DB;
        $person = (int) $this->staff[0]->id;
        $DB->set_field('user_enrolments', 'timecreated', 1000, ['userid' => $person]);
        $manual = $DB->get_record('enrol', ['courseid' => $this->course->id, 'enrol' => 'manual']);
        enrol_get_plugin('manual')->unenrol_user($manual, $person);
        $this->assertFalse(groups_is_member($this->group->id, $person));
        $this->assertSame([], $this->ask([], [$person])['enrolments']);
        $this->getDataGenerator()->enrol_user($person, $this->course->id);
        $this->assertFalse(groups_is_member($this->group->id, $person));
        $this->assertGreaterThan(1000, $this->ask([], [$person])['enrolments'][0]['since']);
    }

    /**
     * More than a page is refused.
     */
    public function test_limits(): void {
        $this->assertSame([], $this->ask(range(100001, 100200))['groups']);
        $this->expectException(\invalid_parameter_exception::class);
        $this->ask(range(1, 201));
    }

    /**
     * The right to see the course is not enough, for either function.
     */
    public function test_capability(): void {
        $this->as_holder('moodle/course:view', null, \context_course::instance($this->course->id));
        foreach ([fn() => $this->call($this->group->id), fn() => $this->ask([$this->group->id])] as $call) {
            try {
                $call();
                $this->fail('That needs moodle/course:managegroups.');
            } catch (\required_capability_exception $refusal) {
                $this->assertFalse($this->conversation());
            }
        }
    }

    /**
     * Before the connection there is nothing to tell.
     */
    public function test_not_connected(): void {
        connection::set('courseid', 0);
        try {
            $this->call($this->group->id);
            $this->fail('There is no course.');
        } catch (problem $refusal) {
            $this->assertFalse($this->conversation());
        }
        $this->expectException(problem::class);
        $this->ask([$this->group->id]);
    }
}
