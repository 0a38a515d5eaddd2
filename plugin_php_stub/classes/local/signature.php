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
 * Signs a message to the sidecar.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class signature {
    /**
     * The headers that prove who sent a message and when.
     *
     * @param string $secret the webhook secret, 64 hex characters that are the key as they stand
     * @param string $body the message as it is sent, byte by byte
     * @param string $delivery a UUID; a retry of the same message keeps it
     * @param int $now Unix time
     * @return string[] header name => value
     */
    public static function headers(string $secret, string $body, string $delivery, int $now): array {
        return [
            'X-Mentorship-Timestamp' => (string) $now,
            'X-Mentorship-Delivery' => $delivery,
            // With the delivery id, which decides whether a message is a replay.
            'X-Mentorship-Signature' => 'v2=' . hash_hmac('sha256', "v2.{$now}.{$delivery}.{$body}", $secret),
        ];
    }

    /**
     * A UUID that is the same for the same name (version 5 in the URL name space).
     *
     * @param string $name
     * @return string
     */
    public static function delivery(string $name): string {
        $hash = substr(sha1(hex2bin('6ba7b8119dad11d180b400c04fd430c8') . $name), 0, 32);
        $hash[12] = '5';
        $hash[16] = dechex(hexdec($hash[16]) & 0x3 | 0x8);
        return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split($hash, 4));
    }
}
