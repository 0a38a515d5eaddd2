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

/**
 * Puts the tool into the course.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class activity extends step {
    /** Idnumber by which the activity is found again. */
    public const IDNUMBER = 'local_mentorship_tool';

    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'stepactivity';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        global $CFG, $DB;
        require_once($CFG->dirroot . '/course/modlib.php');
        $module = $DB->get_record('modules', ['name' => 'lti'], '*', MUST_EXIST);
        $changed = !$module->visible;
        if ($changed) {
            \core\plugininfo\mod::enable_plugin('lti', 1);
        }
        $cm = $DB->get_record('course_modules', [
            'course' => $state->course->id,
            'module' => $module->id,
            'idnumber' => self::IDNUMBER,
            'deletioninprogress' => 0,
        ], 'id, instance', IGNORE_MULTIPLE);
        if (!$cm) {
            $state->cmid = $this->make($state, (int) $module->id);
            $changed = true;
        } else {
            $state->cmid = (int) $cm->id;
            if ((int) $DB->get_field('lti', 'typeid', ['id' => $cm->instance]) !== $state->typeid) {
                $DB->set_field('lti', 'typeid', $state->typeid, ['id' => $cm->instance]);
                rebuild_course_cache($state->course->id, true);
                $changed = true;
            }
        }
        connection::set('cmid', $state->cmid);
        $changed = $this->offer($state) || $changed;
        return outcome::of($changed);
    }

    /**
     * Puts the tool into this course's activity chooser, for single pages; other courses are not bothered with it.
     *
     * A teacher who took it out there has decided. Before Moodle 4.3 a course had no say in this, and the tool stands in
     * the list of the activity "External tool".
     *
     * @param state $state
     * @return bool whether anything was changed
     */
    private function offer(state $state): bool {
        global $DB;
        $row = ['typeid' => $state->typeid, 'courseid' => $state->course->id];
        if (!$DB->get_manager()->table_exists('lti_coursevisible') || $DB->record_exists('lti_coursevisible', $row)) {
            return false;
        }
        $DB->insert_record('lti_coursevisible', (object) ($row + ['coursevisible' => LTI_COURSEVISIBLE_ACTIVITYCHOOSER]));
        return true;
    }

    /**
     * Makes the activity.
     *
     * @param state $state
     * @param int $moduleid
     * @return int its course module
     */
    private function make(state $state, int $moduleid): int {
        return (int) add_moduleinfo((object) [
            'modulename' => 'lti',
            'module' => $moduleid,
            'course' => $state->course->id,
            'section' => $state->owns_course() ? array_key_first(course::SECTIONS) : 0,
            'visible' => 1,
            'cmidnumber' => self::IDNUMBER,
            'groupmode' => NOGROUPS,
            'name' => $this->content('activityname'),
            'introeditor' => ['text' => '', 'format' => FORMAT_HTML, 'itemid' => 0],
            'typeid' => $state->typeid,
            'toolurl' => '',
            'securetoolurl' => '',
            'launchcontainer' => LTI_LAUNCH_CONTAINER_DEFAULT,
            'showtitlelaunch' => 0,
            'showdescriptionlaunch' => 0,
            'instructorchoicesendname' => LTI_SETTING_ALWAYS,
            'instructorchoicesendemailaddr' => LTI_SETTING_ALWAYS,
            'instructorchoiceallowroster' => LTI_SETTING_NEVER,
            'instructorchoiceacceptgrades' => LTI_SETTING_NEVER,
            'instructorcustomparameters' => '',
            'grade' => 0,
        ], $state->course)->coursemodule;
    }
}
