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

namespace local_mentorship;

use local_mentorship\local\answer;
use local_mentorship\local\connection;
use local_mentorship\local\journal;
use local_mentorship\local\problem;
use local_mentorship\local\signature;
use local_mentorship\local\webhook;
use local_mentorship\task\send_webhook;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/fixtures/connected_testcase.php');
require_once(__DIR__ . '/fixtures/fake_sidecar.php');

/**
 * The message to the sidecar.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\local\webhook
 * @covers     \local_mentorship\local\signature
 * @covers     \local_mentorship\local\sidecar_client
 */
final class webhook_test extends connected_testcase {
    /** @var fake_sidecar */
    private fake_sidecar $sidecar;

    /**
     * Connects.
     */
    protected function setUp(): void {
        parent::setUp();
        $this->sidecar = new fake_sidecar();
        connection::set('webhookurl', fake_sidecar::URL . '/api/v1/webhooks/moodle/1');
    }

    /**
     * Changes a staff member.
     *
     * @param string $city
     */
    private function change(string $city): void {
        user_update_user((object) ['id' => $this->staff[0]->id, 'city' => $city], false);
    }

    /**
     * Messages in Moodle's queue.
     *
     * @return send_webhook[]
     */
    private function queue(): array {
        return \core\task\manager::get_adhoc_tasks(send_webhook::class);
    }

    /**
     * The signature, against one that was worked out with another program:
     * printf 'v2.1700000000.d.{"event":"ping"}' | openssl dgst -sha256 -hmac aaaa…a (64 letters).
     */
    public function test_signature(): void {
        $headers = signature::headers(str_repeat('a', 64), '{"event":"ping"}', 'd', 1700000000);
        $this->assertSame('1700000000', $headers['X-Mentorship-Timestamp']);
        $this->assertSame('d', $headers['X-Mentorship-Delivery']);
        $this->assertSame(
            'v2=9f2636679732ba376487fee145d242d76bc94ab01914b397b0f9660e5ca1ba97',
            $headers['X-Mentorship-Signature']
        );
    }

    /**
     * A delivery id is a UUID of version 5, against one from another program:
     * python3 -c 'import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "journal1/7/9"))'.
     */
    public function test_delivery(): void {
        $this->assertSame('03bbad44-436d-5daf-b659-24d09580c1b8', signature::delivery('journal1/7/9'));
    }

    /**
     * Many changes wait as one message, which names nobody.
     */
    public function test_one_message_for_many_changes(): void {
        foreach (['Тверь', 'Псков', 'Омск'] as $city) {
            $this->change($city);
        }
        $this->assertCount(1, $this->queue());
        (new webhook($this->sidecar->client()))->send(7);
        $this->assertSame([['event' => 'staff_changed', 'sequence' => journal::newest()]], $this->sidecar->posts());
        [, $url, $headers, $body] = $this->sidecar->requests[0];
        $this->assertSame(connection::get('webhookurl'), $url);
        $signed = signature::headers(
            connection::secret(),
            $body,
            $headers['X-Mentorship-Delivery'],
            (int) $headers['X-Mentorship-Timestamp']
        );
        $this->assertSame($signed['X-Mentorship-Signature'], $headers['X-Mentorship-Signature']);
        $this->assertSame(64, strlen(connection::secret()));
    }

    /**
     * A retry is the same message; after another change it is another one.
     */
    public function test_retry(): void {
        $this->change('Тверь');
        $this->sidecar->next = array_fill(0, 3, new answer(500, ''));
        $deliveries = [];
        foreach ([null, null, 'Псков'] as $city) {
            if ($city) {
                $this->change($city);
            }
            try {
                (new webhook($this->sidecar->client()))->send(7);
                $this->fail('A failure must throw, or Moodle does not retry.');
            } catch (problem $failure) {
                $this->assertStringContainsString('500', $failure->getMessage());
            }
            $deliveries[] = end($this->sidecar->requests)[2]['X-Mentorship-Delivery'];
        }
        $this->assertSame($deliveries[0], $deliveries[1]);
        $this->assertNotSame($deliveries[0], $deliveries[2]);
        (new webhook($this->sidecar->client()))->send(7);
        $this->assertSame((string) journal::newest(), connection::get('announced'));
    }

    /**
     * Moodle's own queue keeps a task that failed, and its number with it.
     */
    public function test_moodle_retries(): void {
        connection::set('webhookurl', 'http://127.0.0.1:9/');
        $this->change('Тверь');
        $before = array_keys($this->queue());
        $task = \core\task\manager::get_next_adhoc_task(time());
        ob_start();
        try {
            $task->execute();
            $this->fail('Nobody listens there.');
        } catch (problem $failure) {
            \core\task\manager::adhoc_task_failed($task);
        }
        ob_end_clean();
        $this->assertSame($before, array_keys($this->queue()));
        $this->assertGreaterThan(0, current($this->queue())->get_fail_delay());
    }

    /**
     * A change that comes while the message is under way is sent as well.
     */
    public function test_change_under_way(): void {
        $this->change('Тверь');
        $usual = $this->sidecar->client();
        $changed = false;
        $client = new local\sidecar_client(function (...$request) use ($usual, &$changed): answer {
            if (!$changed) {
                $changed = true;
                $this->change('Псков');
            }
            return $usual->post($request[1], json_decode($request[3], true), $request[2]['X-Mentorship-Delivery']);
        });
        (new webhook($client))->send(7);
        $posts = $this->sidecar->posts();
        $this->assertCount(2, $posts);
        $this->assertSame(journal::newest(), $posts[1]['sequence']);
    }

    /**
     * A sidecar that has ended the connection is left alone.
     */
    public function test_connection_disabled(): void {
        $this->change('Тверь');
        $this->sidecar->next = [new answer(410, '{"code":"connection_disabled"}')];
        $this->expectOutputRegex('/ended this connection/');
        (new webhook($this->sidecar->client()))->send(7);
        (new webhook($this->sidecar->client()))->send(7);
        $this->assertCount(1, $this->sidecar->posts());
        \core\task\manager::adhoc_task_complete(\core\task\manager::get_next_adhoc_task(time()));
        $this->change('Псков');
        $this->assertCount(0, $this->queue());
    }

    /**
     * Nothing is queued before the connection.
     */
    public function test_not_connected(): void {
        connection::set('webhookurl', '');
        $this->change('Тверь');
        $this->assertCount(0, $this->queue());
    }
}
