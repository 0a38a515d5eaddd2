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
 * The two roles of the service user: next to nothing on the site, and its work in one course.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class roles {
    /** Short name of the role for the whole site. */
    public const SITE = 'local_mentorship_site';

    /** Short name of the role for the course. */
    public const COURSE = 'local_mentorship_course';

    /** Capabilities of each role, and nothing beyond them. */
    private const CAPABILITIES = [
        self::SITE => [
            'local/mentorship:readstaff',
            'local/mentorship:sendmessage',
            'webservice/rest:use',
        ],
        self::COURSE => [
            'enrol/manual:enrol',
            'enrol/manual:unenrol',
            'local/mentorship:setcompletion',
            'moodle/calendar:manageentries',
            'moodle/course:managegroups',
            'moodle/course:view',
            // Groups are visible to their members alone, and without this the service user would read them back empty.
            'moodle/course:viewhiddengroups',
            'moodle/course:viewparticipants',
            'moodle/role:assign',
            'moodle/site:accessallgroups',
            // The list of the enrolled is empty without it; given in one course, it shows nobody who is not in it.
            'moodle/user:viewdetails',
        ],
    ];

    /** Where each role can be given. */
    private const LEVELS = [self::SITE => CONTEXT_SYSTEM, self::COURSE => CONTEXT_COURSE];

    /**
     * The capabilities that a role gives.
     *
     * @param string $shortname
     * @return string[]
     */
    public static function capabilities(string $shortname): array {
        return self::CAPABILITIES[$shortname];
    }

    /**
     * Makes sure that a role is as it must be.
     *
     * @param string $shortname
     * @param string $name
     * @param string $description
     * @param bool $changed set to true when something had to be made
     * @return int its id
     */
    public static function ensure(string $shortname, string $name, string $description, bool &$changed): int {
        global $DB;
        $roleid = (int) $DB->get_field('role', 'id', ['shortname' => $shortname]);
        if (!$roleid) {
            $roleid = (int) create_role($name, $shortname, $description);
            $changed = true;
        }
        if (array_values(get_role_contextlevels($roleid)) != [self::LEVELS[$shortname]]) {
            set_role_contextlevels($roleid, [self::LEVELS[$shortname]]);
            $changed = true;
        }
        $context = \context_system::instance();
        $held = $DB->get_records_menu(
            'role_capabilities',
            ['roleid' => $roleid, 'contextid' => $context->id],
            '',
            'capability, permission'
        );
        foreach (self::CAPABILITIES[$shortname] as $capability) {
            if ((int) ($held[$capability] ?? CAP_INHERIT) !== CAP_ALLOW) {
                assign_capability($capability, CAP_ALLOW, $roleid, $context->id, true);
                $changed = true;
            }
            unset($held[$capability]);
        }
        foreach (array_keys($held) as $capability) {
            unassign_capability($capability, $roleid, $context->id);
            $changed = true;
        }
        return $roleid;
    }

    /**
     * Gives a role to the service user.
     *
     * @param int $roleid
     * @param int $userid
     * @param \context $context
     * @param bool $changed set to true when the user did not have it
     */
    public static function give(int $roleid, int $userid, \context $context, bool &$changed): void {
        if (!user_has_role_assignment($userid, $roleid, $context->id)) {
            role_assign($roleid, $userid, $context->id);
            $changed = true;
        }
    }
}
