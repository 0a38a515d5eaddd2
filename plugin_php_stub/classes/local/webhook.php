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

namespace local_mentorship\local;

/**
 * Tells the sidecar that the journal has grown. The message names nobody: the sidecar comes and asks.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class webhook {
    /** How often one task sends, when the journal grows while it is sending. */
    private const ROUNDS = 5;

    /** @var sidecar_client */
    private sidecar_client $client;

    /**
     * A sender.
     *
     * @param sidecar_client|null $client
     */
    public function __construct(?sidecar_client $client = null) {
        $this->client = $client ?? new sidecar_client();
    }

    /**
     * Queues a message if the sidecar has not heard of the newest change; one that is waiting already will do.
     */
    public static function announce(): void {
        if (connection::wants_webhooks() && journal::newest() > (int) connection::get('announced')) {
            \core\task\manager::queue_adhoc_task(new \local_mentorship\task\send_webhook(), true);
        }
    }

    /**
     * Sends the newest sequence number.
     *
     * @param int $taskid the task's number in Moodle's queue, which a retry keeps
     */
    public function send(int $taskid): void {
        for ($round = 0; $round < self::ROUNDS && connection::wants_webhooks(); $round++) {
            $sequence = journal::newest();
            if ($sequence <= (int) connection::get('announced')) {
                return;
            }
            // A newer number is another message: under the old delivery id the sidecar would pass over it.
            $delivery = signature::delivery(journal::id() . "/{$taskid}/{$sequence}");
            $answer = $this->client->post(
                connection::get('webhookurl'),
                ['event' => 'staff_changed', 'sequence' => $sequence],
                $delivery
            );
            if ($answer->status === 410) {
                connection::set('webhookstopped', 1);
                mtrace('The sidecar has ended this connection; nothing more is sent until it is connected again.');
                return;
            }
            if ($answer->status < 200 || $answer->status > 299) {
                throw new problem('errorwebhook', $answer->summary());
            }
            connection::set('announced', $sequence);
        }
    }
}
