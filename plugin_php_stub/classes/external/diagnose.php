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
use core_external\external_multiple_structure;
use core_external\external_single_structure;
use core_external\external_value;
use local_mentorship\local\diagnosis;
use local_mentorship\local\setup\service_user;
use local_mentorship\local\sidecar_client;

/**
 * What the sidecar cannot see from outside: rights, settings and queues that make its calls fail, or fall silent.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class diagnose extends external_api {
    /**
     * Parameters.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters(): external_function_parameters {
        return new external_function_parameters([
            'ping' => new external_value(PARAM_BOOL, 'Send the sidecar a signed message now', VALUE_DEFAULT, false),
        ]);
    }

    /**
     * Looks around. Nothing is changed, and nobody is named.
     *
     * @param bool $ping
     * @return array
     */
    public static function execute(bool $ping = false): array {
        global $USER;
        ['ping' => $ping] = self::validate_parameters(self::execute_parameters(), ['ping' => $ping]);
        $context = \context_system::instance();
        self::validate_context($context);
        // The service user asks about itself, and must get an answer without the very rights that are asked for.
        if ($USER->username !== service_user::USERNAME) {
            require_capability('moodle/site:config', $context);
        }
        return (new diagnosis(new sidecar_client()))->facts((int) $USER->id, $ping);
    }

    /**
     * Answer.
     *
     * @return external_single_structure
     */
    public static function execute_returns(): external_single_structure {
        $flag = fn(string $what): external_value => new external_value(PARAM_INT, "1: {$what}");
        $number = fn(string $what): external_value => new external_value(PARAM_INT, $what);
        $text = fn(string $what): external_value => new external_value(PARAM_RAW, $what);
        return new external_single_structure([
            'plugin' => $text('Version of this plugin'),
            'time' => $number('The clock of this server, Unix time'),
            'connected' => $flag('the connection was made'),
            'capabilities' => new external_multiple_structure(new external_single_structure([
                'name' => $text('Capability'),
                'context' => $text('system or course'),
                'held' => $flag('the caller holds it there'),
            ])),
            'assignable' => $flag('the caller may give the role of a student in the course'),
            'manualenrolment' => $flag('people can be enrolled in the course by hand'),
            'course' => new external_single_structure([
                'id' => $number('Course of the connection, 0 when there was none'),
                'exists' => $flag('it is there'),
                'visible' => $flag('people can open it'),
            ]),
            'activity' => new external_single_structure([
                'exists' => $flag('the tool stands in the course'),
                'visible' => $flag('people see it'),
            ]),
            'cohort' => new external_single_structure([
                'exists' => $flag('the staff cohort is there'),
                'members' => $number('How many people are in it'),
            ]),
            'tool' => new external_single_structure([
                'exists' => $flag('the LTI tool is registered'),
                'active' => $flag('it is activated'),
                'clientid' => $text('Client id'),
                'toolurl' => $text('Tool URL'),
                'loginurl' => $text('Initiate login URL'),
                'redirecturis' => $text('Redirection URIs, one a line'),
                'jwksurl' => $text('Public keyset URL'),
            ]),
            'curl' => new external_single_structure([
                'blocked' => $flag('cURL security keeps Moodle from reading the keys of the tool'),
                'host' => $flag('its list of blocked hosts does'),
                'port' => $flag('its list of allowed ports does'),
            ]),
            'webhook' => new external_single_structure([
                'url' => $text('Where messages go'),
                'stopped' => $flag('the sidecar has ended the connection'),
                'waiting' => $number('Messages in the queue of tasks'),
                'failing' => $number('Messages that have failed and will be tried again'),
                'behind' => $number('Changes that the sidecar has not been told of'),
                'status' => $number('HTTP status of the message sent now; 0: nobody answered, -1: none was asked for'),
                'said' => $text('The code of the refusal, or what the network said'),
            ]),
            'cron' => new external_single_structure([
                'enabled' => $flag('cron may run'),
                'last' => $number('When it last started, Unix time; 0: never'),
            ]),
        ]);
    }
}
