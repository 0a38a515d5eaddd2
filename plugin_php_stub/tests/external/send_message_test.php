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
use local_mentorship\connected_testcase;
use local_mentorship\local\connection;
use local_mentorship\local\problem;
use local_mentorship\task\prune_journal;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/../fixtures/connected_testcase.php');

/**
 * One message to one member of the staff.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\external\send_message
 * @covers     \local_mentorship\local\messenger
 * @covers     \local_mentorship\local\address
 */
final class send_message_test extends connected_testcase {
    /** @var \phpunit_message_sink what was sent */
    private \phpunit_message_sink $sink;

    /**
     * Goes on as somebody who may send, and nothing else.
     */
    protected function setUp(): void {
        parent::setUp();
        connection::set('sidecarurl', 'https://mentor.example');
        $this->as_holder('local/mentorship:sendmessage');
        $this->sink = $this->redirectMessages();
    }

    /**
     * Calls the function as the web service does, with its answer cleaned.
     *
     * @param int $userid
     * @param array $changes of the usual message
     * @return string
     */
    private function call(int $userid, array $changes = []): string {
        global $CFG;
        $message = $changes + [
            'key' => 'survey:1',
            'subject' => 'Анкета',
            'text' => "Уважаемая Анна Ивановна!\n\nОтветьте, пожалуйста.",
            'address' => "{$CFG->wwwroot}/mod/lti/view.php?l=7",
        ];
        $answer = send_message::execute(
            $userid,
            $message['key'],
            $message['subject'],
            $message['text'],
            $message['address']
        );
        return external_api::clean_returnvalue(send_message::execute_returns(), $answer)['status'];
    }

    /**
     * The same key reaches the same person once, whatever the text.
     */
    public function test_once(): void {
        global $CFG, $DB;
        [$anna, $other] = $this->staff;
        $this->assertSame('sent', $this->call($anna->id));
        $this->assertSame('already', $this->call($anna->id));
        $this->assertSame('already', $this->call($anna->id, ['text' => 'Другое']));
        $this->assertSame('sent', $this->call($anna->id, ['key' => 'survey:2']));
        $this->assertSame('sent', $this->call($other->id));
        $messages = $this->sink->get_messages();
        $this->assertSame([$anna->id, $anna->id, $other->id], array_column($messages, 'useridto'));
        $this->assertSame(3, $DB->count_records('local_mentorship_message'));
        $first = $messages[0];
        $this->assertSame(['local_mentorship', 'note', 'Анкета'], [$first->component, $first->eventtype, $first->subject]);
        $this->assertSame("{$CFG->wwwroot}/mod/lti/view.php?l=7", $first->contexturl);
        $this->assertStringContainsString('Ответьте, пожалуйста.', $first->fullmessage);
        $this->assertStringContainsString('mod/lti/view.php?l=7', $first->fullmessage);
        $this->assertSame(\core_user::NOREPLY_USER, (int) $first->useridfrom);
    }

    /**
     * Markup in a text stays text.
     */
    public function test_markup(): void {
        $this->call($this->staff[0]->id, ['subject' => "Анкета\r\nBcc: x", 'text' => 'a < b <script>alert(1)</script>']);
        $message = $this->sink->get_messages()[0];
        $this->assertSame('Анкета Bcc: x', $message->subject);
        $this->assertStringContainsString('a &lt; b &lt;script&gt;', $message->fullmessagehtml);
        $this->assertStringNotContainsString('<script', $message->fullmessagehtml);
    }

    /**
     * Nobody outside the staff gets anything, and nothing is remembered of them.
     */
    public function test_only_staff(): void {
        global $DB;
        user_update_user((object) ['id' => $this->staff[0]->id, 'suspended' => 1], false);
        cohort_remove_member($this->cohort->id, $this->staff[1]->id);
        delete_user($this->staff[2]);
        foreach (array_merge($this->staff, $this->pupils, [get_admin(), guest_user(), (object) ['id' => 999999]]) as $somebody) {
            $this->assertSame('not_staff', $this->call($somebody->id));
        }
        $this->assertSame([], $this->sink->get_messages());
        $this->assertSame(0, $DB->count_records('local_mentorship_message'));
    }

