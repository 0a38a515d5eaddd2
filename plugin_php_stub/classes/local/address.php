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
 * Addresses of the sidecar.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class address {
    /**
     * The sidecar's address as it is kept: without a slash at the end.
     *
     * @param string $url what the administrator wrote
     * @return string
     */
    public static function sidecar(string $url): string {
        $url = rtrim(trim($url), '/');
        $parts = parse_url($url);
        $scheme = strtolower($parts['scheme'] ?? '');
        $clean = $parts && isset($parts['host']) && !isset($parts['user'], $parts['query'], $parts['fragment']);
        if (!$clean || !in_array($scheme, ['http', 'https'], true)) {
            throw new problem('errorsidecarurl', $url);
        }
        if ($scheme === 'http' && !self::is_loopback($parts['host'])) {
            // The connection hands over a token: it must not cross a network in the clear.
            throw new problem('errorsidecarhttp', $url);
        }
        return $url;
    }

    /**
     * Scheme, host and port as a browser names them.
     *
     * @param string $url
     * @return string
     */
    public static function origin(string $url): string {
        $parts = parse_url($url);
        $scheme = strtolower($parts['scheme'] ?? '');
        $port = $parts['port'] ?? null;
        $default = ['http' => 80, 'https' => 443][$scheme] ?? null;
        $origin = $scheme . '://' . strtolower($parts['host'] ?? '');
        return $port === null || $port === $default ? $origin : $origin . ':' . $port;
    }

    /**
     * Does an address lead to this Moodle, or to the sidecar?
     *
     * @param string $url
     * @return bool
     */
    public static function is_ours(string $url): bool {
        global $CFG;
        foreach ([$CFG->wwwroot, connection::get('sidecarurl')] as $root) {
            // With the slash: the host must end there.
            if ($root !== '' && str_starts_with($url, $root . '/')) {
                return true;
            }
        }
        return false;
    }

    /**
     * Is this the same machine? (Browsers, too, take *.localhost for it.)
     *
     * @param string $host
     * @return bool
     */
    private static function is_loopback(string $host): bool {
        $host = strtolower(trim($host, '[]'));
        return $host === 'localhost' || str_ends_with($host, '.localhost') || $host === '::1'
            || (bool) preg_match('/^127(\.\d{1,3}){3}$/', $host);
    }
}
