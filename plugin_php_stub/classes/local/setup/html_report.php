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
 * Reports on the settings page.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class html_report implements report {
    /** @var \core_renderer */
    private \core_renderer $output;

    /**
     * A report.
     *
     * @param \core_renderer $output
     */
    public function __construct(\core_renderer $output) {
        $this->output = $output;
    }

    /**
     * What the page is for, and how the connection stands.
     *
     * @return string
     */
    public function introduction(): string {
        $connected = (int) connection::get('connectedat');
        $standing = $connected
            ? get_string('connectedsince', 'local_mentorship', (object) [
                'sidecar' => s(connection::get('sidecarurl')),
                'time' => userdate($connected),
            ])
            : get_string('notconnected', 'local_mentorship');
        return \html_writer::tag('p', get_string('connectintro', 'local_mentorship'))
            . $this->output->notification($standing, $connected ? 'success' : 'info', false);
    }

    /**
     * A step ended.
     *
     * @param string $title
     * @param outcome $outcome
     */
    public function step(string $title, outcome $outcome): void {
        $line = $title . ': ' . get_string($outcome->kind, 'local_mentorship');
        echo \html_writer::div(s($outcome->detail === '' ? $line : "{$line} ({$outcome->detail})"));
    }

    /**
     * Something works against the connection.
     *
     * @param string $sentence
     */
    public function warning(string $sentence): void {
        echo $this->output->notification(s($sentence), 'warning', false);
    }

    /**
     * The connection stopped here.
     *
     * @param string $sentence
     */
    public function failure(string $sentence): void {
        echo $this->output->notification(s($sentence), 'error', false);
    }

    /**
     * Everything is done.
     *
     * @param string $sentence
     */
    public function success(string $sentence): void {
        echo $this->output->notification(s($sentence), 'success', false);
    }
}
