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
 * Finds out whether Moodle's own protection keeps it from fetching the tool's keys. It is the administrator's to change.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class curl_security extends step {
    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'stepcurl';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        $url = $state->tool['jwks_url'];
        [$host, $port] = self::blocks($url);
        if ($host || $port) {
            $state->warn('curl_security_blocks_sidecar', $this->fix($url, $host, $port));
        }
        return outcome::seen(!$host && !$port);
    }

    /**
     * Which of the two lists keeps Moodle from an address: that of the blocked hosts, that of the allowed ports?
     *
     * @param string $url
     * @return bool[] host, port
     */
    public static function blocks(string $url): array {
        global $CFG;
        require_once($CFG->libdir . '/filelib.php');
        if (!(new \core\files\curl_security_helper())->url_is_blocked($url)) {
            return [false, false];
        }
        $allowed = array_filter(array_map('trim', explode("\n", $CFG->curlsecurityallowedport ?? '')));
        $port = $allowed && !in_array((string) self::port($url), $allowed, true);
        return [!$port || self::host_is_blocked($url), $port];
    }

    /**
     * What to change, and where.
     *
     * @param string $url
     * @param bool $host the host is blocked
     * @param bool $port the port is not allowed
     * @return string
     */
    private function fix(string $url, bool $host, bool $port): string {
        $a = (object) [
            'host' => parse_url($url, PHP_URL_HOST),
            'port' => self::port($url),
            'page' => (new \moodle_url('/admin/settings.php', ['section' => 'httpsecurity']))->out(false),
        ];
        $fixes = [get_string('warningcurl', 'local_mentorship', $a)];
        if ($port) {
            $fixes[] = get_string('warningcurlport', 'local_mentorship', $a);
        }
        if ($host) {
            $fixes[] = get_string('warningcurlhost', 'local_mentorship', $a);
        }
        return implode(' ', $fixes);
    }

    /**
     * The port of an address.
     *
     * @param string $url
     * @return int
     */
    private static function port(string $url): int {
        $parts = parse_url($url);
        return $parts['port'] ?? ['http' => 80, 'https' => 443][strtolower($parts['scheme'])];
    }

    /**
     * Would the address be blocked at an allowed port, too?
     *
     * @param string $url
     * @return bool
     */
    private static function host_is_blocked(string $url): bool {
        global $CFG;
        $ports = $CFG->curlsecurityallowedport ?? '';
        $parts = parse_url($url);
        try {
            // The helper answers for an address as a whole; for a moment every port is allowed, in memory alone.
            $CFG->curlsecurityallowedport = '';
            return (new \core\files\curl_security_helper())->url_is_blocked("{$parts['scheme']}://{$parts['host']}/");
        } finally {
            $CFG->curlsecurityallowedport = $ports;
        }
    }
}
