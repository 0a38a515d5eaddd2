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
 * What the administrator asked for. What is left out stays as it was at the last connection.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class options {
    /** @var string address of the sidecar */
    public string $sidecar = '';

    /** @var string invitation code of the school */
    public string $invitation = '';

    /** @var string idnumber or id of the staff cohort */
    public string $cohort = '';

    /** @var string username of the first curator */
    public string $curator = '';

    /** @var string short name of the course */
    public string $course = '';

    /**
     * Options of the command and their defaults.
     *
     * @return array
     */
    public static function cli_defaults(): array {
        return array_fill_keys(array_keys(get_class_vars(self::class)), '') + ['help' => false];
    }

    /**
     * From the command line.
     *
     * @param array $params
     * @return self
     */
    public static function from_cli(array $params): self {
        $options = new self();
        foreach (array_keys(get_class_vars(self::class)) as $name) {
            // An option without a value arrives as true.
            $options->$name = is_string($params[$name]) ? trim($params[$name]) : '';
        }
        return $options;
    }

    /**
     * From the form.
     *
     * @param \stdClass $data
     * @return self
     */
    public static function from_form(\stdClass $data): self {
        return self::from_cli((array) $data);
    }
}
