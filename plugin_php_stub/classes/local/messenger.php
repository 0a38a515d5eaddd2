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
 * Sends messages to members of the staff cohort, each one once, and remembers by its key that it was sent.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class messenger {
    /** It was sent now. */
    public const SENT = 'sent';

    /** One with this key was sent to this person before. */
    public const ALREADY = 'already';

    /** Nobody of the staff: not in the cohort, suspended or deleted. */
    public const NOT_STAFF = 'not_staff';

    /** This site's administrator has switched these messages off. */
    public const OFF = 'off';

    /** Name of the table. */
    private const TABLE = 'local_mentorship_message';

    /** The longest key, subject and text. */
    private const LONGEST = ['key' => 100, 'subject' => 200, 'text' => 4000];

    /**
     * Sends a message.
     *
     * Key and message are written in one transaction: whatever breaks off, there are both or none.
     *
     * @param int $userid
     * @param string $key
     * @param string $subject
     * @param string $text
     * @param string $address
     * @return string what became of it
     */
    public function send(int $userid, string $key, string $subject, string $text, string $address): string {
        global $DB;
        $this->check(['key' => $key, 'subject' => $subject, 'text' => $text], $address);
        $person = $this->member($userid);
        if (!$person) {
            return self::NOT_STAFF;
        }
        $row = ['userid' => $userid, 'messagekey' => $key];
        if ($DB->record_exists(self::TABLE, $row)) {
            return self::ALREADY;
        }
        $transaction = $DB->start_delegated_transaction();
        try {
            $DB->insert_record(self::TABLE, (object) ($row + ['timecreated' => time()]));
            if (!message_send($this->message($person, $subject, $text, $address))) {
                throw new problem('errormessageoff');
            }
            $transaction->allow_commit();
            return self::SENT;
        } catch (\Throwable $error) {
            $this->undo($transaction, $error);
            if ($error instanceof problem) {
                return self::OFF;
            }
            // Another call was faster with the same key.
            if ($error instanceof \dml_write_exception && $DB->record_exists(self::TABLE, $row)) {
                return self::ALREADY;
            }
            throw $error;
        }
    }

    /**
     * Forgets keys older than a time. The sidecar sends nothing that has waited for so long.
     *
     * @param int $before
     */
    public static function prune(int $before): void {
        global $DB;
        $DB->delete_records_select(self::TABLE, 'timecreated < :before', ['before' => $before]);
    }

    /**
     * Refuses what is empty or too long, and an address that leads elsewhere: whoever steals the token must not get a
     * way to send people to a site of their own.
     *
     * @param string[] $texts by name
     * @param string $address
     */
    private function check(array $texts, string $address): void {
        foreach ($texts as $name => $value) {
            if (trim($value) === '' || \core_text::strlen($value) > self::LONGEST[$name]) {
                throw new \invalid_parameter_exception("{$name} must have 1 to " . self::LONGEST[$name] . ' characters');
            }
        }
        if (!address::is_ours($address)) {
            throw new problem('erroraddress', $address);
        }
    }

    /**
     * The person, if they are of the staff and may log in.
     *
     * @param int $userid
     * @return \stdClass|null
     */
    private function member(int $userid): ?\stdClass {
        global $DB;
        if (!connection::cohort_id()) {
            throw new problem('errornotconnected');
        }
        if (!connection::cohort_exists()) {
            throw new problem('errorcohortgone');
        }
        $member = $DB->record_exists('cohort_members', ['cohortid' => connection::cohort_id(), 'userid' => $userid]);
        $person = $member ? \core_user::get_user($userid) : false;
        return $person && !$person->deleted && !$person->suspended ? $person : null;
    }

    /**
     * The message as Moodle wants it.
     *
     * @param \stdClass $person
     * @param string $subject
     * @param string $text
     * @param string $address
     * @return \core\message\message
     */
    private function message(\stdClass $person, string $subject, string $text, string $address): \core\message\message {
        // One line: a subject becomes a header of an e-mail.
        $subject = clean_param(preg_replace('/\s+/u', ' ', trim($subject)), PARAM_TEXT);
        $link = \html_writer::link($address, s($address));
        $message = new \core\message\message();
        $message->component = 'local_mentorship';
        $message->name = 'note';
        $message->notification = 1;
        $message->courseid = SITEID;
        $message->userfrom = \core_user::get_noreply_user();
        $message->userto = $person;
        $message->subject = $subject;
        $message->fullmessage = "{$text}\n\n{$address}";
        $message->fullmessageformat = FORMAT_PLAIN;
        $message->fullmessagehtml = text_to_html(s($text), false, true) . \html_writer::tag('p', $link);
        $message->smallmessage = $subject;
        $message->contexturl = $address;
        $message->contexturlname = $subject;
        return $message;
    }

    /**
     * Takes everything back.
     *
     * @param \moodle_transaction $transaction
     * @param \Throwable $error
     */
    private function undo(\moodle_transaction $transaction, \Throwable $error): void {
        if ($transaction->is_disposed()) {
            return;
        }
        try {
            $transaction->rollback($error);
        } catch (\Throwable $same) {
            // Moodle throws the reason again; it is the caller's to judge.
            return;
        }
    }
}
