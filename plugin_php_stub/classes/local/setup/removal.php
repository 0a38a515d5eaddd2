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
 * Ends the sidecar's access when the plugin is uninstalled.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class removal {
    /**
     * Takes away tokens and roles, and suspends the service user. What people made and use stays.
     */
    public static function run(): void {
        global $CFG, $DB;
        require_once($CFG->dirroot . '/user/lib.php');
        $user = $DB->get_record('user', [
            'username' => service_user::USERNAME,
            'auth' => 'webservice',
            'mnethostid' => $CFG->mnet_localhost_id,
        ]);
        if ($user) {
            $DB->delete_records('external_tokens', ['userid' => $user->id]);
            user_update_user((object) ['id' => $user->id, 'suspended' => 1], false, false);
        }
        foreach ([roles::SITE, roles::COURSE] as $shortname) {
            if ($roleid = $DB->get_field('role', 'id', ['shortname' => $shortname])) {
                delete_role($roleid);
            }
        }
    }
}
