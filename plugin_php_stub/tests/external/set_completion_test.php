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
 * The mark that somebody is done with an activity of the sidecar's.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\external\set_completion
 * @covers     \local_mentorship\local\activity_mark
 */
final class set_completion_test extends connected_testcase {
    /** @var int our tool */
    private int $ours;

    /** @var \stdClass the connected course */
    private \stdClass $course;

    /** @var \stdClass an activity with our tool */
    private \stdClass $activity;

    /**
     * A course with our activity, a teacher and a student, and a caller with the rights of the service user.
     */
    protected function setUp(): void {
        parent::setUp();
        $this->course = $this->getDataGenerator()->create_course(['enablecompletion' => 1]);
        connection::set('courseid', $this->course->id);
        $this->ours = $this->tool('Ours');
        connection::set('typeid', $this->ours);
        $this->activity = $this->add(COMPLETION_TRACKING_MANUAL);
        $this->getDataGenerator()->enrol_user($this->staff[0]->id, $this->course->id, 'editingteacher');
        $this->getDataGenerator()->enrol_user($this->staff[1]->id, $this->course->id, 'student');
        $context = \context_course::instance($this->course->id);
        $this->as_holder('local/mentorship:setcompletion', 'moodle/course:view', $context);
    }

    /**
     * Registers a tool.
     *
     * @param string $name
     * @return int its number
     */
    private function tool(string $name): int {
        global $CFG;
        require_once($CFG->dirroot . '/mod/lti/locallib.php');
        return (int) lti_add_type(
            (object) ['state' => LTI_TOOL_STATE_CONFIGURED],
            (object) ['lti_typename' => $name, 'lti_toolurl' => "https://{$name}.example/"]
        );
    }

    /**
     * Adds an activity.
     *
     * @param int $tracking
     * @param int|null $typeid our tool when null
     * @param \stdClass|null $course the connected one when null
     * @return \stdClass
     */
    private function add(int $tracking, ?int $typeid = null, ?\stdClass $course = null): \stdClass {
        $views = $tracking === COMPLETION_TRACKING_AUTOMATIC ? ['completionview' => 1] : [];
        return $this->getDataGenerator()->create_module('lti', [
            'course' => ($course ?? $this->course)->id,
            'typeid' => $typeid ?? $this->ours,
            'completion' => $tracking,
        ] + $views);
    }

    /**
     * Calls the function as the web service does, with its answer cleaned.
     *
     * @param int $linkid
     * @param int $userid
     * @param bool $done
     * @return string
     */
    private function call(int $linkid, int $userid, bool $done = true): string {
        $answer = set_completion::execute($linkid, $userid, $done);
        return external_api::clean_returnvalue(set_completion::execute_returns(), $answer)['status'];
    }

    /**
     * Who has which mark.
     *
     * @return string[] user id => state
     */
    private function marks(): array {
        global $DB;
        return $DB->get_records_menu(
            'course_modules_completion',
            ['coursemoduleid' => $this->activity->cmid],
            'userid',
            'userid, completionstate'
        );
    }

    /**
     * A student and a teacher get the mark, keep it, and lose it.
     */
    public function test_mark(): void {
        [$teacher, $student, $stranger] = $this->staff;
        $this->assertSame('set', $this->call($this->activity->id, $teacher->id));
        $this->assertSame('set', $this->call($this->activity->id, $student->id));
        $this->assertSame('same', $this->call($this->activity->id, $student->id));
        $this->assertEquals([$teacher->id => 1, $student->id => 1], $this->marks());
        $this->assertSame('set', $this->call($this->activity->id, $student->id, false));
        $this->assertSame('same', $this->call($this->activity->id, $student->id, false));
        $this->assertEquals([$teacher->id => 1, $student->id => 0], $this->marks());
        $this->assertSame('not_enrolled', $this->call($this->activity->id, $stranger->id));
        $this->assertCount(2, $this->marks());
    }

    /**
     * Somebody whose enrolment is suspended is not in the course.
     */
    public function test_suspended_enrolment(): void {
        global $DB;
        $DB->set_field('user_enrolments', 'status', ENROL_USER_SUSPENDED, ['userid' => $this->staff[1]->id]);
        $this->assertSame('not_enrolled', $this->call($this->activity->id, $this->staff[1]->id));
    }

    /**
     * Switched off for the activity, the course or the site; or with conditions of its own.
     */
    public function test_off(): void {
        $person = $this->staff[1]->id;
        $this->assertSame('off', $this->call($this->add(COMPLETION_TRACKING_NONE)->id, $person));
        $this->assertSame('automatic', $this->call($this->add(COMPLETION_TRACKING_AUTOMATIC)->id, $person));
        update_course((object) ['id' => $this->course->id, 'enablecompletion' => 0]);
        $this->assertSame('off', $this->call($this->activity->id, $person));
        update_course((object) ['id' => $this->course->id, 'enablecompletion' => 1]);
        set_config('enablecompletion', 0);
        $this->assertSame('off', $this->call($this->activity->id, $person));
        $this->assertSame([], $this->marks());
    }

    /**
     * Another tool's activity, another course's, a deleted one, and none: none of them is ours to mark.
     */
    public function test_only_our_activities(): void {
        $person = $this->staff[1]->id;
        $elsewhere = $this->getDataGenerator()->create_course(['enablecompletion' => 1]);
        $this->getDataGenerator()->enrol_user($person, $elsewhere->id);
        $this->assertSame('missing', $this->call($this->add(COMPLETION_TRACKING_MANUAL, $this->tool('Other'))->id, $person));
        $foreign = $this->add(COMPLETION_TRACKING_MANUAL, null, $elsewhere);
        $this->assertSame('missing', $this->call($foreign->id, $person));
        $this->assertSame('missing', $this->call(999999, $person));
        course_delete_module($this->activity->cmid);
        $this->assertSame('missing', $this->call($this->activity->id, $person));
        connection::set('typeid', 0);
        $this->assertSame('missing', $this->call($this->add(COMPLETION_TRACKING_MANUAL, 0)->id, $person));
    }

    /**
     * The right in another course, and the right to see this one, are not enough.
     */
    public function test_capability(): void {
        $other = \context_course::instance($this->getDataGenerator()->create_course()->id);
        $this->as_holder('local/mentorship:setcompletion', 'moodle/course:view', $other);
        try {
            $this->call($this->activity->id, $this->staff[1]->id);
            $this->fail('That is another course.');
        } catch (\require_login_exception $refusal) {
            $this->assertSame([], $this->marks());
        }
        $this->as_holder('moodle/course:view', 'moodle/course:view', \context_course::instance($this->course->id));
        $this->expectException(\required_capability_exception::class);
        $this->call($this->activity->id, $this->staff[1]->id);
    }

    /**
     * Before the connection there is nothing to mark.
     */
    public function test_not_connected(): void {
        connection::set('courseid', 0);
        $this->expectException(problem::class);
        $this->call($this->activity->id, $this->staff[1]->id);
    }
}
