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
 * A step of the connection. It finds out what is there and makes what is missing, so that it can always be run again.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
abstract class step {
    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    abstract public function title(): string;

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    abstract public function run(state $state): outcome;

    /**
     * A text that stays in Moodle's data instead of passing over a screen: teachers read it, in Russian.
     *
     * It comes from our own file, because get_string() answers in English where the Russian language pack is missing.
     *
     * @param string $name
     * @return string
     */
    protected function content(string $name): string {
        $string = [];
        include(__DIR__ . '/../../../lang/ru/local_mentorship.php');
        return $string[$name];
    }
}
