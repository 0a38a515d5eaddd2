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
 * The mark that somebody is done with an activity of the sidecar's in the connected course.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class activity_mark {
    /** It was changed now. */
    public const SET = 'set';

    /** It stood so already. */
    public const SAME = 'same';

    /** Completion is switched off for the site, the course or the activity. */
    public const OFF = 'off';

    /** The activity completes by conditions of its own; whoever chose them has decided. */
    public const AUTOMATIC = 'automatic';

    /** There is no such activity of ours in this course. */
    public const MISSING = 'missing';

    /** The person is not enrolled in the course now. */
    public const NOT_ENROLLED = 'not_enrolled';

    /** @var \stdClass */
    private \stdClass $course;

    /**
     * The marks of a course.
     *
     * @param \stdClass $course
     */
    public function __construct(\stdClass $course) {
        $this->course = $course;
    }

    /**
     * Sets a mark. Teachers have one too, whether Moodle's reports list them or not.
     *
     * @param int $linkid
     * @param int $userid
     * @param bool $done
     * @return string what became of it
     */
    public function set(int $linkid, int $userid, bool $done): string {
        global $CFG;
        require_once($CFG->libdir . '/completionlib.php');
        $cm = $this->activity($linkid);
        if (!$cm) {
            return self::MISSING;
        }
        $completion = new \completion_info($this->course);
        $tracking = (int) $completion->is_enabled($cm);
        if ($tracking === COMPLETION_TRACKING_NONE) {
            return self::OFF;
        }
        if ($tracking !== COMPLETION_TRACKING_MANUAL) {
            return self::AUTOMATIC;
        }
        if (!is_enrolled(\context_course::instance($this->course->id), $userid, '', true)) {
            return self::NOT_ENROLLED;
        }
        $wanted = $done ? COMPLETION_COMPLETE : COMPLETION_INCOMPLETE;
        if ((int) $completion->get_data($cm, false, $userid)->completionstate === $wanted) {
            return self::SAME;
        }
        $completion->update_state($cm, $wanted, $userid);
        return self::SET;
    }

    /**
     * The activity with this instance, if it shows our tool.
     *
     * @param int $linkid
     * @return \stdClass|null
     */
    private function activity(int $linkid): ?\stdClass {
        global $DB;
        $ours = ['id' => $linkid, 'course' => $this->course->id, 'typeid' => (int) connection::get('typeid')];
        if (!$ours['typeid'] || !$DB->record_exists('lti', $ours)) {
            return null;
        }
        $cm = get_coursemodule_from_instance('lti', $linkid, $this->course->id);
        return $cm && !$cm->deletioninprogress ? $cm : null;
    }
}
