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

namespace local_mentorship\form;

use local_mentorship\local\connection;

defined('MOODLE_INTERNAL') || die();

require_once($CFG->libdir . '/formslib.php');

/**
 * What the connection needs to know: the options of cli/connect.php.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class connect_form extends \moodleform {
    /**
     * The fields.
     */
    protected function definition() {
        $form = $this->_form;
        $this->text('sidecar', connection::get('sidecarurl'));
        $form->addRule('sidecar', null, 'required', null, 'client');
        $this->text('invitation');

        $form->addElement('select', 'cohort', get_string('fieldcohort', 'local_mentorship'), $this->cohorts());
        $form->addHelpButton('cohort', 'fieldcohort', 'local_mentorship');
        $form->setDefault('cohort', connection::cohort_id() ?: '');
        $form->setType('cohort', PARAM_RAW_TRIMMED);
        $form->addRule('cohort', null, 'required', null, 'client');

        $this->text('curator');
        $this->text('course', $this->course());
        $this->add_action_buttons(false, get_string('connectbutton', 'local_mentorship'));
    }

    /**
     * A line of text.
     *
     * @param string $name
     * @param string $default
     */
    private function text(string $name, string $default = ''): void {
        $this->_form->addElement('text', $name, get_string("field{$name}", 'local_mentorship'), ['size' => 50]);
        $this->_form->setType($name, PARAM_RAW_TRIMMED);
        $this->_form->addHelpButton($name, "field{$name}", 'local_mentorship');
        $this->_form->setDefault($name, $default);
    }

    /**
     * Cohorts to choose from.
     *
     * @return string[]
     */
    private function cohorts(): array {
        global $DB;
        $choices = ['' => get_string('choosedots')];
        foreach ($DB->get_records('cohort', null, 'name', 'id, name, idnumber') as $cohort) {
            $name = format_string($cohort->name, true, ['context' => \context_system::instance()]);
            $choices[$cohort->id] = (string) $cohort->idnumber === '' ? $name : $name . ' (' . s($cohort->idnumber) . ')';
        }
        return $choices;
    }

    /**
     * Short name of the connected course.
     *
     * @return string
     */
    private function course(): string {
        global $DB;
        return (string) $DB->get_field('course', 'shortname', ['id' => (int) connection::get('courseid')]);
    }
}
