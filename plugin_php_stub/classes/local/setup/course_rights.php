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
 * Gives the service user its work in the course, and only there.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class course_rights extends step {
    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'steprights';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        global $DB;
        $changed = false;
        $roleid = roles::ensure(
            roles::COURSE,
            $this->content('rolecourse'),
            $this->content('rolecoursedescription'),
            $changed
        );
        $context = \context_course::instance($state->course->id);
        roles::give($roleid, $state->serviceuserid, $context, $changed);
        if (!$DB->record_exists('role_allow_assign', ['roleid' => $roleid, 'allowassign' => $state->studentroleid])) {
            core_role_set_assign_allowed($roleid, $state->studentroleid);
            $changed = true;
        }
        // The course of an earlier connection is no business of the sidecar any more.
        $elsewhere = $DB->get_records_select(
            'role_assignments',
            'roleid = :roleid AND userid = :userid AND contextid <> :contextid',
            ['roleid' => $roleid, 'userid' => $state->serviceuserid, 'contextid' => $context->id]
        );
        foreach ($elsewhere as $assignment) {
            role_unassign($roleid, $state->serviceuserid, $assignment->contextid);
            $changed = true;
        }
        return outcome::of($changed);
    }
}
