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

/**
 * Connects this Moodle with the sidecar: the same as cli/connect.php, from the browser.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

require(__DIR__ . '/../../config.php');
require_once($CFG->libdir . '/adminlib.php');

admin_externalpage_setup('local_mentorship_connect');

$form = new \local_mentorship\form\connect_form($PAGE->url);
$renderer = new \local_mentorship\local\setup\html_report($OUTPUT);

echo $OUTPUT->header();
echo $OUTPUT->heading(get_string('connectpage', 'local_mentorship'));
if ($data = $form->get_data()) {
    \core_php_time_limit::raise(600);
    $runner = new \local_mentorship\local\setup\runner(
        \local_mentorship\local\setup\options::from_form($data),
        $renderer
    );
    $runner->run();
    echo $OUTPUT->continue_button($PAGE->url);
} else {
    echo $renderer->introduction();
    $form->display();
}
echo $OUTPUT->footer();