    /**
     * A message leads to this Moodle or to the sidecar, and nowhere else.
     */
    public function test_addresses(): void {
        global $CFG;
        $person = $this->staff[0]->id;
        $this->assertSame('sent', $this->call($person, ['key' => '1', 'address' => 'https://mentor.example/surveys/1']));
        $elsewhere = [
            'https://evil.example/',
            'https://mentor.example.evil.example/',
            "{$CFG->wwwroot}.evil.example/",
            'http://mentor.example/',
        ];
        foreach ($elsewhere as $address) {
            try {
                $this->call($person, ['key' => '2', 'address' => $address]);
                $this->fail("{$address} was taken");
            } catch (problem $refusal) {
                $this->assertSame('erroraddress', $refusal->errorcode);
            }
        }
        connection::set('sidecarurl', '');
        try {
            $this->call($person, ['key' => '3', 'address' => '/surveys/1']);
            $this->fail('An address without a host was taken');
        } catch (problem $refusal) {
            $this->assertSame('erroraddress', $refusal->errorcode);
        }
        // Moodle itself takes this for no address.
        $this->expectException(\invalid_parameter_exception::class);
        $this->call($person, ['key' => '4', 'address' => 'https://mentor.example@evil.example/']);
    }

    /**
     * Empty and endless texts are refused.
     */
    public function test_sizes(): void {
        $wrong = [
            ['key' => ''],
            ['key' => str_repeat('k', 101)],
            ['subject' => ' '],
            ['subject' => str_repeat('я', 201)],
            ['text' => "\n"],
            ['text' => str_repeat('я', 4001)],
        ];
        foreach ($wrong as $changes) {
            try {
                $this->call($this->staff[0]->id, $changes);
                $this->fail(key($changes) . ' was taken');
            } catch (\invalid_parameter_exception $refusal) {
                $this->assertStringContainsString(key($changes), $refusal->debuginfo);
            }
        }
        $this->assertSame('sent', $this->call($this->staff[0]->id, ['key' => str_repeat('я', 100)]));
    }

    /**
     * When Moodle can't send, the key is free again.
     */
    public function test_switched_off(): void {
        global $DB;
        set_config('local_mentorship_note_disable', 1, 'message');
        $this->assertSame('off', $this->call($this->staff[0]->id));
        $this->assertSame(0, $DB->count_records('local_mentorship_message'));
        set_config('local_mentorship_note_disable', 0, 'message');
        $this->assertSame('sent', $this->call($this->staff[0]->id));
    }

    /**
     * Keys are forgotten after sixty days, and not before.
     */
    public function test_old_keys(): void {
        global $DB;
        [$old, $young] = $this->staff;
        $this->call($old->id);
        $this->call($young->id);
        $DB->set_field('local_mentorship_message', 'timecreated', time() - 61 * DAYSECS, ['userid' => $old->id]);
        $DB->set_field('local_mentorship_message', 'timecreated', time() - 59 * DAYSECS, ['userid' => $young->id]);
        (new prune_journal())->execute();
        $this->assertSame([$young->id], $DB->get_fieldset_select('local_mentorship_message', 'userid', ''));
    }

    /**
     * Without a connection, or with a deleted cohort, it is a failure and no "not on the staff".
     */
    public function test_no_cohort(): void {
        connection::set('cohortid', 0);
        try {
            $this->call($this->staff[0]->id);
            $this->fail('Nothing is connected.');
        } catch (problem $refusal) {
            $this->assertSame('errornotconnected', $refusal->errorcode);
        }
        connection::set('cohortid', 999999);
        $this->expectException(problem::class);
        $this->call($this->staff[0]->id);
    }

    /**
     * Reading the staff is no right to write to them.
     */
    public function test_capability(): void {
        $this->as_reader();
        $this->expectException(\required_capability_exception::class);
        $this->call($this->staff[0]->id);
    }
}
