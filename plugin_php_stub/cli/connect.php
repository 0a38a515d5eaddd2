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
 * Connects this Moodle with the sidecar in one command that can be run again at any time.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);

require(__DIR__ . '/../../../config.php');
require_once($CFG->libdir . '/clilib.php');

[$params, $unknown] = cli_get_params(
    \local_mentorship\local\setup\options::cli_defaults(),
    ['h' => 'help', 's' => 'sidecar', 'i' => 'invitation']
);
if ($unknown) {
    cli_error(get_string('cliunknowoption', 'core_admin', implode(PHP_EOL . '  ', $unknown)));
}
if ($params['help']) {
    cli_writeln(get_string('clihelp', 'local_mentorship'));
    exit(0);
}

// Courses, activities and roles are made by somebody: on the command line that is the main administrator.
\core\session\manager::set_user(get_admin());

$runner = new \local_mentorship\local\setup\runner(
    \local_mentorship\local\setup\options::from_cli($params),
    new \local_mentorship\local\setup\text_report()
);
exit($runner->run() ? 0 : 1);
