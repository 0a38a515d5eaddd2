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

namespace local_mentorship\local\setup;

use local_mentorship\local\connection;
use local_mentorship\local\problem;

/**
 * Finds or makes the course in which the school mentors.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class course extends step {
    /** Short name of a course that nobody named. */
    private const SHORTNAME = 'mentorship';

    /** Sections of our course: number => names of its strings. */
    public const SECTIONS = [
        1 => ['sectiondesk', 'sectiondesksummary'],
        2 => ['sectionpairs', 'sectionpairssummary'],
        3 => ['sectionmaterials', 'sectionmaterialssummary'],
    ];

    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'stepcourse';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        global $CFG;
        require_once($CFG->dirroot . '/course/lib.php');
        $changed = false;
        $state->course = $this->find($state->options->course);
        if (!$state->course) {
            $state->course = $this->make($state->options->course);
            $changed = true;
        }
        connection::set('courseid', $state->course->id);
        if ((int) $state->course->groupmode === NOGROUPS && !$state->course->groupmodeforce) {
            update_course((object) ['id' => $state->course->id, 'groupmode' => SEPARATEGROUPS]);
            $changed = true;
        }
        if ($state->owns_course()) {
            $changed = $this->name_sections($state->course) || $changed;
            $changed = $this->track_completion($state->course) || $changed;
        }
        $state->course = get_course($state->course->id);
        return outcome::of($changed, $state->course->shortname);
    }

    /**
     * The course that was named, or the one of the last connection.
     *
     * @param string $shortname
     * @return \stdClass|null
     */
    private function find(string $shortname): ?\stdClass {
        global $DB;
        $known = (int) connection::get('courseid');
        if ($shortname === '' && $known && $known != SITEID && $course = $DB->get_record('course', ['id' => $known])) {
            return $course;
        }
        $course = $DB->get_record('course', ['shortname' => $shortname !== '' ? $shortname : self::SHORTNAME]);
        if (!$course) {
            return null;
        }
        if ((int) $course->id === SITEID) {
            throw new problem('errorfrontpage');
        }
        if ($shortname === '' && $course->idnumber !== state::COURSE_IDNUMBER) {
            // A course of this name that we did not make is somebody's: it is taken only when it was named.
            throw new problem('errorcoursetaken', self::SHORTNAME);
        }
        return $course;
    }

    /**
     * Makes the course.
     *
     * @param string $shortname
     * @return \stdClass
     */
    private function make(string $shortname): \stdClass {
        global $DB;
        $shortname = $shortname !== '' ? $shortname : self::SHORTNAME;
        // Moodle wants an idnumber once; the course of an earlier connection may still carry ours.
        $taken = $DB->record_exists('course', ['idnumber' => state::COURSE_IDNUMBER]);
        if ($taken) {
            $DB->set_field('course', 'idnumber', '', ['idnumber' => state::COURSE_IDNUMBER]);
        }
        return create_course((object) [
            'fullname' => $this->content('coursename'),
            'shortname' => $shortname,
            'idnumber' => state::COURSE_IDNUMBER,
            'summary' => \html_writer::tag('p', $this->content('coursesummary')),
            'summaryformat' => FORMAT_HTML,
            'category' => \core_course_category::get_default()->id,
            'format' => 'topics',
            'numsections' => count(self::SECTIONS),
            'startdate' => usergetmidnight(time()),
            'visible' => 1,
            'groupmode' => SEPARATEGROUPS,
            'groupmodeforce' => 0,
        ]);
    }

    /**
     * Lets people and the sidecar mark what is done: completion is on, and a new activity with a tool is marked by hand.
     *
     * Whoever has chosen otherwise for new activities of this course has decided.
     *
     * @param \stdClass $course
     * @return bool whether anything was changed
     */
    private function track_completion(\stdClass $course): bool {
        global $CFG, $DB;
        require_once($CFG->libdir . '/completionlib.php');
        $changed = (int) $course->enablecompletion !== COMPLETION_ENABLED;
        if ($changed) {
            update_course((object) ['id' => $course->id, 'enablecompletion' => COMPLETION_ENABLED]);
        }
        $row = ['course' => $course->id, 'module' => $DB->get_field('modules', 'id', ['name' => 'lti'], MUST_EXIST)];
        if (!$DB->record_exists('course_completion_defaults', $row)) {
            $DB->insert_record('course_completion_defaults', (object) ($row + ['completion' => COMPLETION_TRACKING_MANUAL]));
            $changed = true;
        }
        return $changed;
    }

    /**
     * Names sections that have no name; what the school has renamed stays.
     *
     * @param \stdClass $course
     * @return bool whether there were any
     */
    private function name_sections(\stdClass $course): bool {
        global $DB;
        $changed = course_create_sections_if_missing($course, array_keys(self::SECTIONS));
        foreach (self::SECTIONS as $number => [$name, $summary]) {
            $section = $DB->get_record('course_sections', ['course' => $course->id, 'section' => $number], '*', MUST_EXIST);
            if ((string) $section->name === '') {
                course_update_section($course, $section, [
                    'name' => $this->content($name),
                    'summary' => \html_writer::tag('p', $this->content($summary)),
                    'summaryformat' => FORMAT_HTML,
                ]);
                $changed = true;
            }
        }
        return $changed;
    }
}
