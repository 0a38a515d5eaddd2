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

use local_mentorship\local\problem;

/**
 * Makes the account with which the sidecar calls, and lets it use our service.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class service_user extends step {
    /** Its username. */
    public const USERNAME = 'mentorship_sidecar';

    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'stepserviceuser';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        global $CFG, $DB;
        require_once($CFG->dirroot . '/webservice/lib.php');
        $changed = false;
        $state->serviceuserid = $this->account($changed);
        $this->fill_required_fields($state->serviceuserid);

        $roleid = roles::ensure(
            roles::SITE,
            $this->content('rolesite'),
            $this->content('rolesitedescription'),
            $changed
        );
        roles::give($roleid, $state->serviceuserid, \context_system::instance(), $changed);

        $authorised = ['externalserviceid' => $state->service->id, 'userid' => $state->serviceuserid];
        if (!$DB->record_exists('external_services_users', $authorised)) {
            (new \webservice())->add_ws_authorised_user((object) $authorised);
            $changed = true;
        }
        return outcome::of($changed, self::USERNAME);
    }

    /**
     * The account.
     *
     * @param bool $changed set to true when it had to be made
     * @return int its id
     */
    private function account(bool &$changed): int {
        global $CFG, $DB;
        require_once($CFG->dirroot . '/user/lib.php');
        $user = $DB->get_record('user', ['username' => self::USERNAME, 'mnethostid' => $CFG->mnet_localhost_id]);
        if (!$user) {
            $changed = true;
            return (int) user_create_user([
                'username' => self::USERNAME,
                'auth' => 'webservice',
                'firstname' => $this->content('serviceuserfirstname'),
                'lastname' => $this->content('serviceuserlastname'),
                'email' => self::USERNAME . '@service.invalid',
                'emailstop' => 1,
                'maildisplay' => 0,
                'confirmed' => 1,
                'policyagreed' => 1,
                'mnethostid' => $CFG->mnet_localhost_id,
            ], false, false);
        }
        if ($user->auth !== 'webservice') {
            // Somebody can log in with this account: it must not get the sidecar's rights.
            throw new problem('errorserviceuser', self::USERNAME);
        }
        if ($user->suspended) {
            user_update_user((object) ['id' => $user->id, 'suspended' => 0], false, false);
            $changed = true;
        }
        return (int) $user->id;
    }

    /**
     * Fills the custom fields that this site requires: without them Moodle lets no account into a course.
     *
     * @param int $userid
     */
    private function fill_required_fields(int $userid): void {
        global $DB;
        $missing = $DB->get_fieldset_sql(
            'SELECT f.id FROM {user_info_field} f
          LEFT JOIN {user_info_data} d ON d.fieldid = f.id AND d.userid = :userid
              WHERE f.required = 1 AND d.id IS NULL',
            ['userid' => $userid]
        );
        foreach ($missing as $fieldid) {
            $DB->insert_record('user_info_data', (object) [
                'userid' => $userid,
                'fieldid' => $fieldid,
                'data' => '-',
                'dataformat' => 0,
            ]);
        }
    }
}
