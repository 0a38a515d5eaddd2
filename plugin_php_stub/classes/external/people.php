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

namespace local_mentorship\external;

use core_external\external_multiple_structure;
use core_external\external_single_structure;
use core_external\external_value;
use local_mentorship\local\profile_values;

/**
 * What both functions say about a person.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class people {
    /** The most people in one answer. */
    private const MAXIMUM = 1000;

    /**
     * The parameter with the custom fields that are wanted.
     *
     * @return external_multiple_structure
     */
    public static function profilefields(): external_multiple_structure {
        return new external_multiple_structure(
            new external_value(PARAM_TEXT, 'Short name of a custom profile field'),
            'Custom profile fields to read',
            VALUE_DEFAULT,
            []
        );
    }

    /**
     * The parameter with the size of a page.
     *
     * @return external_value
     */
    public static function limit(): external_value {
        return new external_value(PARAM_INT, 'How many people at most, 1 to ' . self::MAXIMUM, VALUE_DEFAULT, 500);
    }

    /**
     * Refuses a page of a senseless size.
     *
     * @param int $limit
     */
    public static function check_limit(int $limit): void {
        if ($limit < 1 || $limit > self::MAXIMUM) {
            throw new \invalid_parameter_exception('limit must be between 1 and ' . self::MAXIMUM);
        }
    }

    /**
     * Description of a person.
     *
     * @param int $required
     * @return external_single_structure
     */
    public static function person(int $required = VALUE_REQUIRED): external_single_structure {
        return new external_single_structure([
            'id' => new external_value(PARAM_INT, 'User id'),
            'lastname' => new external_value(PARAM_RAW, 'Last name'),
            'firstname' => new external_value(PARAM_RAW, 'First name'),
            'middlename' => new external_value(PARAM_RAW, 'Patronymic'),
            'email' => new external_value(PARAM_RAW, 'E-mail address'),
            'suspended' => new external_value(PARAM_INT, '1 when the account is suspended'),
            'profile' => new external_multiple_structure(new external_single_structure([
                'shortname' => new external_value(PARAM_RAW, 'Short name of the field'),
                'value' => new external_value(PARAM_RAW, 'Value; a date is a Unix time, empty when not set'),
            ])),
        ], 'A member of the staff cohort', $required);
    }

    /**
     * Names the custom fields that this site does not have.
     *
     * @param profile_values $profile
     * @return array[]
     */
    public static function warnings(profile_values $profile): array {
        return array_map(fn(string $shortname): array => [
            'item' => $shortname,
            'itemid' => 0,
            'warningcode' => 'unknownprofilefield',
            'message' => 'There is no custom profile field with this short name.',
        ], $profile->unknown);
    }
}
