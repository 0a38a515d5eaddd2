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
 * What the plugin knows of its connection: the one place that reads and writes its configuration.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class connection {
    /** Component in which the values are kept. */
    private const COMPONENT = 'local_mentorship';

    /**
     * A kept value.
     *
     * @param string $name
     * @return string empty when nothing is kept
     */
    public static function get(string $name): string {
        return (string) get_config(self::COMPONENT, $name);
    }

    /**
     * Keeps a value.
     *
     * @param string $name
     * @param string|int $value
     */
    public static function set(string $name, $value): void {
        set_config($name, $value, self::COMPONENT);
    }

    /**
     * The staff cohort.
     *
     * @return int 0 before the first connection
     */
    public static function cohort_id(): int {
        return (int) self::get('cohortid');
    }

    /**
     * Is the staff cohort still there?
     *
     * @return bool
     */
    public static function cohort_exists(): bool {
        global $DB;
        return self::cohort_id() && $DB->record_exists('cohort', ['id' => self::cohort_id()]);
    }

    /**
     * The secret that signs what goes to the sidecar; made at the first call and never shown.
     *
     * @return string 64 hex characters
     */
    public static function secret(): string {
        if (self::get('webhooksecret') === '') {
            self::set('webhooksecret', bin2hex(random_bytes(32)));
        }
        return self::get('webhooksecret');
    }

    /**
     * Does the sidecar want to hear of changes?
     *
     * @return bool
     */
    public static function wants_webhooks(): bool {
        return self::get('webhookurl') !== '' && !self::get('webhookstopped');
    }
}
