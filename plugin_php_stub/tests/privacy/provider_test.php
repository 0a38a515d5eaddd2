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
use core_privacy\local\request\userlist;
use core_privacy\local\request\writer;
use core_privacy\tests\provider_testcase;

/**
 * What is kept of a person can be seen and deleted.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\privacy\provider
 */
final class provider_test extends provider_testcase {
    /** @var \stdClass a staff member */
    private \stdClass $person;

    /** @var \context_user */
    private \context $context;

    /**
     * Two people with rows.
     */
    protected function setUp(): void {
        global $DB;
        parent::setUp();
        $this->resetAfterTest();
        $this->person = $this->getDataGenerator()->create_user();
        $this->context = \context_user::instance($this->person->id);
        foreach ([$this->person->id, $this->getDataGenerator()->create_user()->id] as $userid) {
            $DB->insert_record(
                'local_mentorship_journal',
                (object) ['userid' => $userid, 'kind' => 'changed', 'timecreated' => time()]
            );
            $DB->insert_record(
                'local_mentorship_staff',
                (object) ['userid' => $userid, 'fingerprint' => 'abc', 'timeleft' => 0, 'timemodified' => time()]
            );
            $DB->insert_record(
                'local_mentorship_message',
                (object) ['userid' => $userid, 'messagekey' => 'survey:1', 'timecreated' => time()]
            );
        }
    }

    /**
     * Checks that the person's rows are gone, and only theirs.
     */
    private function assert_deleted(): void {
        global $DB;
        foreach (['local_mentorship_journal', 'local_mentorship_staff', 'local_mentorship_message'] as $table) {
            $this->assertFalse($DB->record_exists($table, ['userid' => $this->person->id]));
            $this->assertSame(1, $DB->count_records($table));
        }
    }

    /**
     * Both tables and the sidecar are named, with strings that exist.
     */
    public function test_metadata(): void {
        $items = provider::get_metadata(new collection('local_mentorship'))->get_collection();
        $this->assertSame(
            ['local_mentorship_journal', 'local_mentorship_staff', 'local_mentorship_message', 'core_message', 'sidecar'],
            array_map(fn($item): string => $item->get_name(), $items)
        );
        foreach ($items as $item) {
            foreach (array_merge([$item->get_summary()], array_values($item->get_privacy_fields())) as $string) {
                $this->assertTrue(get_string_manager()->string_exists($string, 'local_mentorship'), $string);
            }
        }
    }

    /**
     * The person's own context, and the person in it.
     */
    public function test_where_and_who(): void {
        $this->assertEquals([$this->context->id], provider::get_contexts_for_userid($this->person->id)->get_contextids());
        $stranger = $this->getDataGenerator()->create_user();
        $this->assertEmpty(provider::get_contexts_for_userid($stranger->id)->get_contextids());
        $users = new userlist($this->context, 'local_mentorship');
        provider::get_users_in_context($users);
        $this->assertEquals([$this->person->id], $users->get_userids());
    }

    /**
     * Export.
     */
    public function test_export(): void {
        provider::export_user_data(new approved_contextlist($this->person, 'local_mentorship', [$this->context->id]));
        $data = writer::with_context($this->context)->get_data([get_string('pluginname', 'local_mentorship')]);
        $this->assertSame('changed', $data->changes[0]['kind']);
        $this->assertSame('abc', $data->staff['fingerprint']);
        $this->assertSame('survey:1', $data->messages[0]['messagekey']);
    }

    /**
     * The three ways to delete.
     */
    public function test_delete_for_user(): void {
        provider::delete_data_for_user(new approved_contextlist($this->person, 'local_mentorship', [$this->context->id]));
        $this->assert_deleted();
    }

    /**
     * Everything in a context.
     */
    public function test_delete_in_context(): void {
        provider::delete_data_for_all_users_in_context($this->context);
        $this->assert_deleted();
    }

    /**
     * Some users of a context.
     */
    public function test_delete_for_users(): void {
        provider::delete_data_for_users(new approved_userlist($this->context, 'local_mentorship', [$this->person->id]));
        $this->assert_deleted();
    }
}
