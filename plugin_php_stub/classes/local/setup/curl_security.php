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
        global $CFG;
        require_once($CFG->libdir . '/filelib.php');
        $blocked = (new \core\files\curl_security_helper())->url_is_blocked($state->tool['jwks_url']);
        if ($blocked) {
            $state->warn('curl_security_blocks_sidecar', $this->fix($state->tool['jwks_url']));
        }
        return outcome::seen(!$blocked);
    }

    /**
     * What to change, and where.
     *
     * @param string $url
     * @return string
     */
    private function fix(string $url): string {
        global $CFG;
        $parts = parse_url($url);
        $port = $parts['port'] ?? ['http' => 80, 'https' => 443][strtolower($parts['scheme'])];
        $allowed = array_filter(array_map('trim', explode("\n", $CFG->curlsecurityallowedport ?? '')));
        $a = (object) [
            'host' => $parts['host'],
            'port' => $port,
            'page' => (new \moodle_url('/admin/settings.php', ['section' => 'httpsecurity']))->out(false),
        ];
        $fixes = [];
        if ($allowed && !in_array((string) $port, $allowed, true)) {
            $fixes[] = get_string('warningcurlport', 'local_mentorship', $a);
        }
        if (!$fixes || $this->host_is_blocked($parts)) {
            $fixes[] = get_string('warningcurlhost', 'local_mentorship', $a);
        }
        return get_string('warningcurl', 'local_mentorship', $a) . ' ' . implode(' ', $fixes);
    }

    /**
     * Would the address be blocked at an allowed port, too?
     *
     * @param array $parts
     * @return bool
     */
    private function host_is_blocked(array $parts): bool {
        global $CFG;
        $ports = $CFG->curlsecurityallowedport ?? '';
        try {
            // The helper answers for an address as a whole; for a moment every port is allowed, in memory alone.
            $CFG->curlsecurityallowedport = '';
            return (new \core\files\curl_security_helper())->url_is_blocked("{$parts['scheme']}://{$parts['host']}/");
        } finally {
            $CFG->curlsecurityallowedport = $ports;
        }
    }
}
