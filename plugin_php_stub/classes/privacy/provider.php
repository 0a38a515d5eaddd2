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

namespace local_mentorship\privacy;

use core_privacy\local\metadata\collection;
use core_privacy\local\request\approved_contextlist;
use core_privacy\local\request\approved_userlist;
use core_privacy\local\request\contextlist;
use core_privacy\local\request\transform;
use core_privacy\local\request\userlist;
use core_privacy\local\request\writer;

/**
 * Which personal data the plugin keeps, and to whom it hands data on.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class provider implements
    \core_privacy\local\metadata\provider,
    \core_privacy\local\request\core_userlist_provider,
    \core_privacy\local\request\plugin\provider {
    /** Tables that hold user ids. */
    private const TABLES = ['local_mentorship_journal', 'local_mentorship_staff', 'local_mentorship_message'];

    /**
     * What is kept, and what the sidecar gets.
     *
     * @param collection $collection
     * @return collection
     */
    public static function get_metadata(collection $collection): collection {
        $collection->add_database_table('local_mentorship_journal', [
            'userid' => 'privacy:metadata:userid',
            'kind' => 'privacy:metadata:journal:kind',
            'timecreated' => 'privacy:metadata:journal:timecreated',
        ], 'privacy:metadata:journal');
        $collection->add_database_table('local_mentorship_staff', [
            'userid' => 'privacy:metadata:userid',
            'fingerprint' => 'privacy:metadata:staff:fingerprint',
            'timeleft' => 'privacy:metadata:staff:timeleft',
            'timemodified' => 'privacy:metadata:staff:timemodified',
        ], 'privacy:metadata:staff');
        $collection->add_database_table('local_mentorship_message', [
            'userid' => 'privacy:metadata:userid',
            'messagekey' => 'privacy:metadata:message:messagekey',
            'timecreated' => 'privacy:metadata:message:timecreated',
        ], 'privacy:metadata:message');
        $collection->add_subsystem_link('core_message', [], 'privacy:metadata:core_message');
        $collection->add_external_location_link('sidecar', [
            'userid' => 'privacy:metadata:userid',
            'fullname' => 'privacy:metadata:sidecar:fullname',
            'email' => 'privacy:metadata:sidecar:email',
            'suspended' => 'privacy:metadata:sidecar:suspended',
            'profile' => 'privacy:metadata:sidecar:profile',
        ], 'privacy:metadata:sidecar');
        return $collection;
    }

    /**
     * Where data of a user is kept: in the user's own context.
     *
     * @param int $userid
     * @return contextlist
     */
    public static function get_contexts_for_userid(int $userid): contextlist {
        global $DB;
        $contexts = new contextlist();
        foreach (self::TABLES as $table) {
            if ($DB->record_exists($table, ['userid' => $userid])) {
                $contexts->add_user_context($userid);
                break;
            }
        }
        return $contexts;
    }

    /**
     * Whose data is kept in a context.
     *
     * @param userlist $userlist
     */
    public static function get_users_in_context(userlist $userlist): void {
        $context = $userlist->get_context();
        if ($context instanceof \context_user) {
            foreach (self::TABLES as $table) {
                $userlist->add_from_sql(
                    'userid',
                    "SELECT userid FROM {{$table}} WHERE userid = :userid",
                    ['userid' => $context->instanceid]
                );
            }
        }
    }

    /**
     * Exports what is kept of a user.
     *
     * @param approved_contextlist $contextlist
     */
    public static function export_user_data(approved_contextlist $contextlist): void {
        global $DB;
        $userid = (int) $contextlist->get_user()->id;
        foreach (self::own_contexts($contextlist) as $context) {
            $changes = $DB->get_records('local_mentorship_journal', ['userid' => $userid], 'id');
            $staff = $DB->get_record('local_mentorship_staff', ['userid' => $userid]);
            $messages = $DB->get_records('local_mentorship_message', ['userid' => $userid], 'id');
            writer::with_context($context)->export_data([get_string('pluginname', 'local_mentorship')], (object) [
                'changes' => array_values(array_map(fn(\stdClass $row): array => [
                    'kind' => $row->kind,
                    'time' => transform::datetime($row->timecreated),
                ], $changes)),
                'staff' => $staff ? [
                    'fingerprint' => $staff->fingerprint,
                    'timeleft' => $staff->timeleft ? transform::datetime($staff->timeleft) : '',
                    'timemodified' => transform::datetime($staff->timemodified),
                ] : null,
                'messages' => array_values(array_map(fn(\stdClass $row): array => [
                    'messagekey' => $row->messagekey,
                    'time' => transform::datetime($row->timecreated),
                ], $messages)),
            ]);
        }
    }

    /**
     * Deletes everything in a context.
     *
     * @param \context $context
     */
    public static function delete_data_for_all_users_in_context(\context $context): void {
        if ($context instanceof \context_user) {
            self::delete((int) $context->instanceid);
        }
    }

    /**
     * Deletes what is kept of a user.
     *
     * @param approved_contextlist $contextlist
     */
    public static function delete_data_for_user(approved_contextlist $contextlist): void {
        if (self::own_contexts($contextlist)) {
            self::delete((int) $contextlist->get_user()->id);
        }
    }

    /**
     * Deletes what is kept of some users in a context.
     *
     * @param approved_userlist $userlist
     */
    public static function delete_data_for_users(approved_userlist $userlist): void {
        $context = $userlist->get_context();
        if ($context instanceof \context_user && in_array($context->instanceid, $userlist->get_userids())) {
            self::delete((int) $context->instanceid);
        }
    }

    /**
     * The user's own context, if it is among the approved ones.
     *
     * @param approved_contextlist $contextlist
     * @return \context[]
     */
    private static function own_contexts(approved_contextlist $contextlist): array {
        $userid = (int) $contextlist->get_user()->id;
        return array_filter(
            $contextlist->get_contexts(),
            fn(\context $context): bool => $context instanceof \context_user && (int) $context->instanceid === $userid
        );
    }

    /**
     * Deletes the rows of a user.
     *
     * @param int $userid
     */
    private static function delete(int $userid): void {
        global $DB;
        foreach (self::TABLES as $table) {
            $DB->delete_records($table, ['userid' => $userid]);
        }
    }
}
