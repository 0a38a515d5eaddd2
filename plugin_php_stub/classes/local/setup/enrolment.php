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
 * Lets every member of the staff into the course, and makes room for those whom a pair brings in from elsewhere.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class enrolment extends step {
    /** Where an enrolment method keeps whether it greets people by e-mail. */
    private const WELCOME = ['manual' => 'customint1', 'self' => 'customint4'];

    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'stepenrolment';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        $students = get_archetype_roles('student');
        if (!$students) {
            throw new problem('errornostudentrole');
        }
        $state->studentroleid = (int) reset($students)->id;

        $changed = false;
        foreach (['manual', 'cohort'] as $method) {
            if (!enrol_is_enabled($method)) {
                \core\plugininfo\enrol::enable_plugin($method, 1);
                $changed = true;
            }
        }
        $changed = $this->manual($state) || $changed;
        // A change of cohort lets the new one in first: who is in both never leaves the course, nor a group in it.
        $changed = $this->cohort($state) || $changed;
        $changed = $this->drop_former_cohort($state) || $changed;
        $changed = $this->silence($state) || $changed;
        return outcome::of($changed);
    }

    /**
     * The method by which the sidecar enrols.
     *
     * @param state $state
     * @return bool whether it was missing
     */
    private function manual(state $state): bool {
        global $DB;
        $instance = $DB->get_record('enrol', ['courseid' => $state->course->id, 'enrol' => 'manual'], '*', IGNORE_MULTIPLE);
        if (!$instance) {
            enrol_get_plugin('manual')->add_instance($state->course, [
                'status' => ENROL_INSTANCE_ENABLED,
                'roleid' => $state->studentroleid,
                self::WELCOME['manual'] => 0,
            ]);
            return true;
        }
        if ((int) $instance->status !== ENROL_INSTANCE_ENABLED) {
            enrol_get_plugin('manual')->update_status($instance, ENROL_INSTANCE_ENABLED);
            return true;
        }
        return false;
    }

    /**
     * The staff cohort's way in.
     *
     * @param state $state
     * @return bool whether it was missing
     */
    private function cohort(state $state): bool {
        global $DB;
        $plugin = enrol_get_plugin('cohort');
        $instance = $DB->get_record('enrol', [
            'courseid' => $state->course->id,
            'enrol' => 'cohort',
            'customint1' => $state->cohort->id,
            'roleid' => $state->studentroleid,
        ], '*', IGNORE_MULTIPLE);
        $changed = !$instance || (int) $instance->status !== ENROL_INSTANCE_ENABLED;
        if (!$instance) {
            $plugin->add_instance($state->course, [
                'customint1' => $state->cohort->id,
                'customint2' => 0,
                'roleid' => $state->studentroleid,
                'status' => ENROL_INSTANCE_ENABLED,
            ]);
        } else if ($changed) {
            $plugin->update_status($instance, ENROL_INSTANCE_ENABLED);
        }
        return $changed;
    }

    /**
     * Closes the way in of a cohort that was the staff at an earlier connection.
     *
     * @param state $state
     * @return bool whether there was one
     */
    private function drop_former_cohort(state $state): bool {
        global $DB;
        $former = (int) connection::get('enrolledcohortid');
        connection::set('enrolledcohortid', $state->cohort->id);
        if (!$former || $former === (int) $state->cohort->id) {
            return false;
        }
        $instances = $DB->get_records('enrol', [
            'courseid' => $state->course->id,
            'enrol' => 'cohort',
            'customint1' => $former,
            'roleid' => $state->studentroleid,
        ]);
        foreach ($instances as $instance) {
            enrol_get_plugin('cohort')->delete_instance($instance);
        }
        return (bool) $instances;
    }

    /**
     * Switches welcome e-mails off: a whole staff would get one.
     *
     * @param state $state
     * @return bool whether any were on
     */
    private function silence(state $state): bool {
        global $DB;
        $changed = false;
        foreach (self::WELCOME as $method => $column) {
            foreach ($DB->get_records('enrol', ['courseid' => $state->course->id, 'enrol' => $method]) as $instance) {
                if ($instance->$column) {
                    $DB->set_field('enrol', $column, 0, ['id' => $instance->id]);
                    $changed = true;
                }
            }
        }
        return $changed;
    }
}
