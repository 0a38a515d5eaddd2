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

/**
 * Reports on the command line: one line for a step.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class text_report implements report {
    /**
     * A step ended.
     *
     * @param string $title
     * @param outcome $outcome
     */
    public function step(string $title, outcome $outcome): void {
        $line = $title . ': ' . get_string($outcome->kind, 'local_mentorship');
        $this->write(STDOUT, $outcome->detail === '' ? $line : "{$line} ({$outcome->detail})");
    }

    /**
     * Something works against the connection.
     *
     * @param string $sentence
     */
    public function warning(string $sentence): void {
        $this->write(STDOUT, get_string('reportwarning', 'local_mentorship', $sentence));
    }

    /**
     * The connection stopped here.
     *
     * @param string $sentence
     */
    public function failure(string $sentence): void {
        $this->write(STDERR, get_string('reportfailure', 'local_mentorship', $sentence));
    }

    /**
     * Everything is done.
     *
     * @param string $sentence
     */
    public function success(string $sentence): void {
        $this->write(STDOUT, $sentence);
    }

    /**
     * Writes a line.
     *
     * @param resource $stream
     * @param string $line
     */
    private function write($stream, string $line): void {
        fwrite($stream, $line . PHP_EOL);
    }
}
