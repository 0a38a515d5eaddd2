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

use core_external\external_api;
use core_external\external_function_parameters;
use core_external\external_single_structure;
use core_external\external_value;
use local_mentorship\local\messenger;

/**
 * One message to one member of the staff.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class send_message extends external_api {
    /**
     * Parameters.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters(): external_function_parameters {
        return new external_function_parameters([
            'userid' => new external_value(PARAM_INT, 'Who gets it'),
            'key' => new external_value(PARAM_RAW, 'Name of this message for this person; the same one is sent once'),
            'subject' => new external_value(PARAM_RAW, 'Subject, plain text'),
            'text' => new external_value(PARAM_RAW, 'Plain text, paragraphs by empty lines'),
            'address' => new external_value(PARAM_URL, 'Where the person goes: in this Moodle, or at the sidecar'),
        ]);
    }

    /**
     * Sends it, unless it was sent before.
     *
     * @param int $userid
     * @param string $key
     * @param string $subject
     * @param string $text
     * @param string $address
     * @return array
     */
    public static function execute(int $userid, string $key, string $subject, string $text, string $address): array {
        $given = ['userid' => $userid, 'key' => $key, 'subject' => $subject, 'text' => $text, 'address' => $address];
        [
            'userid' => $userid,
            'key' => $key,
            'subject' => $subject,
            'text' => $text,
            'address' => $address,
        ] = self::validate_parameters(self::execute_parameters(), $given);
        $context = \context_system::instance();
        self::validate_context($context);
        require_capability('local/mentorship:sendmessage', $context);
        return ['status' => (new messenger())->send($userid, $key, $subject, $text, $address)];
    }

    /**
     * Answer.
     *
     * @return external_single_structure
     */
    public static function execute_returns(): external_single_structure {
        return new external_single_structure([
            'status' => new external_value(PARAM_ALPHAEXT, 'sent, already, not_staff or off'),
        ]);
    }
}
